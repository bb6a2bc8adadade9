/** A condor of SPY ordered over the wire, and a gateway in its own process that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Contract, EventName, type Order, OrderAction, OrderType, SecType } from '@stoqey/ib';
import { createMarket } from '../../src/market/index.js';
import { marketScenarioSchema } from '../../src/market/scenario.js';
import type { GatewayOptions } from '../../src/options.js';
import type { Client } from '../protocol/support/fixture.js';

export const SEED = 5;
export const START = Date.parse('2026-03-02T10:00:00-05:00');
const EXPIRY = '20260417';
const COMMAND = fileURLToPath(new URL('../../bin/ib-gateway.mjs', import.meta.url));

/** SPY's put and call spreads 5 % and 7 % from the price, by contract id; the market of `calm` with this seed lists them. */
export function condor(): Contract {
  const market = createMarket({ seed: SEED, start: START, scenario: marketScenarioSchema.parse({}) });
  const [spy] = market.find({ symbol: 'SPY', secType: 'STK' });
  const spot = Math.round(market.fairValue(spy?.conId ?? 0, START) ?? 0);
  const legs = [
    [-35, 'P', OrderAction.BUY],
    [-25, 'P', OrderAction.SELL],
    [25, 'C', OrderAction.SELL],
    [35, 'C', OrderAction.BUY],
  ] as const;
  const comboLegs = legs.map(([away, right, action]) => {
    const query = { secType: 'OPT', tradingClass: 'SPY', expiry: EXPIRY, strike: spot + away, right } as const;
    const [contract] = market.find(query);
    if (!contract) throw new Error(`no ${spot + away} ${right}`);
    return { conId: contract.conId, ratio: 1, action, exchange: 'SMART' };
  });
  return { symbol: 'SPY', secType: SecType.BAG, exchange: 'SMART', currency: 'USD', comboLegs };
}

export const STOCK: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };

export function order(fields: Partial<Order>): Order {
  return { action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: 2, tif: 'GTC', transmit: true, ...fields };
}

/** Today's executions, with their commissions where known, as a client receives them. */
export async function executions(client: Client, reqId: number): Promise<readonly Record<string, unknown>[]> {
  const from = client.heard.length;
  client.api.reqExecutions(reqId, {});
  await client.wait(EventName.execDetailsEnd, (id: number) => id === reqId, from);
  return client.heard
    .slice(from)
    .filter(([name, id]) => name === EventName.execDetails && id === reqId)
    .map(([, , , execution]) => execution as Record<string, unknown>);
}

/** Positions by contract id: quantity and average cost. */
export async function positions(client: Client): Promise<ReadonlyMap<number, readonly unknown[]>> {
  const from = client.heard.length;
  client.api.reqPositions();
  await client.wait(EventName.positionEnd, () => true, from);
  const rows = client.heard.slice(from).filter(([name]) => name === EventName.position);
  client.api.cancelPositions();
  return new Map(rows.map(([, , contract, quantity, cost]) => [(contract as Contract).conId ?? 0, [quantity, cost]]));
}

/** Account values by tag. */
export async function account(client: Client, reqId: number): Promise<Readonly<Record<string, number>>> {
  const from = client.heard.length;
  client.api.reqAccountSummary(reqId, 'All', 'TotalCashValue,NetLiquidation');
  await client.wait(EventName.accountSummaryEnd, (id: number) => id === reqId, from);
  client.api.cancelAccountSummary(reqId);
  const rows = client.heard.slice(from).filter(([name]) => name === EventName.accountSummary);
  return Object.fromEntries(rows.map(([, , , tag, value]) => [String(tag), Number(value)]));
}

/** Open orders by order id: permanent id, reference, status, filled and remaining. */
export async function openOrders(client: Client): Promise<readonly unknown[]> {
  const from = client.heard.length;
  client.api.reqAllOpenOrders();
  await client.wait(EventName.openOrderEnd, () => true, from);
  const heard = client.heard.slice(from);
  return heard
    .filter(([name]) => name === EventName.openOrder)
    .map(([, id, , open]) => {
      const status = heard.find(([name, other]) => name === EventName.orderStatus && other === id);
      const { permId, clientId, orderRef, tif } = open as Order;
      return { id, permId, clientId, orderRef, tif, status: status?.[2], filled: status?.[3], remaining: status?.[4] };
    });
}

/** The market's time, epoch seconds. */
export async function marketTime(client: Client): Promise<number> {
  const from = client.heard.length;
  client.api.reqCurrentTime();
  const [, time] = await client.wait(EventName.currentTime, () => true, from);
  return Number(time);
}

export interface GatewayProcess {
  readonly port: number;
  /** Kills it as a crash would: none of its processes survives. */
  kill(): Promise<void>;
}

/** Starts the built gateway as a process of its own. */
export async function startProcess({
  port,
  seed,
  state,
  start,
  speed,
  scenario,
}: GatewayOptions): Promise<GatewayProcess> {
  const given = { port, seed, state, start, speed, scenario };
  const argv = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  const child = spawn(process.execPath, [COMMAND, '--json', ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { port: await portOf(child), kill: () => kill(child) };
}

/** The port in the answer, which is the first object on its output. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.trimEnd().endsWith('}')) resolve(Number(JSON.parse(text).port));
    });
  });
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

/** A condor of SPY ordered over the wire, and a gateway in a process of its own that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Contract, EventName, type Order, OrderAction, OrderType, SecType } from '@stoqey/ib';
import { transformSync } from '@swc/core';
import { createMarket, marketScenarioSchema } from '../../../src/gateway/market/index.js';
import type { GatewayOptions } from '../../../src/gateway/options.js';
import type { Client } from '../protocol/support/fixture.js';

export const SEED = 5;
export const START = Date.parse('2026-03-02T10:00:00-05:00');
const EXPIRY = '20260417';
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

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

/** Executions of today, with their commissions where these are known, as a client is told. */
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

/** Orders that are open, by order id: permanent id, reference, status, filled and remaining. */
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
  /** Kills it as a crash would: nothing of it runs any more. */
  kill(): Promise<void>;
}

/** Compiles what a gateway needs into a directory, file by file, and starts one there as a process of its own. */
export async function startProcess(dir: string, options: GatewayOptions): Promise<GatewayProcess> {
  const entry = join(dir, 'main.mjs');
  compile(dir);
  const text = `import { startGateway } from ${JSON.stringify(pathToFileURL(join(dir, 'src/gateway/gateway.js')).href)};
const gateway = await startGateway(${JSON.stringify(options)});
console.log(gateway.port);`;
  writeFileSync(entry, text);
  const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await firstLine(child);
  return { port: Number(port), kill: () => kill(child) };
}

function compile(dir: string): void {
  const done = join(dir, 'node_modules');
  try {
    symlinkSync(join(REPOSITORY, 'node_modules'), done);
  } catch {
    return;
  }
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  for (const folder of ['src/gateway', 'src/domain/time']) {
    for (const name of readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const source = join(REPOSITORY, folder, name);
      const target = join(dir, folder, name.replace(/ts$/, 'js'));
      const { code } = transformSync(readFileSync(source, 'utf8'), {
        filename: source,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code);
    }
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
    if (child.stdout) createInterface(child.stdout).once('line', resolve);
  });
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

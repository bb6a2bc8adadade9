/** A stepped gateway with one scenario, the real client library connected to it over TCP, and four options of SPY to trade. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contract, EventName, type IBApi, type Order, OrderAction, OrderType, SecType } from '@stoqey/ib';
import { type GatewayHandle, startGateway } from '../../../src/index.js';
import { createMarket } from '../../../src/market/index.js';
import { marketScenarioSchema } from '../../../src/market/scenario.js';
import type { GatewayContract, GatewayMarket } from '../../../src/model.js';
import { parseScenario, type ScenarioInput } from '../../../src/scenario/index.js';
import { type Client, connectClient, decodingErrors } from '../../protocol/support/fixture.js';

const SEED = 3;
/** Monday, 10:00 in New York. */
const START = '2026-03-02T10:00';
const EXPIRY = '20260417';

export interface Desk {
  readonly gateway: GatewayHandle;
  /** The gateway's market, from the same seed. */
  readonly market: GatewayMarket;
  readonly client: Client;
  readonly api: IBApi;
  /** The four options of a condor, by strike: two puts, two calls. */
  readonly options: readonly GatewayContract[];
  connect(clientId: number): Promise<Client>;
  /** Lets market time pass, second by second, each after everything sent before was served. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a desk. The account trades without displayed sizes, and statuses come once. */
export async function openDesk(exchange: NonNullable<ScenarioInput['exchange']> = {}): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-desk-'));
  const scenario: ScenarioInput = {
    start: START,
    market: { realizedRatio: 0, volOfVol: 0, gapShare: 0 },
    exchange: {
      fills: { displayedSize: false, nearNatural: 0, atMid: 0 },
      callbacks: { duplicates: 0, statusFirst: 0 },
      ...exchange,
    },
  };
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, JSON.stringify(scenario));
  const gateway = await startGateway({ port: 0, seed: SEED, stepped: true, scenario: file });
  const { start } = parseScenario('desk', scenario);
  const market = createMarket({ seed: SEED, start, scenario: marketScenarioSchema.parse(scenario.market) });
  const clients: Client[] = [];
  const connect = async (clientId: number): Promise<Client> => {
    const client = await connectClient(gateway.port, clientId);
    clients.push(client);
    return client;
  };
  const client = await connect(1);
  return {
    ...{ gateway, market, client, api: client.api, connect },
    options: condorOf(market, start),
    pass: async (seconds) => {
      const end = gateway.now() + seconds * 1000;
      while (gateway.now() < end) {
        for (const one of clients) await settled(one);
        gateway.advance(Math.min(end, gateway.now() + 1000));
      }
      for (const one of clients) await settled(one);
    },
    close: async () => {
      const errors = clients.flatMap(decodingErrors);
      for (const one of clients) one.close();
      await gateway.close();
      rmSync(folder, { recursive: true });
      expect(errors).toEqual([]);
    },
  };
}

/** Strikes about 4 % and 6 % away on each side. */
function condorOf(market: GatewayMarket, at: number): readonly GatewayContract[] {
  const spy = market.underlyings().find(({ symbol }) => symbol === 'SPY');
  const spot = Math.round(market.fairValue(spy?.conId ?? 0, at) ?? 0);
  return (
    [
      [-40, 'P'],
      [-30, 'P'],
      [30, 'C'],
      [40, 'C'],
    ] as const
  ).map(([away, right]) => {
    const strike = Math.round((spot + away) / 5) * 5;
    const [found] = market.find({ secType: 'OPT', symbol: 'SPY', expiry: EXPIRY, strike, right }, at);
    if (!found) throw new Error(`there is no SPY ${EXPIRY} ${strike} ${right}`);
    return found;
  });
}

/** Waits until everything that a client sent has been answered. */
export async function settled(client: Client): Promise<void> {
  const from = client.heard.length;
  client.api.reqCurrentTime();
  await client.wait(EventName.currentTime, () => true, from);
}

/** A BAG as a client places it: sold in the middle, bought outside, written from the last option to the first. */
export function bagOf(options: readonly GatewayContract[], signs: readonly number[]): Contract {
  const legs = options.map(({ conId }, index) => ({
    ...{ conId, ratio: Math.abs(signs[index] ?? 1), exchange: 'SMART', openClose: 0 },
    action: (signs[index] ?? 1) > 0 ? OrderAction.BUY : OrderAction.SELL,
  }));
  return { symbol: 'SPY', secType: SecType.BAG, exchange: 'SMART', currency: 'USD', comboLegs: legs };
}

/** Legs in descending order of their ids, unlike the broker's order. */
export const condor = ({ options }: Pick<Desk, 'options'>): Contract => {
  const bag = bagOf(options, [1, -1, -1, 1]);
  return {
    ...bag,
    comboLegs: [...(bag.comboLegs ?? [])].sort(({ conId: left = 0 }, { conId: right = 0 }) => right - left),
  };
};

export const contractOf = ({ conId, symbol }: GatewayContract): Contract => ({
  ...{ conId, symbol, secType: SecType.OPT, exchange: 'SMART', currency: 'USD' },
});

export const limit = (lmtPrice: number, more: Partial<Order> = {}): Order => ({
  ...{ action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: 1, lmtPrice, tif: 'DAY', transmit: true },
  ...more,
});

/** Calls of one event, each as its arguments, from an index on. */
export const calls = (client: Client, name: EventName, from = 0): readonly (readonly unknown[])[] =>
  client.heard.slice(from).flatMap(([event, ...values]) => (event === name ? [values] : []));

interface Shown {
  readonly orderId: number;
  readonly contract: Contract;
  readonly order: Order;
  readonly state: {
    readonly status?: string;
    readonly completedStatus?: string;
    readonly completedTime?: string;
    readonly warningText?: string;
  };
}

/** The openOrder calls, in the order they came. */
export const shownOrders = (client: Client, from = 0): readonly Shown[] =>
  calls(client, EventName.openOrder, from).map(
    ([orderId, contract, order, state]) => ({ orderId, contract, order, state }) as Shown,
  );

/** Statuses of an order, without repeats. */
export function statuses(client: Client, orderId: number, from = 0): readonly string[] {
  const all = calls(client, EventName.orderStatus, from).flatMap(([id, status]) =>
    id === orderId ? [String(status)] : [],
  );
  return all.filter((status, index) => status !== all[index - 1]);
}

/** Errors as [id, code, text], without system notices. */
export const errors = (client: Client, from = 0): readonly (readonly [number, number, string])[] =>
  calls(client, EventName.error, from).map(([error, code, id]) => [Number(id), Number(code), (error as Error).message]);

/** Open orders of all clients, from a list. */
export async function openOrders(client: Client): Promise<readonly Shown[]> {
  const from = client.heard.length;
  client.api.reqAllOpenOrders();
  await client.wait(EventName.openOrderEnd, () => true, from);
  return shownOrders(client, from);
}

export async function completedOrders(client: Client): Promise<readonly Omit<Shown, 'orderId'>[]> {
  const from = client.heard.length;
  client.api.reqCompletedOrders(false);
  await client.wait(EventName.completedOrdersEnd, () => true, from);
  return calls(client, EventName.completedOrder, from).map(
    ([contract, order, state]) => ({ contract, order, state }) as Shown,
  );
}

/** Events at the broker that the client did not cause, with the real exchange behind the sessions. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GatewayHandle, startGateway } from '../../src/index.js';
import { type Answer, RawClient } from './support/raw-client.js';

const SPY = 756733;
const STOCK = { conId: SPY, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };

let gateway: GatewayHandle;
let client: RawClient;

beforeEach(async () => {
  const scenario = join(dirname(fileURLToPath(import.meta.url)), 'events.yaml');
  gateway = await startGateway({ port: 0, seed: 3, stepped: true, scenario });
  client = await RawClient.open(gateway.port, 5);
});

afterEach(async () => {
  client.close();
  await gateway.close();
  expect(client.problem).toBeUndefined();
});

async function after(action: () => void, seconds = 0): Promise<readonly Answer[]> {
  const from = client.answers.length;
  action();
  for (let second = 0; second < seconds; second += 1) {
    await client.settled();
    gateway.advance(gateway.now() + 1_000);
  }
  return client.settled(from);
}

const named = (answers: readonly Answer[], name: string) =>
  answers.filter((answer) => answer.name === name).map(({ values }) => values);

function conIdOf(secType: string): number {
  const found = gateway.positions().find((row) => row.contract.secType === secType);
  if (!found) throw new Error(`no position in ${secType}`);
  return found.contract.conId;
}

/** A stock order that fills at once. */
const buy = (orderId: number, more: object = {}): void =>
  client.ask('PLACE_ORDER', {
    ...{ ...STOCK, orderId, action: 'BUY', quantity: 5, orderType: 'MKT', tif: 'DAY', transmit: true },
    ...{ orderRef: `events-${orderId}`, ...more },
  });

it('F24: an assignment takes the option away and brings the stock', async () => {
  client.ask('REQ_POSITIONS');
  await client.settled();
  const put = conIdOf('OPT');
  const told = await after(() => gateway.fault({ kind: 'assign', conId: put, quantity: 1 }), 2);
  const positions = named(told, 'POSITION').map((row) => [row.conId, row.position]);
  expect(positions).toContainEqual([put, -1]);
  expect(positions).toContainEqual([SPY, 200]);
});

it('exercises a long option in the night when its holder says so', async () => {
  const put = conIdOf('OPT');
  gateway.fault({ kind: 'manualTrade', conId: put, quantity: 3, price: 20 });
  const ask = (reqId: number, quantity: number): void =>
    client.ask('EXERCISE_OPTIONS', { reqId, conId: put, exchange: 'SMART', exerciseAction: 1, quantity, override: 0 });
  client.ask('REQ_POSITIONS');
  await after(() => ask(1, 2));
  await after(() => ask(2, 1));
  expect([client.errors(1), client.errors(2)]).toEqual([[321], [399]]);
  const from = client.answers.length;
  const night = Date.parse('2026-03-03T07:00:00Z');
  while (gateway.now() < night) gateway.advance(night);
  const told = named(await client.settled(from), 'POSITION').map((row) => [row.conId, row.position]);
  expect(told).toEqual([
    [put, 0],
    [SPY, 0],
  ]);
});

/** Executions without a client are sent to client 0 at once; the others see them on request. */
async function external(action: () => void, expected: object): Promise<void> {
  const zero = await RawClient.open(gateway.port, 0);
  await after(action, 2);
  await zero.settled();
  expect(zero.named('EXECUTION_DATA')).toMatchObject([expected]);
  // 2147483647, which the tables read as no number.
  expect(zero.named('EXECUTION_DATA')[0]).not.toHaveProperty('orderId');
  expect(client.named('EXECUTION_DATA')).toEqual([]);
  client.ask('REQ_EXECUTIONS', { reqId: 1 });
  await client.settled();
  expect(client.named('EXECUTION_DATA')).toMatchObject([expected]);
  zero.close();
}

it('F25: a liquidation is an execution that no order of ours made, with its mark', async () => {
  const liquidate = (): void => gateway.fault({ kind: 'liquidate', conId: SPY, quantity: 40 });
  await external(liquidate, { shares: 40, side: 'SLD', liquidation: 1 });
});

it('F26: a trade by hand is an execution without an order id of its own', async () => {
  client.ask('REQ_POSITIONS');
  const trade = (): void => gateway.fault({ kind: 'manualTrade', conId: SPY, quantity: -10 });
  await external(trade, { shares: 10, side: 'SLD', liquidation: 0 });
  expect(client.named('POSITION').at(-1)).toMatchObject({ conId: SPY, position: 90 });
});

describe('F26: an order by hand', () => {
  const SELL_ORDER = { kind: 'manualOrder', conId: SPY, quantity: -100, limitPrice: 5_000 } as const;
  const rows = (answers: readonly Answer[]) => named(answers, 'OPEN_ORDER').map((row) => [row.orderId, row.clientId]);

  it('is seen by all, and no client can change it', async () => {
    gateway.fault(SELL_ORDER);
    gateway.fault({ ...SELL_ORDER, tif: 'GTC', limitPrice: 6_000 });
    const seen = await after(() => client.ask('REQ_ALL_OPEN_ORDERS'));
    expect(rows(seen)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(rows(await after(() => client.ask('REQ_OPEN_ORDERS')))).toEqual([]);
    await after(() => client.ask('CANCEL_ORDER', { orderId: 0 }), 60);
    expect(rows(await after(() => client.ask('REQ_ALL_OPEN_ORDERS')))).toHaveLength(2);
    await after(() => client.ask('REQ_GLOBAL_CANCEL'), 60);
    expect(rows(await after(() => client.ask('REQ_ALL_OPEN_ORDERS')))).toEqual([]);
  });

  it('client 0 can bind it, and cancel it then', async () => {
    const zero = await RawClient.open(gateway.port, 0);
    gateway.fault(SELL_ORDER);
    zero.ask('REQ_AUTO_OPEN_ORDERS', { autoBind: true });
    await zero.settled();
    gateway.fault({ ...SELL_ORDER, limitPrice: 6_000 });
    await zero.settled();
    const ids = new Set(zero.named('OPEN_ORDER').map((row) => row.orderId));
    expect([...ids]).toEqual([0, -1, -2]);
    zero.ask('CANCEL_ORDER', { orderId: -1 });
    await zero.settled();
    await after(() => undefined, 60);
    expect(rows(await after(() => client.ask('REQ_ALL_OPEN_ORDERS')))).toEqual([[-2, 0]]);
    zero.close();
  });

  it('fills like any other, and is in the way of an order on the other side', async () => {
    const put = conIdOf('OPT');
    const option = { conId: put, symbol: 'SPY', secType: 'OPT', orderType: 'LMT', quantity: 1 };
    gateway.fault({ kind: 'manualOrder', conId: put, quantity: -1, limitPrice: 500 });
    await after(() => buy(1, { ...option, limitPrice: 1 }), 2);
    expect(client.errors(1)).toEqual([201]);
    gateway.fault({ kind: 'manualOrder', conId: SPY, quantity: -100, limitPrice: 1 });
    const told = await after(() => client.ask('REQ_POSITIONS'), 5);
    expect(named(told, 'POSITION').at(-1)).toMatchObject({ conId: SPY, position: 0 });
    expect(() => gateway.fault({ kind: 'manualOrder', conId: SPY, quantity: 0, limitPrice: 1 })).toThrow();
  });
});

it('F10: a correction has the id of its execution but for the last digits', async () => {
  await after(() => buy(1), 5);
  const [first] = client.named('EXECUTION_DATA');
  const execId = String(first?.execId);
  const told = await after(() => gateway.fault({ kind: 'correctExecution', execId, price: 1.5 }), 1);
  const [corrected] = named(told, 'EXECUTION_DATA');
  expect(corrected).toMatchObject({ price: 1.5, shares: first?.shares, orderRef: 'events-1' });
  expect(corrected?.execId).not.toBe(execId);
  expect(String(corrected?.execId).split('.').slice(0, -1)).toEqual(execId.split('.').slice(0, -1));
});

it('sends a commission late, or never', async () => {
  gateway.fault({ kind: 'lateCommission', ms: 60_000 });
  await after(() => buy(1), 10);
  expect(client.named('COMMISSION_REPORT')).toEqual([]);
  await after(() => undefined, 60);
  expect(client.named('COMMISSION_REPORT')).toHaveLength(1);
  gateway.fault({ kind: 'lateCommission' });
  await after(() => buy(2), 120);
  expect(client.named('EXECUTION_DATA')).toHaveLength(2);
  expect(client.named('COMMISSION_REPORT')).toHaveLength(1);
});

it('F11: an order fills although its cancel was asked for', async () => {
  const price = (): number => Number(client.named('TICK_PRICE').findLast((tick) => tick.tickType === 2)?.price);
  client.ask('REQ_MKT_DATA', { ...STOCK, reqId: 9 });
  await client.settled();
  await after(() => buy(1, { orderType: 'LMT', limitPrice: Math.floor(price() * 0.99) }), 3);
  expect(client.named('ORDER_STATUS').at(-1)?.status).toBe('Submitted');
  await after(() => client.ask('CANCEL_ORDER', { orderId: 1 }), 2);
  expect(client.named('ORDER_STATUS').at(-1)?.status).toBe('PendingCancel');
  gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 0.95 });
  const told = await after(() => undefined, 40);
  expect(named(told, 'EXECUTION_DATA')).toHaveLength(1);
  expect(client.named('ORDER_STATUS').at(-1)).toMatchObject({ status: 'Filled', filled: 5 });
});

it('F5: the ids of a client go back when a restart says so', async () => {
  await after(() => buy(41), 3);
  gateway.fault({ kind: 'restart', rollback: 3 });
  await client.until(() => client.closed);
  const again = await RawClient.open(gateway.port, 5);
  expect(again.named('NEXT_VALID_ID')).toEqual([{ orderId: 39 }]);
  again.close();
});

it('F7: a fill while nobody is connected is found by asking', async () => {
  await after(() => buy(1, { tif: 'GTC' }));
  gateway.fault({ kind: 'drop' });
  await client.until(() => client.closed);
  for (let second = 0; second < 10; second += 1) gateway.advance(gateway.now() + 1_000);
  const again = await RawClient.open(gateway.port, 5);
  await again.settled();
  expect(again.named('EXECUTION_DATA')).toEqual([]);
  again.ask('REQ_EXECUTIONS', { reqId: 1 });
  await again.settled();
  expect(again.named('EXECUTION_DATA')).toMatchObject([{ orderRef: 'events-1', shares: 5 }]);
  again.close();
});

it('F19: executions and completed orders are gone after midnight', async () => {
  await after(() => buy(1), 3);
  const midnight = Date.parse('2026-03-03T05:00:00Z');
  while (gateway.now() < midnight) gateway.advance(midnight);
  client.ask('REQ_EXECUTIONS', { reqId: 1 });
  client.ask('REQ_COMPLETED_ORDERS');
  const told = await client.settled(client.answers.length);
  expect(told.map(({ name }) => name)).toEqual(['EXECUTION_DATA_END', 'COMPLETED_ORDERS_END']);
});

it('lists the faults of scenario and control alike, and refuses what it does not know', () => {
  expect(() => gateway.fault({ kind: 'explode' } as never)).toThrow();
  expect(() => gateway.fault({ kind: 'correctExecution', execId: 'none', price: 1 })).toThrow(
    'nothing it could happen to',
  );
});

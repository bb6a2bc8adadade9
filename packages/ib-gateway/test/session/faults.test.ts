/** Faults of orders, answers and messages, as a client sees them. */

import type { FaultInput } from '../../src/session/faults.js';
import { type Fixture, START, startFixture } from '../protocol/support/fixture.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import { RawClient } from './support/raw-client.js';

const SPY = { conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const ORDER = { ...SPY, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1, tif: 'DAY', transmit: true };

let fixture: Fixture;
let client: RawClient;

beforeEach(async () => {
  fixture = await startFixture();
  client = await RawClient.open(fixture.gateway.port, 5);
});

afterEach(async () => {
  client.close();
  await fixture.gateway.close();
});

const fault = (input: FaultInput): void => fixture.gateway.fault(input);
const place = (orderId: number, more: object = {}): void => client.ask('PLACE_ORDER', { ...ORDER, orderId, ...more });

/** The names of the messages that an action made the gateway send. */
async function told(action: () => void): Promise<readonly string[]> {
  const from = client.answers.length;
  action();
  return (await client.settled(from)).map(({ name }) => name);
}

it('F6, F13: places an order and sends an error about it all the same', async () => {
  fault({ kind: 'rejectNext', code: 103, text: 'Duplicate order id', place: true });
  expect(await told(() => place(1))).toEqual(['ERR_MSG', 'OPEN_ORDER', 'ORDER_STATUS']);
  fault({ kind: 'rejectNext', code: 10349, text: 'Order TIF was set to DAY based on order preset.', place: true });
  await told(() => place(2));
  expect([client.errors(1), client.errors(2)]).toEqual([[103], [10349]]);
  expect(fixture.exchange.openOrders(5)).toHaveLength(2);
});

it('F14: refuses the change of an order and lets a new one pass', async () => {
  await told(() => place(1));
  fault({ kind: 'rejectNext', code: 201, text: 'Order rejected - reason:a test', on: 'modify' });
  expect(await told(() => place(2))).toEqual(['OPEN_ORDER', 'ORDER_STATUS']);
  expect(await told(() => place(1, { limitPrice: 2 }))).toEqual(['ERR_MSG']);
  expect(client.errors(1)).toEqual([201]);
  expect(fixture.exchange.placed.map((row) => row.orderId)).toEqual([1, 2]);
});

it('F12: answers a cancel with a verdict that proves nothing, or carries it out besides', async () => {
  await told(() => place(1));
  fault({ kind: 'cancelAnswer', code: 10148, text: 'OrderId 1 cannot be cancelled, state: PendingCancel.' });
  expect(await told(() => client.ask('CANCEL_ORDER', { orderId: 1 }))).toEqual(['ERR_MSG']);
  expect(fixture.exchange.openOrders(5)).toHaveLength(1);
  fault({
    kind: 'cancelAnswer',
    code: 161,
    text: 'Cancel attempted when order is not in a cancellable state.',
    act: true,
  });
  await told(() => client.ask('CANCEL_ORDER', { orderId: 1 }));
  expect(client.errors(1)).toEqual([10148, 161, 202]);
  expect(fixture.exchange.openOrders(5)).toHaveLength(0);
});

it('F20: ends an empty list as if it were whole, as often as asked', async () => {
  await told(() => place(1));
  await told(() => fixture.exchange.fill(1));
  await told(() => place(2));
  const asks = {
    openOrders: () => client.ask('REQ_ALL_OPEN_ORDERS'),
    executions: () => client.ask('REQ_EXECUTIONS', { reqId: 7 }),
    completedOrders: () => client.ask('REQ_COMPLETED_ORDERS'),
    positions: () => client.ask('REQ_POSITIONS'),
  };
  for (const [answer, ask] of Object.entries(asks)) {
    fault({ kind: 'falseEmpty', answer: answer as keyof typeof asks });
    expect(await told(ask)).toHaveLength(1);
    expect((await told(ask)).length).toBeGreaterThan(1);
  }
});

it('F20: false positions are sent to every request for them', async () => {
  await told(() => place(1));
  await told(() => fixture.exchange.fill(1));
  const multi = () => client.ask('REQ_POSITIONS_MULTI', { reqId: 8, account: '', modelCode: '' });
  const updates = () => client.ask('REQ_ACCOUNT_DATA', { subscribe: true, account: '' });
  for (const [ask, row] of [
    [multi, 'POSITION_MULTI'],
    [updates, 'PORTFOLIO_VALUE'],
  ] as const) {
    fault({ kind: 'falseEmpty', answer: 'positions' });
    expect(await told(ask)).not.toContain(row);
    expect(await told(ask)).toContain(row);
  }
});

it('F27: a session that is gone still holds its id for a while', async () => {
  fault({ kind: 'idInUse', clientId: 9, ms: 30_000 });
  const refused = await RawClient.open(fixture.gateway.port, 9);
  await refused.until(() => refused.closed);
  expect(refused.errors(-1)).toEqual([326]);
  fixture.gateway.advance(START + 30_000);
  const taken = await RawClient.open(fixture.gateway.port, 9);
  expect(taken.named('NEXT_VALID_ID')).toHaveLength(1);
  taken.close();
});

it('F21: spoils the quotes of contracts named by their terms', async () => {
  const put = { symbol: 'SPY', secType: 'OPT', expiry: '20261218', strike: 650, right: 'P' } as const;
  const [listed] = fixture.market.find(put, START);
  client.ask('REQ_MKT_DATA', { conId: listed?.conId ?? 0, exchange: 'SMART', reqId: 3 });
  await client.settled();
  const from = client.answers.length;
  fixture.gateway.fault({ kind: 'spoilQuote', contract: put, show: 'bad', ms: 5_000, ask: 99 });
  const ticks = (await client.settled(from)).filter(({ name }) => name === 'TICK_PRICE').map(({ values }) => values);
  expect(ticks).toContainEqual(expect.objectContaining({ reqId: 3, tickType: 2, price: 99 }));
  const nothing = { kind: 'spoilQuote', contract: { symbol: 'NONE' }, show: 'stale', ms: 1 } as const;
  expect(() => fixture.gateway.fault(nothing)).toThrow('nothing it could happen to');
});

it('F19: begins a new day, on which executions and completed orders are gone', async () => {
  await told(() => place(1));
  await told(() => fixture.exchange.fill(1));
  fixture.gateway.advance(START + 1_000);
  fault({ kind: 'dateRoll' });
  expect(await told(() => client.ask('REQ_EXECUTIONS', { reqId: 7 }))).toEqual(['EXECUTION_DATA_END']);
  expect(await told(() => client.ask('REQ_COMPLETED_ORDERS'))).toEqual(['COMPLETED_ORDERS_END']);
  await told(() => place(2));
  await told(() => fixture.exchange.fill(2));
  const after = await told(() => client.ask('REQ_EXECUTIONS', { reqId: 8 }));
  expect(after.filter((name) => name === 'EXECUTION_DATA')).toHaveLength(1);
});

it('F8: omits only the statuses that say Filled', async () => {
  fault({ kind: 'omit', message: 'ORDER_STATUS', status: 'Filled', n: 99 });
  expect(await told(() => place(1))).toContain('ORDER_STATUS');
  const after = await told(() => fixture.exchange.fill(1));
  expect(after).toContain('EXECUTION_DATA');
  expect(after).not.toContain('ORDER_STATUS');
});

it('F9: holds a message back until another has come, or until its time is up', async () => {
  fault({ kind: 'reorder', message: 'OPEN_ORDER', after: 'EXECUTION_DATA' });
  expect(await told(() => place(1))).toEqual(['ORDER_STATUS']);
  const filled = await told(() => fixture.exchange.fill(1));
  expect(filled.slice(0, 2)).toEqual(['EXECUTION_DATA', 'OPEN_ORDER']);
  // The timer of a released message must not send it again.
  fixture.gateway.advance(START + 60_000);
  expect(await told(() => undefined)).toEqual([]);
  fault({ kind: 'reorder', message: 'OPEN_ORDER', after: 'EXECUTION_DATA', ms: 5_000 });
  expect(await told(() => place(2))).toEqual(['ORDER_STATUS']);
  fixture.gateway.advance(START + 65_000);
  expect(await told(() => undefined)).toContain('OPEN_ORDER');
});

it('does not let a held message wait for one of another client', async () => {
  const other = await RawClient.open(fixture.gateway.port, 6);
  fault({ kind: 'reorder', message: 'OPEN_ORDER', after: 'USER_INFO' });
  expect(await told(() => place(1))).toEqual(['ORDER_STATUS']);
  other.ask('REQ_USER_INFO', { reqId: 1 });
  await other.settled();
  expect(other.named('USER_INFO')).toHaveLength(1);
  expect(client.named('OPEN_ORDER')).toHaveLength(0);
  expect(await told(() => client.ask('REQ_USER_INFO', { reqId: 1 }))).toEqual(['USER_INFO', 'OPEN_ORDER']);
  other.close();
});

it('fails a request with any error, or leaves it without an answer', async () => {
  const pacing = 'Historical Market Data Service error message:API historical data query pacing violation';
  fault({ kind: 'failNext', request: 'REQ_HISTORICAL_DATA', code: 162, text: pacing });
  fault({ kind: 'failNext', request: 'REQ_POSITIONS', n: 2 });
  client.ask('REQ_HISTORICAL_DATA', { ...SPY, reqId: 9 });
  await client.settled();
  expect(client.named('ERR_MSG').at(-1)).toMatchObject({ id: 9, code: 162, text: pacing });
  for (const answers of [0, 0, 1]) expect(await told(() => client.ask('REQ_POSITIONS'))).toHaveLength(answers);
});

it('F39: damages a message in each of its three ways', async () => {
  const problems: string[] = [];
  for (const how of ['short', 'long', 'garbled'] as const) {
    const hurt = await RawClient.open(fixture.gateway.port, 10);
    fault({ kind: 'corrupt', message: 'USER_INFO', how });
    fault({ kind: 'corrupt', message: 'MARKET_RULE', how });
    hurt.ask('REQ_MARKET_RULE', { marketRuleId: 26 });
    hurt.ask('REQ_USER_INFO', { reqId: 1 });
    await hurt.settled();
    problems.push(hurt.problem?.message ?? '');
    hurt.close();
    await until(() => closes() === problems.length);
  }
  expect(problems[0]).toContain('ends before increment');
  expect(problems[1]).toContain('tokens too many');
  expect(problems[2]).toContain('is not a whole number: garbled');
});

it('forgets what was still to come when told to clear', async () => {
  fault({ kind: 'rejectNext', code: 201, text: 'no', n: 5 });
  fault({ kind: 'cancelAnswer', code: 161, text: 'no' });
  fault({ kind: 'mute', orderRefPrefix: 'x' });
  fault({ kind: 'omit', message: 'OPEN_ORDER', n: 5 });
  fault({ kind: 'falseEmpty', answer: 'openOrders' });
  fault({ kind: 'failNext', request: 'REQ_ALL_OPEN_ORDERS' });
  fault({ kind: 'clear' });
  expect(await told(() => place(1, { orderRef: 'x1' }))).toEqual(['OPEN_ORDER', 'ORDER_STATUS']);
  expect(await told(() => client.ask('REQ_ALL_OPEN_ORDERS'))).toEqual(['OPEN_ORDER', 'ORDER_STATUS', 'OPEN_ORDER_END']);
});

const closes = (): number => fixture.gateway.journal().filter((entry) => entry.type === 'CLOSE').length;

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000 * TIMEOUT_FACTOR;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

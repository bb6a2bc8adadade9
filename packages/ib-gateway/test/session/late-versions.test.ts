/**
 * The additional contents of versions 194 to 200 over 193. IB's own client and the Rust client decode all of them; here the
 * contents are checked.
 */
import { type Fixture, START, startFixture } from '../protocol/support/fixture.js';
import { RawClient } from './support/raw-client.js';

let fixture: Fixture;
let raw: RawClient | undefined;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  expect(raw?.problem).toBeUndefined();
  raw?.close();
  await fixture.gateway.close();
});

const SPY = { conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const LIMIT = { action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1, tif: 'DAY', transmit: true };
const HISTORY = { ...SPY, whatToShow: 'TRADES', formatDate: 1, useRth: true, duration: '1 D', barSize: '30 mins' };

/** The names of a client's answers, without the messages at its start. */
async function namesOf(client: RawClient, ask: () => void): Promise<readonly string[]> {
  const from = client.answers.length;
  ask();
  return (await client.settled(from)).map(({ name }) => name);
}

it.each([
  [193, undefined],
  [194, START],
  [200, START],
])('at version %i an error tells the time %p', async (version, time) => {
  const client = await RawClient.open(fixture.gateway.port, 6, version);
  raw = client;
  client.ask('REQ_HISTORICAL_DATA', { ...HISTORY, reqId: 1, exchange: '' });
  await client.settled();
  const error = client.named('ERR_MSG').find(({ id }) => id === 1);
  expect([client.version, error?.code, error?.time]).toEqual([version, 321, time]);
});

it.each([
  [195, ['HISTORICAL_DATA']],
  [196, ['HISTORICAL_DATA', 'HISTORICAL_DATA_END']],
])('at version %i an answer with bars is %p', async (version, names) => {
  const client = await RawClient.open(fixture.gateway.port, 6, version);
  raw = client;
  expect(await namesOf(client, () => client.ask('REQ_HISTORICAL_DATA', { ...HISTORY, reqId: 1 }))).toEqual(names);
});

it('at version 197 the time is in milliseconds', async () => {
  const client = await RawClient.open(fixture.gateway.port, 6, 197);
  raw = client;
  fixture.gateway.advance(START + 5_000);
  client.ask('REQ_CURRENT_TIME_IN_MILLIS');
  await client.settled();
  expect(client.named('CURRENT_TIME_IN_MILLIS')).toEqual([{ time: START + 5_000 }]);
});

it('at version 195 a preview names the currency of its margins, and at 199 an order what it was placed with', async () => {
  const client = await RawClient.open(fixture.gateway.port, 6, 200);
  raw = client;
  client.ask('PLACE_ORDER', { ...SPY, ...LIMIT, orderId: 1, whatIf: true });
  await client.settled();
  const [preview] = client.named('OPEN_ORDER');
  expect(preview).toMatchObject({
    whatIf: true,
    marginCurrency: 'USD',
    commissionCurrency: 'USD',
    orderAllocations: [],
  });
  client.ask('PLACE_ORDER', { ...SPY, ...LIMIT, orderId: 2, imbalanceOnly: true });
  await client.settled();
  expect(client.named('OPEN_ORDER').at(-1)).toMatchObject({ orderId: 2, imbalanceOnly: true });
});

it.each([
  [[], 1],
  [['20261123'], 1],
  [['20261120'], 0],
  [['20261120', '20261123'], 1],
])('at version 200 executions are those of the days %j', async (days, count) => {
  const client = await RawClient.open(fixture.gateway.port, 6, 200);
  raw = client;
  client.ask('PLACE_ORDER', { ...SPY, ...LIMIT, orderId: 1 });
  await client.settled();
  fixture.exchange.fill(1);
  client.ask('REQ_EXECUTIONS', { reqId: 3, specificDates: days.map((date) => ({ date })) });
  await client.settled();
  expect(client.named('EXECUTION_DATA').filter(({ reqId }) => reqId === 3)).toHaveLength(count);
});

/** Faults of connections, connectivity and market data. */
import { connect as openSocket } from 'node:net';
import { type Fixture, START, startFixture } from '../protocol/support/fixture.js';
import { RawClient } from './support/raw-client.js';

const SPY = { conId: 756733, exchange: 'SMART' };
let fixture: Fixture;
let clients: RawClient[];

beforeEach(async () => {
  fixture = await startFixture();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  await fixture.gateway.close();
  for (const client of clients) expect(client.problem).toBeUndefined();
});

async function connect(clientId = 5): Promise<RawClient> {
  const client = await RawClient.open(fixture.gateway.port, clientId);
  clients.push(client);
  return client;
}

const systemCodes = (client: RawClient): readonly unknown[] =>
  client.errors(-1).filter((code) => Number(code) < 2_104 || Number(code) > 2_158);

/** Whether a new connection is closed without a byte. */
function refused(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openSocket(fixture.gateway.port, '127.0.0.1');
    socket.on('error', () => undefined);
    // A gateway that takes the connection answers the greeting.
    socket.on('data', () => {
      resolve(false);
      socket.destroy();
    });
    socket.on('close', () => resolve(true));
    socket.write(Buffer.concat([Buffer.from('API\0'), Buffer.from([0, 0, 0, 9]), Buffer.from('v100..193')]));
  });
}

describe('F17: connectivity', () => {
  it('is lost and comes back with the subscriptions kept', async () => {
    const client = await connect();
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1 });
    await client.settled();
    fixture.gateway.fault({ kind: 'connectivity', ms: 60_000 });
    const from = client.answers.length;
    fixture.gateway.advance(START + 30_000);
    expect((await client.settled(from)).map(({ name }) => name)).toEqual(['ERR_MSG']);
    fixture.gateway.advance(START + 60_000);
    fixture.gateway.advance(START + 61_000);
    await client.settled();
    expect(systemCodes(client)).toEqual([1100, 1102]);
    expect(client.answers.slice(from).some(({ name }) => name === 'TICK_PRICE')).toBe(true);
  });

  it('is lost with the subscriptions, which must be asked for again', async () => {
    const client = await connect();
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1 });
    client.ask('REQ_TICK_BY_TICK_DATA', { ...SPY, reqId: 2, tickKind: 'BidAsk' });
    await client.settled();
    fixture.gateway.fault({ kind: 'connectivity', ms: 60_000, dataLost: true });
    fixture.gateway.advance(START + 60_000);
    const from = client.answers.length;
    for (let second = 61; second < 90; second += 1) fixture.gateway.advance(START + second * 1_000);
    expect((await client.settled(from)).filter(({ name }) => name.startsWith('TICK'))).toEqual([]);
    expect(systemCodes(client)).toEqual([1100, 1101]);
    // The id is free again.
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1 });
    expect((await client.settled(from)).some(({ name }) => name === 'TICK_PRICE')).toBe(true);
    expect(client.errors(1)).toEqual([]);
  });
});

it('F5, F17: restarts at night: 1100, no connection for a time, then the ids of before', async () => {
  const client = await connect();
  fixture.gateway.fault({ kind: 'nightlyReset', ms: 120_000 });
  await client.until(() => client.closed);
  expect(systemCodes(client)).toEqual([1100]);
  expect(await refused()).toBe(true);
  fixture.gateway.advance(START + 119_000);
  expect(await refused()).toBe(true);
  fixture.gateway.advance(START + 120_000);
  await connect();
});

it('F18: refuses connections for three days and then takes them again', async () => {
  fixture.gateway.fault({ kind: 'refuse', ms: 3 * 86_400_000 });
  expect(await refused()).toBe(true);
  fixture.gateway.advance(START + 3 * 86_400_000);
  expect(await refused()).toBe(false);
});

it('F27: tells a second session with an id that is in use, and closes it', async () => {
  const first = await connect(5);
  const second = await connect(5);
  await second.until(() => second.closed);
  expect(second.errors(-1)).toEqual([326]);
  expect(second.named('NEXT_VALID_ID')).toEqual([]);
  await first.settled();
  expect(first.closed).toBe(false);
});

it('answers too many messages with error 100 and ends the connection when it goes on', async () => {
  const client = await connect();
  fixture.gateway.fault({ kind: 'pacing', perSecond: 10 });
  for (let count = 0; count < 20; count += 1) client.ask('REQ_IDS');
  await client.until(() => client.errors(-1).includes(100));
  expect(client.errors(-1).filter((code) => code === 100)).toHaveLength(1);
  fixture.gateway.fault({ kind: 'pacing', perSecond: 0 });
  const from = client.answers.length;
  for (let count = 0; count < 100; count += 1) client.ask('REQ_IDS');
  const after = await client.settled(from);
  expect(after.filter(({ name }) => name === 'NEXT_VALID_ID').length).toBeGreaterThanOrEqual(100);
});

describe('F21: market data', () => {
  it('is taken by a competing session and given back', async () => {
    const client = await connect();
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1 });
    await client.settled();
    fixture.gateway.fault({ kind: 'marketData', state: 'competing' });
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 2 });
    await client.settled();
    expect([client.errors(1), client.errors(2)]).toEqual([[10197], [10197]]);
    const from = client.answers.length;
    fixture.gateway.advance(START + 60_000);
    expect(await client.settled(from)).toEqual([]);
    fixture.gateway.fault({ kind: 'marketData', state: 'live' });
    fixture.gateway.advance(START + 61_000);
    const back = await client.settled(from);
    // Both go on: the existing line, and the one requested meanwhile.
    const ids = new Set(back.filter(({ name }) => name === 'TICK_PRICE').map(({ values }) => values.reqId));
    expect([...ids]).toEqual([1, 2]);
  });

  it('is delayed for clients that accept it, and refused to the others', async () => {
    const client = await connect();
    fixture.gateway.fault({ kind: 'marketData', state: 'delayed' });
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1 });
    client.ask('REQ_MARKET_DATA_TYPE', { marketDataType: 3 });
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 2 });
    await client.settled();
    expect([client.errors(1), client.errors(2)]).toEqual([[354], [10167]]);
    expect(client.named('MARKET_DATA_TYPE')).toEqual([{ reqId: 2, marketDataType: 3 }]);
    const bid = client.named('TICK_PRICE').find((tick) => tick.tickType === 66);
    expect(bid?.price).toBe(fixture.market.quote(SPY.conId, START - 900_000)?.bid);
    const live = client.named('TICK_PRICE').filter((tick) => [1, 2, 4, 6, 7, 9, 14].includes(Number(tick.tickType)));
    expect(live).toEqual([]);
  });

  it('is frozen: every line says so, and stands still until it is live again', async () => {
    const client = await connect();
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1 });
    await client.settled();
    fixture.gateway.fault({ kind: 'marketData', state: 'frozen' });
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 2 });
    await client.settled();
    const types = (reqId: number) =>
      client.named('MARKET_DATA_TYPE').flatMap((row) => (row.reqId === reqId ? [row.marketDataType] : []));
    expect([types(1), types(2)]).toEqual([[1, 2], [2]]);
    // Once more the current values, and then nothing new.
    fixture.gateway.advance(START + 1_000);
    await client.settled();
    const from = client.answers.length;
    for (let second = 2; second < 30; second += 1) fixture.gateway.advance(START + second * 1_000);
    expect((await client.settled(from)).filter(({ name }) => name === 'TICK_PRICE')).toEqual([]);
    fixture.gateway.fault({ kind: 'marketData', state: 'live' });
    for (let second = 30; second < 40; second += 1) fixture.gateway.advance(START + second * 1_000);
    expect((await client.settled(from)).filter(({ name }) => name === 'TICK_PRICE')).not.toEqual([]);
    expect(types(1)).toEqual([1, 2, 1]);
  });

  it('is not subscribed at all', async () => {
    const client = await connect();
    fixture.gateway.fault({ kind: 'marketData', state: 'none' });
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1 });
    client.ask('REQ_MARKET_DATA_TYPE', { marketDataType: 4 });
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 2 });
    await client.settled();
    expect([client.errors(1), client.errors(2)]).toEqual([[354], [10168]]);
    expect(client.named('TICK_PRICE')).toEqual([]);
  });

  it.each([
    ['noBid', 1],
    ['noAsk', 2],
  ] as const)('lacks one side of a quote (%s)', async (kind, tickType) => {
    const client = await connect();
    fixture.gateway.set({ kind: 'quote', conId: SPY.conId, fault: kind, ms: 60_000 });
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1 });
    await client.settled();
    expect(client.named('TICK_PRICE').find((tick) => tick.tickType === tickType)).toMatchObject({ price: -1, size: 0 });
  });

  it('stands still for a time', async () => {
    const client = await connect();
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1 });
    await client.settled();
    fixture.gateway.set({ kind: 'quote', conId: SPY.conId, fault: 'stale', ms: 30_000 });
    const prices = async (): Promise<number> => {
      await client.settled();
      return client.named('TICK_PRICE').filter((tick) => [1, 2].includes(Number(tick.tickType))).length;
    };
    const before = await prices();
    for (let second = 1; second < 30; second += 1) fixture.gateway.advance(START + second * 1_000);
    expect(await prices()).toBe(before);
    for (let second = 30; second < 60; second += 1) fixture.gateway.advance(START + second * 1_000);
    expect(await prices()).toBeGreaterThan(before);
  });
});

/** A3, 57, 58, 62: temporary refusals of market data, and advisories that ticks follow anyway. */
import { BarSizeSetting, EventName, MarketDataType, WhatToShow } from '@stoqey/ib';
import { type Client, connectClient, type Fixture, startFixture } from '../protocol/support/fixture.js';
import { errorsOf, fedLines, PUT, pass, putsOf, SPY, settled } from './support/lines.js';

let fixture: Fixture;
let client: Client;

beforeEach(async () => {
  fixture = await startFixture();
  client = await connectClient(fixture.gateway.port, 5);
});

afterEach(async () => {
  client.close();
  await fixture.gateway.close();
});

const subscribe = (reqId: number, contract = PUT): unknown => client.api.reqMktData(reqId, contract, '', false, false);
const COMPETING = 10197;

describe.each([101, 354, 10168, 10186, 10189, COMPETING] as const)('A3: %i passes', (code) => {
  it('by a call, by a time and by a count', async () => {
    const ways = [
      [{}, () => fixture.gateway.fault({ kind: 'refuseLines', off: true })],
      [{ ms: 5_000 }, () => undefined],
      [{ n: 1 }, () => undefined],
    ] as const;
    for (const [index, [way, end]] of ways.entries()) {
      const [line, again] = [10 * index + 1, 10 * index + 2];
      fixture.gateway.fault({ kind: 'refuseLines', code, ...way });
      subscribe(line);
      await pass(fixture, client, 0);
      expect(errorsOf(client, line)).toEqual([code]);
      if ('ms' in way) await pass(fixture, client, 4);
      if (!('n' in way)) expect(fedLines(client)).not.toContain(line);
      end();
      await pass(fixture, client, 2);
      // After 10197 the line has ticks by itself; after the others there is none.
      expect([line, fedLines(client).includes(line)]).toEqual([line, code === COMPETING]);
      subscribe(again);
      await settled(client);
      expect([errorsOf(client, again), fedLines(client).includes(again)]).toEqual([[], true]);
      client.api.cancelMktData(line);
      await settled(client);
      expect(errorsOf(client, line).slice(1)).toEqual(code === COMPETING ? [] : [300]);
    }
  });

  it('comes over lines that are there', async () => {
    const puts = putsOf(fixture, 25);
    for (const [index, put] of puts.entries()) subscribe(index + 1, put);
    await settled(client);
    fixture.gateway.fault({ kind: 'refuseLines', code, running: true });
    const from = client.heard.length;
    await pass(fixture, client, 5);
    expect(puts.map((_, index) => errorsOf(client, index + 1))).toEqual(puts.map(() => [code]));
    expect(fedLines(client, from)).toEqual([]);
    fixture.gateway.fault({ kind: 'refuseLines', off: true });
    await pass(fixture, client, 5);
    expect(fedLines(client, from)).toHaveLength(code === COMPETING ? puts.length : 0);
    if (code !== 101) return;
    // The places of the dropped lines are free: a hundred fit.
    for (const [index, put] of putsOf(fixture, 100).entries()) subscribe(200 + index, put);
    await settled(client);
    expect(fedLines(client, from)).toHaveLength(100);
  });
});

describe('A3: a competing session', () => {
  it('stops every line, with errors in batches of 10 to 20, later lines included, and ends with ticks', async () => {
    const puts = putsOf(fixture, 60);
    for (const [index, put] of puts.entries()) subscribe(index + 1, put);
    await settled(client);
    const told = (from: number): number =>
      client.heard.slice(from).filter(([name, , code]) => name === EventName.error && code === COMPETING).length;
    const start = client.heard.length;
    fixture.gateway.fault({ kind: 'marketData', state: 'competing' });
    await settled(client);
    const bunches = [told(start)];
    while (told(start) < puts.length && bunches.length < 10) {
      const from = client.heard.length;
      await pass(fixture, client, 1);
      bunches.push(told(from));
    }
    expect(bunches.slice(0, -1).filter((size) => size < 10 || size > 20)).toEqual([]);
    expect(bunches.reduce((sum, size) => sum + size, 0)).toBe(60);
    expect(puts.map((_, index) => errorsOf(client, index + 1))).toEqual(puts.map(() => [COMPETING]));
    subscribe(100, SPY);
    await pass(fixture, client, 30);
    expect([errorsOf(client, 100), fedLines(client, start)]).toEqual([[COMPETING], []]);
    fixture.gateway.fault({ kind: 'marketData', state: 'live' });
    await pass(fixture, client, 1);
    expect(fedLines(client, start)).toHaveLength(61);
    expect(told(start)).toBe(61);
  });

  it('ends before every line was refused: the other lines get no error', async () => {
    for (const [index, put] of putsOf(fixture, 60).entries()) subscribe(index + 1, put);
    await settled(client);
    const from = client.heard.length;
    fixture.gateway.fault({ kind: 'marketData', state: 'competing' });
    fixture.gateway.fault({ kind: 'marketData', state: 'live' });
    await pass(fixture, client, 5);
    const told = client.heard.slice(from).filter(([name, , code]) => name === EventName.error && code === COMPETING);
    expect(told.length).toBeLessThanOrEqual(20);
    expect(fedLines(client, from)).toHaveLength(60);
  });

  it('refuses streams of single ticks, and they are quiet', async () => {
    client.api.reqTickByTickData(1, SPY, 'BidAsk' as never, 0, true);
    await settled(client);
    fixture.gateway.fault({ kind: 'marketData', state: 'competing' });
    client.api.reqTickByTickData(2, SPY, 'BidAsk' as never, 0, true);
    const from = client.heard.length;
    await pass(fixture, client, 20);
    const ticks = (): number => client.heard.slice(from).filter(([name]) => name === EventName.tickByTickBidAsk).length;
    expect([errorsOf(client, 2), ticks()]).toEqual([[COMPETING], 0]);
    fixture.gateway.fault({ kind: 'marketData', state: 'live' });
    await pass(fixture, client, 20);
    expect(ticks()).toBeGreaterThan(0);
  });
});

const types = (reqId: number): readonly unknown[] =>
  client.heard.flatMap(([name, id, type]) => (name === EventName.tickPrice && id === reqId ? [type] : []));
const models = (reqId: number): number =>
  client.heard.filter(([name, id]) => name === EventName.tickOptionComputation && id === reqId).length;

it.each([10090, 10091] as const)('57: %i: a part is missing, and the other ticks come', async (code) => {
  fixture.gateway.fault({ kind: 'partialData', code });
  subscribe(1);
  await settled(client);
  expect([errorsOf(client, 1), types(1).includes(1), types(1).includes(2), models(1)]).toEqual([[code], true, true, 0]);
  fixture.gateway.fault({ kind: 'partialData', code, greeks: true });
  subscribe(2);
  await settled(client);
  expect([errorsOf(client, 2), models(2)]).toEqual([[code], 1]);
  fixture.gateway.fault({ kind: 'partialData', off: true });
  subscribe(3);
  await settled(client);
  expect([errorsOf(client, 3), models(3)]).toEqual([[], 1]);
});

it('58: 10089 refuses live data, and only warns a client that takes delayed data', async () => {
  fixture.gateway.fault({ kind: 'marketData', state: 'noApi' });
  subscribe(1, SPY);
  client.api.reqMarketDataType(MarketDataType.DELAYED);
  subscribe(2, SPY);
  await settled(client);
  expect([errorsOf(client, 1), errorsOf(client, 2)]).toEqual([[10089], [10089]]);
  expect([types(1), types(2).includes(66)]).toEqual([[], true]);
});

it('62: 2188 before bars that come all the same', async () => {
  fixture.gateway.fault({ kind: 'adviseHistory' });
  for (const reqId of [1, 2])
    client.api.reqHistoricalData(reqId, SPY, '', '1 D', BarSizeSetting.HOURS_ONE, WhatToShow.TRADES, 1, 1, false);
  await settled(client);
  const bars = (reqId: number): number =>
    client.heard.filter(([name, id]) => name === EventName.historicalData && id === reqId).length;
  expect([errorsOf(client, 1), errorsOf(client, 2), bars(1) > 0, bars(1) === bars(2)]).toEqual([
    [2188],
    [],
    true,
    true,
  ]);
});

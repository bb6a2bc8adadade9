/** A3, 47, 48: data farms fail one at a time, and all of them in the nightly reset of the broker's servers. */
import { BarSizeSetting, type ComboLeg, type Contract, EventName, OrderAction, SecType, WhatToShow } from '@stoqey/ib';
import { type Client, connectClient, type Fixture, startFixture } from '../protocol/support/fixture.js';
import { errorsOf, fedLines, notices, PUT, pass, putsOf, SPY, settled } from './support/lines.js';

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

const SPX: Contract = { symbol: 'SPX', secType: SecType.IND, exchange: 'CBOE', currency: 'USD' };
const ES: Contract = { symbol: 'ES', secType: SecType.FUT, exchange: 'CME', lastTradeDateOrContractMonth: '20261218' };
const EURUSD: Contract = { symbol: 'EUR', secType: SecType.CASH, exchange: 'IDEALPRO', currency: 'USD' };
const DAX: Contract = { symbol: 'DAX', secType: SecType.IND, exchange: 'EUREX', currency: 'EUR' };

const leg = (contract: Contract | undefined, action: OrderAction): ComboLeg => ({
  ...{ conId: contract?.conId ?? 0, ratio: 1, action, exchange: 'SMART' },
});
const combo = (): Contract => {
  const [lower, upper] = putsOf(fixture, 2);
  const comboLegs = [leg(lower, OrderAction.BUY), leg(upper, OrderAction.SELL)];
  return { symbol: 'SPY', secType: SecType.BAG, exchange: 'SMART', currency: 'USD', comboLegs };
};

/** Line number, and its farm. */
const LINES = [
  ['usfarm', () => SPY],
  ['usfarm', () => SPX],
  ['usopt', () => PUT],
  ['usopt', combo],
  ['usfuture', () => ES],
  ['cashfarm', () => EURUSD],
  ['eufarm', () => DAX],
] as const;
const ALL = LINES.map((_, index) => index + 1);

async function subscribeAll(): Promise<void> {
  for (const [index, [, contract]] of LINES.entries()) client.api.reqMktData(index + 1, contract(), '', false, false);
  await settled(client);
  expect(fedLines(client)).toEqual(ALL);
}

it.each(['usfarm', 'usopt', 'usfuture', 'cashfarm', 'eufarm'] as const)('48: %s fails alone', async (farm) => {
  await subscribeAll();
  const own = ALL.filter((line) => LINES[line - 1]?.[0] === farm);
  fixture.gateway.fault({ kind: 'farm', farm, ms: 20_000 });
  const from = client.heard.length;
  await pass(fixture, client, 19);
  expect(fedLines(client, from)).toEqual(ALL.filter((line) => !own.includes(line)));
  const back = client.heard.length;
  await pass(fixture, client, 11);
  expect(fedLines(client, back)).toEqual(ALL);
  expect(notices(client, from)).toEqual([
    [2103, `Market data farm connection is broken:${farm}`],
    [2119, `Market data farm is connecting:${farm}`],
    [2104, `Market data farm connection is OK:${farm}`],
  ]);
});

it('48: a notice stops the lines of the farm that it names, and none when that serves nothing here', async () => {
  await subscribeAll();
  const quietAfter = async (text: string): Promise<readonly number[]> => {
    fixture.gateway.fault({ kind: 'notice', code: 2103, text });
    const from = client.heard.length;
    await pass(fixture, client, 10);
    return ALL.filter((line) => !fedLines(client, from).includes(line));
  };
  expect(await quietAfter('Market data farm connection is broken:hfarm')).toEqual([]);
  expect(await quietAfter('Market data farm connection is broken:usopt')).toEqual([3, 4]);
  expect(await quietAfter('Market data farm connection is broken:cashfarm.nj')).toEqual([3, 4, 6]);
  fixture.gateway.fault({ kind: 'notice', code: 2104, text: 'Market data farm connection is OK:usopt.nj' });
  fixture.gateway.fault({ kind: 'notice', code: 2104, text: 'Market data farm connection is OK:cashfarm' });
  expect(await quietAfter('Market data farm connection is broken:hfarm')).toEqual([]);
});

it('48: what is asked for while the farm is gone comes when it is back', async () => {
  fixture.gateway.fault({ kind: 'farm', farm: 'usopt', ms: 30_000 });
  client.api.reqMktData(1, PUT, '', false, false);
  client.api.reqMktData(2, PUT, '', true, false);
  await pass(fixture, client, 10);
  expect([fedLines(client), errorsOf(client, 1), errorsOf(client, 2)]).toEqual([[], [], []]);
  expect(client.heard.filter(([name]) => name === EventName.tickSnapshotEnd)).toEqual([]);
  // A snapshot does not wait forever.
  await pass(fixture, client, 2);
  expect(client.heard.filter(([name]) => name === EventName.tickSnapshotEnd)).toEqual([['tickSnapshotEnd', 2]]);
  await pass(fixture, client, 20);
  expect(fedLines(client)).toEqual([1]);
});

it('47: lines that stall need a new request, which has ticks at once', async () => {
  client.api.reqMktData(1, PUT, '', false, false);
  client.api.reqMktData(2, SPY, '', false, false);
  await settled(client);
  fixture.gateway.fault({ kind: 'farm', farm: 'usopt', ms: 3_000, stalls: true });
  await pass(fixture, client, 5);
  const from = client.heard.length;
  await pass(fixture, client, 60);
  expect(fedLines(client, from)).toEqual([2]);
  client.api.cancelMktData(1);
  client.api.reqMktData(3, PUT, '', false, false);
  await settled(client);
  expect(fedLines(client, from)).toEqual([2, 3]);
});

it('tells a client that connects which farms are gone, and that the link is', async () => {
  fixture.gateway.fault({ kind: 'farm', farm: 'usopt', ms: 60_000 });
  const second = await connectClient(fixture.gateway.port, 6);
  await settled(second);
  expect(notices(second).map(([code, text]) => [code, text.split(':').at(-1)])).toEqual([
    [2104, 'usfarm'],
    [2103, 'usopt'],
    [2104, 'usfuture'],
    [2104, 'cashfarm'],
    [2104, 'eufarm'],
    [2106, 'ushmds'],
    [2158, 'secdefil'],
  ]);
  second.close();
  fixture.gateway.fault({ kind: 'connectivity', ms: 60_000 });
  const third = await connectClient(fixture.gateway.port, 7);
  await settled(third);
  expect(notices(third).map(([code]) => code)).toEqual([2110]);
  third.close();
});

describe('the farm of historical data', () => {
  const ask = (reqId: number, keepUpToDate = false): unknown =>
    client.api.reqHistoricalData(
      reqId,
      SPY,
      '',
      '3600 S',
      BarSizeSetting.MINUTES_FIVE,
      WhatToShow.TRADES,
      1,
      2,
      keepUpToDate,
    );
  const barsOf = (reqId: number, from = 0): number =>
    client.heard.slice(from).filter(([name, id]) => name === EventName.historicalData && id === reqId).length;

  it('answers a request with 165 while the farm is gone, and serves it afterwards', async () => {
    fixture.gateway.fault({ kind: 'farm', farm: 'ushmds', ms: 20_000 });
    const from = client.heard.length;
    ask(1);
    ask(2);
    client.api.cancelHistoricalData(2);
    await pass(fixture, client, 19);
    expect([errorsOf(client, 1), errorsOf(client, 2), barsOf(1)]).toEqual([[165], [165], 0]);
    await pass(fixture, client, 2);
    expect([barsOf(1) > 5, barsOf(2)]).toEqual([true, 0]);
    expect(notices(client, from).map(([code]) => code)).toEqual([2105, 2106]);
  });

  it.each([
    ['ushmds', { kind: 'farm', farm: 'ushmds', ms: 1_000 }],
    ['the farm of its contract', { kind: 'farm', farm: 'usfarm', ms: 1_000 }],
    ['the link', { kind: 'connectivity', ms: 1_000 }],
  ] as const)('ends a chart that is kept up to date with 10182 when %s is lost', async (_, fault) => {
    ask(1, true);
    await settled(client);
    fixture.gateway.fault({ kind: 'farm', farm: 'usopt', ms: 1_000 });
    await pass(fixture, client, 30);
    const updates = (from: number): number =>
      client.heard.slice(from).filter(([name]) => name === EventName.historicalDataUpdate).length;
    expect(updates(0)).toBeGreaterThan(0);
    fixture.gateway.fault(fault);
    await pass(fixture, client, 3);
    expect(errorsOf(client, 1)).toEqual([10182]);
    const from = client.heard.length;
    await pass(fixture, client, 60);
    expect(updates(from)).toBe(0);
    ask(1, true);
    await pass(fixture, client, 30);
    expect(updates(from)).toBeGreaterThan(0);
  });
});

describe("47: the nightly reset of the broker's servers", () => {
  it('says 1100 again and again, then 2103 of every farm, 1102, and 2104 of one after the other', async () => {
    await subscribeAll();
    fixture.gateway.fault({ kind: 'serverReset', ms: 150_000, everyMs: 30_000, farmMs: 10_000 });
    const from = client.heard.length;
    await pass(fixture, client, 149);
    expect(notices(client, from).map(([code]) => code)).toEqual([1100, 1100, 1100, 1100, 1100]);
    expect(fedLines(client, from)).toEqual([]);
    const end = client.heard.length;
    await pass(fixture, client, 9);
    expect(notices(client, end).map(([code]) => code)).toEqual([2103, 2103, 2103, 2103, 2103, 2105, 1102]);
    expect(fedLines(client, end)).toEqual([]);
    // The first farm is usfarm, the second usopt.
    await pass(fixture, client, 9);
    expect(fedLines(client, end)).toEqual([1, 2]);
    await pass(fixture, client, 60);
    expect(
      notices(client, end)
        .slice(7)
        .map(([code]) => code),
    ).toEqual([2104, 2104, 2104, 2104, 2104, 2106]);
    expect(fedLines(client, end)).toEqual(ALL);
  });

  it('loses the data with 1101, and the lines are free to be asked for again', async () => {
    client.api.reqMktData(1, SPY, '', false, false);
    await settled(client);
    fixture.gateway.fault({ kind: 'serverReset', ms: 60_000, dataLost: true });
    const from = client.heard.length;
    await pass(fixture, client, 90);
    expect(notices(client, from).map(([code]) => code)).toContain(1101);
    expect(fedLines(client, from)).toEqual([]);
    client.api.reqMktData(1, SPY, '', false, false);
    await settled(client);
    expect([fedLines(client, from), errorsOf(client, 1)]).toEqual([[1], []]);
  });

  it('keeps lines quiet after 1102 where streams do not survive it', async () => {
    client.api.reqMktData(1, SPY, '', false, false);
    await settled(client);
    fixture.gateway.fault({ kind: 'serverReset', ms: 60_000, stalls: true });
    const from = client.heard.length;
    await pass(fixture, client, 120);
    expect(fedLines(client, from)).toEqual([]);
    client.api.reqMktData(2, SPY, '', false, false);
    await settled(client);
    expect(fedLines(client, from)).toEqual([2]);
  });
});

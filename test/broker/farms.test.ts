/** Data farms come and go one at a time, and so do their lines. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { daysToExpiry } from 'market-time';
import type { LineContract } from '../../src/broker/api.js';
import { Farms, fedBy, readFarm } from '../../src/broker/farms.js';
import { DEADLINE_MS, present, until, usable } from './support.js';
import { startTapped, type TappedWorld } from './tap.js';

const BROKEN = 'Market data farm connection is broken:';
const WELL = 'Market data farm connection is OK:';

describe('the meaning of a message about a farm', () => {
  it.each([
    [2103, `${BROKEN}usopt`, { kind: 'market', state: 'broken', name: 'usopt' }],
    [2104, `${WELL}usfarm.nj`, { kind: 'market', state: 'well', name: 'usfarm.nj' }],
    [2105, 'HMDS data farm connection is broken:ushmds', { kind: 'history', state: 'broken', name: 'ushmds' }],
    [2106, 'HMDS data farm connection is OK:ushmds', { kind: 'history', state: 'well', name: 'ushmds' }],
    [
      2108,
      'Market data farm connection is inactive but should be available upon demand.usfarm',
      { kind: 'market', state: 'well', name: 'usfarm' },
    ],
    [2119, 'Market data farm is connecting:usfarm.nj', { kind: 'market', state: 'connecting', name: 'usfarm.nj' }],
    [
      2157,
      'Sec-def data farm connection is broken:secdefil',
      { kind: 'definitions', state: 'broken', name: 'secdefil' },
    ],
    [2158, 'Sec-def data farm connection is OK:secdefil', { kind: 'definitions', state: 'well', name: 'secdefil' }],
    [2103, 'Market data farm connection is broken', { kind: 'market', state: 'broken', name: '' }],
  ])('%i %s', (code, text, meaning) => {
    expect(readFarm(code, text)).toEqual(meaning);
  });

  it('is undefined for a message about something else', () => {
    expect(readFarm(1100, 'Connectivity has been lost:usfarm')).toBeUndefined();
  });

  it.each([
    ['usopt', ['OPT']],
    ['usopt.nj', ['OPT']],
    ['usfarm', ['OPT', 'STK', 'IND']],
    ['usfarm.nj', ['OPT', 'STK', 'IND']],
    ['usfuture', ['IND']],
    ['hfarm', []],
    ['cashfarm', []],
    ['eufarmnj', []],
    ['something new', ['OPT', 'STK', 'IND']],
    ['', ['OPT', 'STK', 'IND']],
  ])('the farm %j feeds %j', (name, feeds) => {
    expect(fedBy(name)).toEqual(feeds);
  });

  it('each farm fails alone', () => {
    const farms = new Farms();
    const of = (code: number, name: string) => present(readFarm(code, `x:${name}`));
    expect(farms.apply(of(2103, 'usopt'))).toBe(true);
    expect(farms.apply(of(2103, 'usopt'))).toBe(false);
    expect(farms.apply(of(2104, 'usfarm'))).toBe(false);
    expect(farms.apply(of(2157, 'secdefil'))).toBe(true);
    expect(farms.trouble('definitions')).toContain('secdefil');
    expect(farms.apply(of(2104, 'usopt'))).toBe(true);
    expect(farms.trouble('market')).toBeUndefined();
  });
});

let world: TappedWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** Subscribed lines whose ticks stop where `silent` says so: 24 options, shorts and longs among them, and two underlyings. */
async function scene() {
  const started = await startTapped();
  world = started;
  const { broker, tap } = started;
  await usable(broker);
  const stocks = await Promise.all(['SPY', 'QQQ'].map((symbol) => broker.underlying(symbol)));
  const chain = present((await broker.optionClasses(present(stocks[0]))).find((row) => row.tradingClass === 'SPY'));
  const expiry = present(chain.expirations.find((date) => daysToExpiry(broker.clock.now(), date) >= 30));
  const middle = Math.floor(chain.strikes.length / 2);
  const found = await broker.qualify(
    present(stocks[0]),
    chain.strikes
      .slice(middle - 20, middle + 20)
      .map((strike) => ({ tradingClass: 'SPY', expiry, strike, right: 'PUT' as const, multiplier: 100 })),
  );
  const options = found.slice(0, 24).map(({ contract: { conId } }, index): LineContract => {
    const role = (['leg', 'short', undefined] as const)[index % 3];
    return { conId, secType: 'OPT', exchange: 'SMART', ...(role && { role }) };
  });
  const contracts = [...options, ...stocks];
  const quotes = broker.quotes.subscribe(contracts);
  const kinds = new Map<number, string>(contracts.map(({ conId, secType }) => [conId, secType]));
  const lines = new Map<number, number>();
  const silent = new Set<string>();
  const muted = new Set<number>();
  for (const { name, values } of tap.asked)
    if (name === 'REQ_MKT_DATA') lines.set(Number(values.reqId), Number(values.conId));
  tap.ask = ({ name, values }) => {
    if (name === 'REQ_MKT_DATA') lines.set(Number(values.reqId), Number(values.conId));
    return undefined;
  };
  tap.answer = ({ name, values }) => {
    const secType = name.startsWith('TICK') ? kinds.get(lines.get(Number(values.reqId)) ?? 0) : undefined;
    if (muted.has(Number(values.reqId))) return [];
    return secType !== undefined && silent.has(secType) ? [] : undefined;
  };
  /** Open lines get no more ticks; reopened ones get them once `silent` is cleared. */
  const silence = (...secTypes: readonly string[]): void => {
    for (const secType of secTypes) silent.add(secType);
    for (const [reqId, conId] of lines) if (silent.has(kinds.get(conId) ?? '')) muted.add(reqId);
  };
  const shows = (secType: string, count: number) =>
    contracts.filter((one) => one.secType === secType && quotes.latest(one.conId)?.kind === 'live').length === count;
  await until(() => shows('OPT', 24) && shows('STK', 2));
  const notice = (code: number, text: string) => tap.say('ERR_MSG', { id: -1, code, text });
  const askedSince = (from: number) =>
    tap.asked
      .slice(from)
      .filter(({ name }) => name === 'REQ_MKT_DATA')
      .map(({ values }) => Number(values.conId));
  return { ...started, contracts, options, stocks, quotes, silent, silence, shows, notice, askedSince };
}

it('a broken option farm stops only option quotes, which return in the order of danger', async () => {
  const { broker, tap, options, stocks, quotes, silent, silence, shows, notice, askedSince } = await scene();
  const epoch = broker.state().epoch;
  broker.markReconciled(epoch);
  const from = tap.asked.length;
  silence('OPT');
  notice(2103, `${BROKEN}usopt`);
  await until(() => shows('OPT', 0));
  expect(shows('STK', 2)).toBe(true);
  expect(broker.quotes.trouble(present(options[0]).conId)).toContain('usopt');
  expect(quotes.latest(present(stocks[0]).conId)).toBeDefined();
  expect(broker.state()).toMatchObject({ usable: true, modifyBlocked: true });
  silent.clear();
  // Another farm that is up says nothing about this one.
  notice(2104, `${WELL}usfarm`);
  await broker.probe(DEADLINE_MS);
  expect(shows('OPT', 0)).toBe(true);
  notice(2104, `${WELL}usopt`);
  await until(() => shows('OPT', 24));
  const order = askedSince(from);
  expect(new Set(order)).toEqual(new Set(options.map(({ conId }) => conId)));
  const rank = (conId: number) => ['short', 'leg', undefined].indexOf(options.find((one) => one.conId === conId)?.role);
  expect(order.map(rank)).toEqual(order.map(rank).sort((left, right) => left - right));
});

it('a farm that feeds nothing of ours changes nothing', async () => {
  const { broker, tap, shows, notice, askedSince } = await scene();
  broker.markReconciled(broker.state().epoch);
  const from = tap.asked.length;
  for (const [code, text] of [
    [2103, `${BROKEN}hfarm`],
    [2103, `${BROKEN}cashfarm`],
    [2105, 'HMDS data farm connection is broken:ushmds'],
    [2157, 'Sec-def data farm connection is broken:secdefil'],
    [2104, `${WELL}hfarm`],
    [2104, `${WELL}usfarm`],
  ] as const)
    notice(code, text);
  await broker.probe(DEADLINE_MS);
  expect(broker.state()).toMatchObject({ usable: true, modifyBlocked: false });
  expect(shows('OPT', 24) && shows('STK', 2)).toBe(true);
  expect(askedSince(from)).toEqual([]);
});

it('47 through a reset that says 1100 again and again, and 2103 of several farms, every line comes back once it is over', async () => {
  const { broker, tap, contracts, silent, silence, shows, notice, askedSince } = await scene();
  const from = tap.asked.length;
  silence('OPT', 'STK');
  for (let flap = 0; flap < 5; flap++) {
    notice(1100, 'Connectivity between IBKR and Trader Workstation has been lost.');
    for (const farm of ['usopt', 'usfarm', 'usfarm.nj', 'hfarm']) notice(2103, `${BROKEN}${farm}`);
    for (const farm of ['usopt', 'usfarm', 'usfarm.nj', 'hfarm']) notice(2104, `${WELL}${farm}`);
  }
  await until(() => !broker.state().usable);
  await until(() => shows('OPT', 0) && shows('STK', 0));
  // Nothing is requested without a session.
  expect(askedSince(from)).toEqual([]);
  silent.clear();
  notice(1102, 'Connectivity between IBKR and Trader Workstation has been restored - data maintained.');
  await until(() => broker.state().usable);
  await until(() => shows('OPT', 24) && shows('STK', 2));
  expect(askedSince(from).length).toBeLessThanOrEqual(2 * contracts.length);
});

it('47 a gateway that never reports its link as restored, though its farms are up, is reconnected', async () => {
  const started = await startTapped({ broker: { requestTimeoutMs: 500, probePeriodMs: 60_000 } });
  world = started;
  const { broker, tap } = started;
  const epoch = await usable(broker);
  tap.say('ERR_MSG', { id: -1, code: 1100, text: 'Connectivity has been lost.' });
  await until(() => !broker.state().usable);
  tap.say('ERR_MSG', { id: -1, code: 2104, text: `${WELL}usfarm` });
  await until(() => broker.state().usable && broker.state().epoch > epoch);
});

it('missing history names the farm that is down', async () => {
  const started = await startTapped({ broker: { requestTimeoutMs: 1_000, probePeriodMs: 60_000 } });
  world = started;
  const { broker, tap } = started;
  await usable(broker);
  const spy = await broker.underlying('SPY');
  tap.say('ERR_MSG', { id: -1, code: 2105, text: 'HMDS data farm connection is broken:ushmds' });
  tap.ask = ({ name }) => (name === 'REQ_HISTORICAL_DATA' ? [] : undefined);
  await broker.probe(DEADLINE_MS);
  await expect(broker.dailyBars(spy, 'TRADES', 10)).rejects.toThrow('ushmds');
});

it('a farm that flaps causes no storm of requests', async () => {
  const { broker, tap, contracts, silent, silence, shows, notice, askedSince } = await scene();
  const from = tap.asked.length;
  silence('OPT', 'STK');
  for (let flap = 0; flap < 20; flap++) {
    notice(2103, `${BROKEN}usfarm`);
    notice(2104, `${WELL}usfarm`);
  }
  await broker.probe(DEADLINE_MS);
  silent.clear();
  await until(() => shows('OPT', 24) && shows('STK', 2));
  expect(askedSince(from).length).toBeLessThanOrEqual(3 * contracts.length);
});

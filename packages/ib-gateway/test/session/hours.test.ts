/** A1: hours and last trade times are given in the zone of the contract, over clock changes and early closes. */
import {
  BarSizeSetting,
  type Contract,
  type ContractDetails,
  EventName,
  OptionType,
  SecType,
  WhatToShow,
} from '@stoqey/ib';
import { DateTime } from 'luxon';
import type { GatewayMarket } from '../../src/model.js';
import { type Client, connectClient, type Fixture, startFixture } from '../protocol/support/fixture.js';

const EASTERN = 'US/Eastern';
const CENTRAL = 'US/Central';

/** Each starts a week, at 10:00 in New York; its options belong to a later month. */
const WEEKS = [
  ['the clock goes forward on 8 March', '2026-03-06T10:00:00-05:00', '202604'],
  ['the clock goes back on 1 November', '2026-10-30T10:00:00-04:00', '202612'],
  ['the day after Thanksgiving ends early', '2026-11-24T10:00:00-05:00', '202612'],
  ['Christmas Eve ends early', '2026-12-22T10:00:00-05:00', '202701'],
] as const;

const option = (symbol: string, tradingClass: string, strike: number, more: Contract = {}): Contract => ({
  ...{ symbol, tradingClass, secType: SecType.OPT, exchange: 'SMART', currency: 'USD', right: OptionType.Put, strike },
  ...more,
});

/** IB's data, by contract: the zone, the regular hours of a full day and of an early close. */
const TABLE = [
  ['SPX AM-settled', option('SPX', 'SPX', 6700), CENTRAL, '0830-1515', '0830-1215'],
  ['SPXW', option('SPX', 'SPXW', 6700), CENTRAL, '0830-1515', '0830-1215'],
  ['XSP', option('XSP', 'XSP', 670), CENTRAL, '0830-1515', '0830-1215'],
  ['SPY option', option('SPY', 'SPY', 670), EASTERN, '0930-1615', '0930-1315'],
  ['QQQ option', option('QQQ', 'QQQ', 600), EASTERN, '0930-1615', '0930-1315'],
  ['AAPL option', option('AAPL', 'AAPL', 270), EASTERN, '0930-1600', '0930-1300'],
  ['SPY', { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART' }, EASTERN, '0930-1600', '0930-1300'],
  ['AAPL', { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART' }, EASTERN, '0930-1600', '0930-1300'],
  ['SPX', { symbol: 'SPX', secType: SecType.IND, exchange: 'CBOE' }, CENTRAL, '0830-1500', '0830-1200'],
  ['VIX', { symbol: 'VIX', secType: SecType.IND, exchange: 'CBOE' }, CENTRAL, '0830-1500', '0830-1200'],
  ['ES future', { symbol: 'ES', secType: SecType.FUT, exchange: 'CME' }, CENTRAL, '0830-1500', '0830-1200'],
] as const;

const EARLY: readonly string[] = ['20261127', '20261224'];

async function detailsOf(client: Client, contract: Contract): Promise<readonly ContractDetails[]> {
  const from = client.heard.length;
  client.api.reqContractDetails(1, contract);
  await client.wait(EventName.contractDetailsEnd, undefined, from);
  return client.heard
    .slice(from)
    .flatMap(([name, , row]) => (name === 'contractDetails' ? [row as ContractDetails] : []));
}

/** The trading days of an hours text, as [date, hours of that day]. */
const daysOf = (text: string): readonly (readonly [string, string])[] =>
  text.split(';').flatMap((part) => {
    const [, date = '', from, to] = /^(\d{8}):(\d{4})-\d{8}:(\d{4})$/.exec(part) ?? [];
    return from === undefined ? [] : [[date, `${from}-${to}`] as const];
  });

/** Start and end of each session in a text, read in its zone, epoch ms. */
const instantsOf = (text: string, zone: string): readonly (readonly [number, number])[] =>
  daysOf(text).map(([date, hours]) => {
    const at = (clock: string): number => DateTime.fromFormat(`${date} ${clock}`, 'yyyyMMdd HHmm', { zone }).toMillis();
    return [at(hours.slice(0, 4)), at(hours.slice(5))];
  });

/** Whether the market opens at the start and closes at the end. */
const agrees = (market: GatewayMarket, conId: number, [from, to]: readonly [number, number]): boolean =>
  market.isOpen(conId, from) &&
  !market.isOpen(conId, from - 1) &&
  market.isOpen(conId, to - 1) &&
  !market.isOpen(conId, to);

describe.each(WEEKS)('A1: %s', (_, start, month) => {
  let fixture: Fixture;
  let client: Client;

  beforeAll(async () => {
    fixture = await startFixture({}, Date.parse(start));
    client = await connectClient(fixture.gateway.port);
  });

  afterAll(async () => {
    client.close();
    await fixture.gateway.close();
  });

  it.each(TABLE)('tells the hours of %s in its zone', async (_name, contract, zone, whole, early) => {
    const later = contract.secType === SecType.OPT ? { lastTradeDateOrContractMonth: month } : {};
    const row = (await detailsOf(client, { ...contract, ...later })).at(-1);
    expect(row?.timeZoneId).toBe(zone);
    const days = daysOf(row?.liquidHours ?? '');
    expect(days.length).toBeGreaterThanOrEqual(4);
    for (const [date, hours] of days) expect([date, hours]).toEqual([date, EARLY.includes(date) ? early : whole]);
    const sessions = instantsOf(row?.liquidHours ?? '', zone);
    expect(sessions.filter((one) => !agrees(fixture.market, row?.contract.conId ?? 0, one))).toEqual([]);
  });

  it('ends what expires with the stock market on its last day', async () => {
    const today = DateTime.fromISO(start, { setZone: true }).toFormat('yyyyMMdd');
    const rows = await detailsOf(client, option('SPX', 'SPXW', 6700, { lastTradeDateOrContractMonth: today }));
    expect(rows.map((row) => [row.liquidHours?.split(';')[0], row.lastTradeTime, row.timeZoneId])).toEqual([
      [`${today}:0830-${today}:1500`, '15:00:00', CENTRAL],
    ]);
    expect(rows.flatMap((row) => daysOf(row.liquidHours ?? ''))).toHaveLength(1);
  });

  it('tells past sessions in the zone of the contract', async () => {
    const from = client.heard.length;
    client.api.reqHistoricalData(
      2,
      { ...TABLE[8][1] },
      '',
      '1 W',
      BarSizeSetting.DAYS_ONE,
      WhatToShow.SCHEDULE,
      1,
      1,
      false,
    );
    const [, , , , zone, sessions] = await client.wait(EventName.historicalSchedule, undefined, from);
    expect(zone).toBe(CENTRAL);
    for (const { startDateTime, endDateTime } of sessions as readonly {
      startDateTime?: string;
      endDateTime?: string;
    }[]) {
      expect([startDateTime?.slice(9), endDateTime?.slice(9)]).toEqual(['08:30:00', '15:00:00']);
    }
  });

  it('tells last trade times in the zone of the contract', async () => {
    const lastOf = async (contract: Contract): Promise<unknown> => {
      const later = contract.secType === SecType.OPT ? { lastTradeDateOrContractMonth: month } : {};
      const row = (await detailsOf(client, { ...contract, ...later })).at(-1);
      return [row?.lastTradeTime, row?.timeZoneId];
    };
    expect(await lastOf(option('SPX', 'SPX', 6700))).toEqual(['15:15:00', CENTRAL]);
    expect(await lastOf(option('SPY', 'SPY', 670))).toEqual(['16:15:00', EASTERN]);
    expect(await lastOf(option('AAPL', 'AAPL', 270))).toEqual(['16:00:00', EASTERN]);
    expect(await lastOf({ symbol: 'ES', secType: SecType.FUT, exchange: 'CME' })).toEqual(['08:30:00', CENTRAL]);
  });
});

it('A1: every expiry of every class opens and closes when its hours say, through a year', async () => {
  for (const start of ['2026-01-15', '2026-03-06', '2026-07-01', '2026-10-30', '2026-11-25']) {
    const fixture = await startFixture({}, Date.parse(`${start}T12:00:00-05:00`));
    const { market, gateway } = fixture;
    const now = gateway.now();
    const chains = market.underlyings().flatMap(({ conId }) => market.chainParams(conId, now));
    const options = chains
      .filter(({ exchange }) => exchange === 'SMART')
      .flatMap(({ tradingClass, expirations }) => expirations.slice(0, 8).map((expiry) => ({ tradingClass, expiry })))
      .map(({ tradingClass, expiry }) => market.find({ secType: 'OPT', tradingClass, expiry, right: 'P' }, now)[0]);
    expect(options.length).toBeGreaterThan(60);
    const wrong = options.flatMap((option) => {
      const details = market.details(option?.conId ?? 0, now);
      const sessions = instantsOf(details?.liquidHours ?? '', details?.timeZoneId ?? '');
      const failed = sessions.filter((one) => !agrees(market, option?.conId ?? 0, one));
      return sessions.length === 0 ? [[option?.localSymbol]] : failed.map((one) => [option?.localSymbol, ...one]);
    });
    expect(wrong).toEqual([]);
    await gateway.close();
  }
});

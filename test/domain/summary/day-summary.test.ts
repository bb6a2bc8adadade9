/** The day by Greeks, when a summary is due, and its words. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dayText, easternTime, parseDay } from 'market-time';
import { type DaySummary, type PositionDay, totalsOf } from '../../../src/domain/summary/day-summary.js';
import { lastDueDay, summaryDueAt } from '../../../src/domain/summary/due.js';
import { type GreeksSeen, greeksOfDay } from '../../../src/domain/summary/greeks-of-day.js';
import { summaryText } from '../../../src/domain/summary/summary-text.js';
import { usd } from '../strategy/fixtures.js';

const AT = Date.parse('2026-03-02T15:00:00Z');
const HOUR = 3_600_000;
const dayNo = (text: string) => parseDay(text) as number;

test('each Greek explains its part of the day', () => {
  const first = { at: AT, underlying: usd(600), delta: 0.1, gamma: -0.02, theta: 0.24, vega: -0.5 };
  const seen: GreeksSeen[] = [
    { ...first, impliedVolatility: 0.2 },
    // Two combos of 100 shares: up 2 dollars, a point of volatility more, two hours.
    { ...first, at: AT + 2 * HOUR, underlying: usd(602), delta: 0.06, impliedVolatility: 0.21 },
    // A snapshot without a price is no step.
    { at: AT + 3 * HOUR, impliedVolatility: 0.5 },
    // One combo is left: down 1 dollar, an hour; volatility unknown explains nothing.
    { ...first, at: AT + 3 * HOUR, underlying: usd(601) },
  ];
  const sharesAt = (at: number) => (at < AT + HOUR ? 200 : 100);
  expect(greeksOfDay(seen, sharesAt, usd(-100))).toEqual({
    delta: usd(0.1 * 200 * 2 - 0.06 * 100 * 1),
    gamma: usd(0.5 * -0.02 * 200 * 4 + 0.5 * -0.02 * 100 * 1),
    theta: usd((0.24 * 200 * 2 + 0.24 * 100 * 1) / 24),
    vega: usd(-0.5 * 200 * 1),
    residual: usd(-100 - 34 + 9 - 5 + 100),
  });
  // What is held out of its ratio counts by its shares.
  const broken = seen.map((one) => ({ ...one, shareDelta: 50, shareGamma: 0 }));
  expect(greeksOfDay(broken, sharesAt, 0)).toMatchObject({ delta: usd(50 * 2 - 50), gamma: 0 });
  expect(greeksOfDay(seen.slice(0, 1), sharesAt, 0)).toBeUndefined();
});

test('the parts add up to the result, whatever was seen', () => {
  const number = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
  const maybe = (most: number) => fc.option(number(most), { nil: undefined });
  const snapshot = fc.record({
    ...{ at: fc.integer({ min: AT, max: AT + 8 * HOUR }), underlying: fc.option(fc.integer({ min: 1, max: 9e9 })) },
    ...{ delta: maybe(1), gamma: maybe(1), theta: maybe(1), vega: maybe(1), impliedVolatility: maybe(2) },
  });
  fc.assert(
    fc.property(fc.array(snapshot), fc.integer({ min: -1e12, max: 1e12 }), (rows, result) => {
      const seen = rows.map(({ underlying, ...row }) => ({ ...row, ...(underlying !== null && { underlying }) }));
      const parts = greeksOfDay(seen as GreeksSeen[], () => 100, result);
      if (parts !== undefined) expect(Object.values(parts).reduce((sum, one) => sum + one, 0)).toBe(result);
    }),
  );
});

test.each([
  // Some options trade until 16:15, on a short day until 13:15.
  ['2026-03-02T16:15:59-05:00', '20260227'],
  ['2026-03-02T16:16:00-05:00', '20260302'],
  ['2026-03-03T09:30:00-05:00', '20260302'],
  ['2026-03-07T12:00:00-05:00', '20260306'],
  ['2026-11-27T13:15:59-05:00', '20261125'],
  ['2026-11-27T13:16:00-05:00', '20261127'],
  // Good Friday.
  ['2026-04-03T18:00:00-04:00', '20260402'],
])('at %s the newest summary is that of %s', (at, day) => {
  expect(dayText(lastDueDay(Date.parse(at)))).toBe(day);
  expect(summaryDueAt(parseDay(day) as number)).toBeLessThanOrEqual(Date.parse(at));
});

const POSITION: PositionDay = {
  ...{ positionId: 'spy-ic-20260302-a1b2c3', symbol: 'SPY', title: 'iron condor', status: 'FILLED' },
  ...{ openCombos: 2, shares: 0, realized: usd(-1.3), unrealizedChange: usd(26), result: usd(24.7) },
  greeks: { delta: usd(5), gamma: usd(-4.123456), theta: usd(30), vega: usd(-2), residual: usd(-4.176544) },
  attention: 'quotes are missing',
};

const SUMMARY: DaySummary = {
  ...{ day: '20261125', at: Date.parse('2026-11-25T16:16:00-05:00') },
  positions: [
    POSITION,
    { ...POSITION, positionId: 'spy-bps-1', status: 'CLOSED', openCombos: 0, result: usd(-80), attention: undefined },
  ].map(({ attention, ...one }) => ({ ...one, ...(attention !== undefined && { attention }) })),
  account: {
    ...{ netLiquidation: usd(100_024.7), availableFunds: usd(90_000), buyingPower: usd(360_000) },
    maintMargin: usd(10_000),
  },
  trading: { state: 'REDUCING', reason: 'a loss' },
  alerts: [{ severity: 'HIGH', title: 'Quotes are missing', positionId: POSITION.positionId }],
  next: {
    ...{ day: '20261127', open: easternTime(dayNo('20261127'), 570), close: easternTime(dayNo('20261127'), 780) },
    isEarlyClose: true,
    ends: [
      {
        ...{ positionId: POSITION.positionId, contract: 'SPY 20261127 640 PUT', quantity: -2, expiry: '20261127' },
        lastTradeAt: easternTime(dayNo('20261127'), 795),
        deadlineAt: easternTime(dayNo('20261127'), 765),
      },
    ],
    dividends: [{ symbol: 'SPY', exDate: '20261127', amount: usd(1.75), shortCalls: [POSITION.positionId] }],
    dividendsUnknown: ['XYZ'],
  },
};

test('the words of a summary', () => {
  expect(summaryText(SUMMARY)).toBe(
    [
      'P&L of the day: -55.30 (realised -2.60, unrealised 52.00).',
      'By Greeks: delta 10.00, gamma -8.25, theta 60.00, vega -4.00, residual -8.35.',
      'Open positions: 1.',
      '- spy-ic-20260302-a1b2c3 SPY iron condor, FILLED, 2 open: 24.70 (realised -1.30, unrealised 26.00; delta 5.00, gamma -4.12, theta 30.00, vega -2.00, residual -4.18). Attention: quotes are missing',
      'Closed today: 1.',
      '- spy-bps-1 SPY iron condor, CLOSED: -80.00 (realised -1.30, unrealised 26.00; delta 5.00, gamma -4.12, theta 30.00, vega -2.00, residual -4.18)',
      'Account at 16:16 New York: net liquidation 100024.70, available funds 90000.00, buying power 360000.00, maintenance margin 10000.00.',
      'Trading state: REDUCING, a loss.',
      'Open alerts: 1. See legwork alerts.',
      '- HIGH Quotes are missing (spy-ic-20260302-a1b2c3)',
      'Next session: 2026-11-27, 09:30 to 13:00 New York, early close.',
      '- spy-ic-20260302-a1b2c3: -2 SPY 20261127 640 PUT expires 2026-11-27, last trade 13:15, to be flat by 12:45',
      '- SPY ex-dividend 2026-11-27, 1.75 a share; short calls may be assigned the evening before: spy-ic-20260302-a1b2c3',
      'Dividends are unknown for XYZ.',
    ].join('\n'),
  );
  const quiet = { ...SUMMARY.next, isEarlyClose: false, ends: [], dividends: [], dividendsUnknown: [] };
  const { account, ...rest } = SUMMARY;
  expect(
    summaryText({ ...rest, positions: [], alerts: [], trading: { state: 'ACTIVE', reason: 'x' }, next: quiet }),
  ).toBe(
    [
      'P&L of the day: 0.00 (realised 0.00, unrealised 0.00).',
      'No open positions.',
      'Account: unknown, the broker did not answer.',
      'Trading state: ACTIVE.',
      'No open alerts.',
      'Next session: 2026-11-27, 09:30 to 13:00 New York.',
      'Nothing expires.',
    ].join('\n'),
  );
  expect(account).toBeDefined();
});

test('a message names the largest results and counts the rest', () => {
  const positions = Array.from({ length: 30 }, (_, index) => ({
    ...POSITION,
    ...{ positionId: `spy-ic-${index}`, result: usd(index % 2 === 0 ? index : -index) },
  }));
  const { greeks, ...without } = POSITION;
  const lines = summaryText({ ...SUMMARY, positions: [...positions, without] }, 20).split('\n');
  expect(greeks).toBeDefined();
  const named = lines.filter((line) => /^- spy-ic-\S+ SPY/.test(line)).map((line) => line.split(' ')[1]);
  expect(named).toHaveLength(20);
  expect(named.slice(0, 3)).toEqual(['spy-ic-29', 'spy-ic-28', 'spy-ic-27']);
  expect(lines).toContain('- and 11 more, see legwork summary');
  expect(lines[1]).toMatch(/\(1 of 31 positions have none\)\.$/);
  expect(totalsOf([without]).withoutGreeks).toBe(1);
});

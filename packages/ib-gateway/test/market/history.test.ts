import fc from 'fast-check';
import type { SimulatedMarket } from '../../src/market/index.js';
import type { GatewayBar } from '../../src/model.js';
import { AAPL, DAY, HOUR, MONDAY_10_30, marketOf, optionOf, present, quoteOf, SPX, SPY, VIX } from './fixtures.js';

function barsOf(
  market: SimulatedMarket,
  conId: number,
  what: string,
  barSize: string,
  duration: string,
  end = MONDAY_10_30,
) {
  return present(market.bars(conId, { end, duration, barSize, what, useRth: true, formatDate: 1 }));
}

function rank(bars: readonly GatewayBar[], now: number): number {
  const closes = bars.map((bar) => bar.close);
  return (100 * (now - Math.min(...closes))) / (Math.max(...closes) - Math.min(...closes));
}

describe('history', () => {
  it("has the scenario's IV rank at the start", () => {
    const ranks = fc.constantFrom(0, 20, 60, 85, 100);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), ranks, fc.constantFrom(SPY, AAPL), (seed, ivRank, conId) => {
        const market = marketOf(seed, { ivRank, underlyings: { AAPL: { ivRank: 30 } } });
        const bars = barsOf(market, conId, 'OPTION_IMPLIED_VOLATILITY', '1 day', '1 Y');
        expect(bars.length).toBeGreaterThanOrEqual(249);
        const now = present(quoteOf(market, conId, MONDAY_10_30).impliedVolatility);
        expect(bars.at(-1)?.close).toBeCloseTo(now, 3);
        expect(Math.abs(rank(bars, now) - (conId === AAPL ? 30 : ivRank))).toBeLessThan(1.5);
      }),
      { numRuns: 3 },
    );
  });

  it('joins the path at the start: no break in price or volatility, and daily moves of a market', () => {
    for (const seed of [1, 2]) {
      const market = marketOf(seed);
      const end = MONDAY_10_30 + 30 * DAY;
      const closes = barsOf(market, SPY, 'TRADES', '1 day', '60 D', end).map((bar) => bar.close);
      const returns = closes.slice(1).map((close, index) => Math.log(close / present(closes[index])));
      const deviation = Math.sqrt((252 * returns.reduce((sum, one) => sum + one * one, 0)) / returns.length);
      expect(deviation).toBeGreaterThan(0.07);
      expect(deviation).toBeLessThan(0.35);
      expect(Math.max(...returns.map(Math.abs))).toBeLessThan(0.08);
      const vix = barsOf(market, VIX, 'TRADES', '1 day', '60 D', end).map((bar) => bar.close);
      const vixMoves = vix.slice(1).map((close, index) => Math.log(close / present(vix[index])));
      expect(Math.max(...vixMoves.map(Math.abs))).toBeLessThan(0.5);
      expect(correlation(returns, vixMoves)).toBeLessThan(-0.5);
    }
  });

  it('nests: the shorter bars of a day lie within its daily bar and share its open and close', () => {
    const market = marketOf(5);
    const end = Date.parse('2026-11-24T20:00:00-05:00');
    const day = present(barsOf(market, SPY, 'TRADES', '1 day', '1 D', end)[0]);
    for (const [size, count] of [
      ['1 min', 390],
      ['5 mins', 78],
      ['1 hour', 7],
    ] as const) {
      const bars = barsOf(market, SPY, 'TRADES', size, '1 D', end);
      expect(bars).toHaveLength(count);
      expect(bars[0]?.open).toBe(day.open);
      expect(bars.at(-1)?.close).toBe(day.close);
      for (const bar of bars) {
        expect(bar.high).toBeLessThanOrEqual(day.high + 0.05);
        expect(bar.low).toBeGreaterThanOrEqual(day.low - 0.05);
        expect(Math.min(bar.open, bar.close)).toBeGreaterThanOrEqual(bar.low);
        expect(Math.max(bar.open, bar.close)).toBeLessThanOrEqual(bar.high);
      }
    }
  });

  it('shows nothing after its end: an earlier end gives a prefix', () => {
    const scenario = { events: [{ kind: 'jump', at: '+0 11:00', size: -0.1 }] } as const;
    const jumped = marketOf(6, { events: [...scenario.events] });
    const calm = marketOf(6);
    const end = Date.parse('2026-11-23T10:59:30-05:00');
    for (const what of ['TRADES', 'MIDPOINT', 'BID_ASK', 'OPTION_IMPLIED_VOLATILITY', 'HISTORICAL_VOLATILITY']) {
      const early = barsOf(jumped, SPY, what, '5 mins', '1 D', end);
      expect(early).toEqual(barsOf(calm, SPY, what, '5 mins', '1 D', end));
      expect(early.every((bar) => Number(bar.time) * 1000 < end)).toBe(true);
      const later = barsOf(jumped, SPY, what, '5 mins', '1 D', end + HOUR);
      expect(later.slice(0, early.length - 1)).toEqual(early.slice(0, -1));
    }
  });

  it('answers durations as the broker does', () => {
    const market = marketOf(7);
    expect(barsOf(market, SPY, 'TRADES', '1 secs', '30 S')).toHaveLength(30);
    expect(barsOf(market, SPY, 'TRADES', '1 min', '3600 S', MONDAY_10_30)).toHaveLength(60);
    expect(barsOf(market, SPY, 'TRADES', '1 day', '2 W')).toHaveLength(11);
    expect(barsOf(market, SPY, 'TRADES', '1 week', '1 M').length).toBeGreaterThanOrEqual(5);
    expect(barsOf(market, SPX, 'TRADES', '1 month', '1 Y').length).toBe(13);
    const old = Date.parse('2023-10-06T16:00:00-04:00');
    const past = barsOf(market, SPY, 'TRADES', '1 secs', '30 S', old);
    expect(past.at(-1)?.time).toBe(String(old / 1000 - 1));
    const option = optionOf(market, 'SPY', '20261218', 670, 'C').conId;
    const sides = barsOf(market, option, 'BID_ASK', '15 mins', '1 D');
    expect(sides).toHaveLength(4);
    for (const bar of sides) expect(bar.close).toBeGreaterThan(bar.open - 3);
    const request = { end: MONDAY_10_30, useRth: true, formatDate: 1 };
    expect(
      market.bars(option, { ...request, duration: '1 D', barSize: '1 day', what: 'OPTION_IMPLIED_VOLATILITY' }),
    ).toBeUndefined();
    expect(market.bars(SPY, { ...request, duration: '1 X', barSize: '1 day', what: 'TRADES' })).toBeUndefined();
    expect(market.bars(SPY, { ...request, duration: '1 D', barSize: '7 mins', what: 'TRADES' })).toBeUndefined();
    expect(market.bars(SPY, { ...request, duration: '9 Y', barSize: '1 secs', what: 'TRADES' })).toBeUndefined();
  });
});

function correlation(left: readonly number[], right: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;
  const [leftMean, rightMean] = [mean(left), mean(right)];
  const product = mean(left.map((one, index) => (one - leftMean) * (present(right[index]) - rightMean)));
  const deviation = (list: readonly number[], center: number) =>
    Math.sqrt(mean(list.map((one) => (one - center) ** 2)));
  return product / deviation(left, leftMean) / deviation(right, rightMean);
}

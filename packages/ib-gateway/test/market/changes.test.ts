import type { MarketScenarioInput } from '../../src/market/scenario.js';
import { HOUR, MINUTE, MONDAY_10_30, marketOf, optionOf, present, quoteOf, SPX, SPY, VIX } from './fixtures.js';

const still = { realizedRatio: 0, volOfVol: 0 } as const;
const at = (text: string) => Date.parse(`${text}-05:00`);

describe('scripted events', () => {
  it('move price and volatility by exactly their size when nothing else moves', () => {
    const market = marketOf(1, {
      ...still,
      dividends: false,
      events: [
        { kind: 'jump', at: '+1 11:00', size: -0.03, ivFactor: 1.5 },
        { kind: 'drift', from: '+2 09:30', to: '+3 16:15', move: 0.1, ivFactor: 1 },
        { kind: 'iv', at: '2026-12-01 10:00', factor: 0.5, overMinutes: 60 },
      ],
    });
    const spot = (text: string) => present(market.fairValue(SPY, at(text)));
    expect(spot('2026-11-24T10:59:59')).toBeCloseTo(670, 6);
    expect(spot('2026-11-24T11:00:00')).toBeCloseTo(670 * 0.97, 6);
    expect(spot('2026-11-25T16:15:00') / spot('2026-11-25T09:30:00')).toBeCloseTo(Math.sqrt(1.1), 6);
    expect(spot('2026-11-27T13:15:00')).toBeCloseTo(670 * 0.97 * 1.1, 6);
    const iv = (text: string) => present(quoteOf(market, SPY, at(text)).impliedVolatility);
    expect(iv('2026-11-24T10:59:00')).toBeCloseTo(0.21, 4);
    expect(iv('2026-11-24T11:00:01')).toBeCloseTo(0.315, 4);
    expect(iv('2026-12-01T10:30:00')).toBeCloseTo(0.315 * Math.sqrt(0.5), 3);
    expect(iv('2026-12-01T11:00:01')).toBeCloseTo(0.1575, 4);
    expect(market.fairValue(VIX, at('2026-11-24T11:00:00'))).toBeGreaterThan(31.5);
  });

  it('crush the volatility of an event when it happens', () => {
    const scenario: MarketScenarioInput = {
      ...still,
      events: [{ kind: 'earnings', at: '+3 16:05', symbol: 'AAPL', expectedMove: 0.06, move: -0.02 }],
    };
    const market = marketOf(1, scenario);
    const conId = present(market.find({ symbol: 'AAPL' })[0]).conId;
    const before = present(quoteOf(market, conId, at('2026-11-27T13:04:00')).impliedVolatility);
    const after = present(quoteOf(market, conId, at('2026-11-30T09:31:00')).impliedVolatility);
    expect(before ** 2 - after ** 2).toBeCloseTo((0.06 ** 2 * 365) / 30, 3);
  });

  it('lower the price by a dividend at the open of its ex-date, which forwards anticipate', () => {
    const events = [{ kind: 'dividend', symbol: 'SPY', exDate: '+2 09:30', amount: 5 }] as const;
    const market = marketOf(1, { ...still, dividends: false, rate: 0, events: [...events] });
    const next = market.nextDividend(SPY, MONDAY_10_30);
    expect(next).toEqual({ exDate: '20261125', exAt: at('2026-11-25T09:30:00'), amount: 5 });
    expect(market.fairValue(SPY, at('2026-11-24T17:00:00'))).toBeCloseTo(670, 6);
    expect(market.fairValue(SPY, at('2026-11-25T09:30:00'))).toBeCloseTo(665, 6);
    const pair = (['C', 'P'] as const).map((right) => optionOf(market, 'SPY', '20261218', 670, right).conId);
    const [call, put] = pair.map((conId) => present(market.fairValue(conId, MONDAY_10_30)));
    expect(present(call) - present(put)).toBeCloseTo(-5, 6);
  });

  it('freeze quotes in a halt and mark them', () => {
    const market = marketOf(2, { events: [{ kind: 'halt', from: '+0 11:00', to: '+0 11:30' }] });
    const quote = quoteOf(market, SPY, at('2026-11-23T11:29:00'));
    expect(quote.halted).toBe(true);
    expect(quote.at).toBeLessThanOrEqual(at('2026-11-23T11:00:00'));
    expect(market.isHalted(SPY, at('2026-11-23T11:29:00'))).toBe(true);
    expect(quoteOf(market, SPY, at('2026-11-23T11:30:01')).halted).toBeUndefined();
  });

  it('widen spreads while they last', () => {
    const width = (events: boolean) => {
      const list = [{ kind: 'spread', from: '+0 10:00', to: '+0 12:00', factor: 10 }] as const;
      const market = marketOf(2, events ? { events: [...list] } : {});
      const { bid = 0, ask = 0 } = quoteOf(market, optionOf(market, 'SPY', '20270115', 640, 'P').conId, MONDAY_10_30);
      return ask - bid;
    };
    expect(width(true) / width(false)).toBeGreaterThan(6);
  });

  it('of unknown underlyings are refused', () => {
    expect(() => marketOf(1, { events: [{ kind: 'jump', at: '+1 11:00', size: 0.1, symbols: ['SPZ'] }] })).toThrow(
      RangeError,
    );
    expect(() => marketOf(1, { underlyings: { SPZ: { spot: 1 } } })).toThrow(RangeError);
  });
});

describe('changes while the market runs', () => {
  it('apply from their time on and leave earlier times unchanged', () => {
    const market = marketOf(4);
    const later = MONDAY_10_30 + HOUR;
    const before = { early: market.fairValue(SPY, MONDAY_10_30 + MINUTE), late: present(market.fairValue(SPX, later)) };
    market.override?.({ symbol: '*', spotFactor: 0.96, ivAdd: 0.1, from: MONDAY_10_30 + 2 * MINUTE });
    expect(market.fairValue(SPY, MONDAY_10_30 + MINUTE)).toBe(before.early);
    expect(market.fairValue(SPX, later)).toBeCloseTo(before.late * 0.96, 6);
    expect(quoteOf(market, SPY, later).impliedVolatility).toBeGreaterThan(0.28);
    expect(market.fairValue(VIX, later)).toBeGreaterThan(30);
  });

  it('show a bad, missing or stale quote for an interval only', () => {
    const market = marketOf(4);
    const { conId } = optionOf(market, 'SPY', '20270115', 640, 'P');
    const clean = quoteOf(market, conId, MONDAY_10_30);
    const [from, to] = [MONDAY_10_30 + MINUTE, MONDAY_10_30 + 2 * MINUTE];
    market.quoteFault?.({ conId, from, to, kind: 'bad', ask: 99 });
    expect(quoteOf(market, conId, from)).toMatchObject({ ask: 99, bid: expect.any(Number) });
    market.quoteFault?.({ conId, from: from + 1000, to, kind: 'noBid' });
    expect(quoteOf(market, conId, from + 1000)).toMatchObject({ ask: 99, bidSize: 0 });
    expect(quoteOf(market, conId, from + 1000).bid).toBeUndefined();
    expect(quoteOf(market, conId, MONDAY_10_30)).toEqual(clean);
    expect(quoteOf(market, conId, to).ask).not.toBe(99);
    market.quoteFault?.({ conId, from: to, to: to + HOUR, kind: 'stale' });
    expect(quoteOf(market, conId, to + 50 * MINUTE).at).toBeLessThanOrEqual(to);
    expect(quoteOf(market, conId, to + HOUR).at).toBeGreaterThan(to + 59 * MINUTE);
  });
});

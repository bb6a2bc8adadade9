import type { SimulatedMarket } from '../../src/market/index.js';
import { DAY, MONDAY_10_30, marketOf, present, quoteOf, SPY } from './fixtures.js';

const WEEKEND = Date.parse('2026-11-21T12:00:00-05:00');

interface Leg {
  readonly strike: number;
  readonly bid: number;
  readonly ask: number;
  readonly openInterest: number;
}

function condor(market: SimulatedMarket, delta: number, at: number) {
  const row = present(market.chainParams(SPY, at).find((one) => one.tradingClass === 'SPY'));
  const target = at + 45 * DAY;
  const dates = row.expirations.map((text) => ({
    text,
    away: Math.abs(Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T21:00:00Z`) - target),
  }));
  const expiry = present(dates.sort((left, right) => left.away - right.away)[0]).text;
  const legs = (right: 'C' | 'P') =>
    market.find({ secType: 'OPT', tradingClass: 'SPY', expiry, right }, at).map((contract) => {
      const quote = quoteOf(market, contract.conId, at);
      const { bid = 0, ask = 0, openInterest = 0 } = quote;
      return { strike: present(contract.strike), bid, ask, openInterest, delta: Math.abs(quote.greeks?.delta ?? 0) };
    });
  const [puts, calls] = [legs('P'), legs('C')];
  const closest = <Item>(list: readonly Item[], miss: (item: Item) => number): Item =>
    present([...list].sort((left, right) => miss(left) - miss(right))[0]);
  const short = {
    put: closest(puts, (leg) => Math.abs(leg.delta - delta)),
    call: closest(calls, (leg) => Math.abs(leg.delta - delta)),
  };
  const wing = 0.02 * present(market.fairValue(SPY, at));
  const long = {
    put: closest(puts, (leg) => Math.abs(leg.strike - (short.put.strike - wing))),
    call: closest(calls, (leg) => Math.abs(leg.strike - (short.call.strike + wing))),
  };
  const width = Math.max(short.put.strike - long.put.strike, long.call.strike - short.call.strike);
  return { sold: [short.put, short.call] as Leg[], bought: [long.put, long.call] as Leg[], width };
}

const sum = (legs: readonly Leg[], of: (leg: Leg) => number) => legs.reduce((total, leg) => total + of(leg), 0);
const middle = (leg: Leg) => (leg.bid + leg.ask) / 2;

describe('an iron condor of SPY 45 days out', () => {
  it.each([
    [0.2, 0.16],
    [0.2, 0.18],
    [0.22, 0.17],
    [0.24, 0.16],
    [0.24, 0.18],
  ])(
    'at an IV of %d and short deltas of %d collects a quarter of its width, in a market one can trade',
    (iv30, delta) => {
      for (const seed of [1, 2]) {
        const { sold, bought, width } = condor(marketOf(seed, { iv30 }), delta, MONDAY_10_30);
        const credit = sum(sold, middle) - sum(bought, middle);
        expect(credit / width).toBeGreaterThanOrEqual(0.25);
        expect(credit / width).toBeLessThan(0.35);
        const natural = sum(sold, (leg) => leg.bid) - sum(bought, (leg) => leg.ask);
        expect(natural).toBeGreaterThan(0.2 * width);
        for (const leg of [...sold, ...bought]) {
          expect(leg.ask - leg.bid).toBeLessThanOrEqual(Math.max(0.05, 0.1 * middle(leg)));
          expect(leg.openInterest).toBeGreaterThanOrEqual(100);
        }
        // Opening and closing at once costs the spread of the four legs.
        const cost = credit - natural + (sum(sold, (leg) => leg.ask) - sum(bought, (leg) => leg.bid)) - credit;
        expect(cost).toBeGreaterThan(0.08);
        expect(cost).toBeLessThan(0.4);
      }
    },
  );

  it('is there too when the market starts on a weekend, at the given level', () => {
    const market = marketOf(1, { iv30: 0.22, underlyings: { SPY: { spot: 600 } } }, WEEKEND);
    expect(market.fairValue(SPY, WEEKEND)).toBeCloseTo(600, 6);
    expect(quoteOf(market, SPY, WEEKEND).impliedVolatility).toBeCloseTo(0.22, 3);
    const { sold, bought, width } = condor(market, 0.17, Date.parse('2026-11-23T10:00:00-05:00'));
    expect(sum(sold, middle) - sum(bought, middle)).toBeGreaterThan(0.2 * width);
  });
});

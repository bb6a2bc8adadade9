import fc from 'fast-check';
import type { MarketScenarioInput } from '../../src/market/scenario.js';
import { baseVariance, smileVariance } from '../../src/market/surface.js';
import { type Chain, chainsOf, discountOf, forwardSpread, RATE, strikeViolations, value } from './chain.js';
import { HOUR, MINUTE, MONDAY_10_30, marketOf, present, SPY } from './fixtures.js';

/** A market that falls by a fifth in an hour while volatility triples. */
const crash: MarketScenarioInput = {
  rate: RATE,
  events: [
    { kind: 'jump', at: '+2 11:00', size: -0.2, overMinutes: 60, ivFactor: 3 },
    { kind: 'earnings', at: '+5 16:05', symbol: 'SPY', expectedMove: 0.05, move: 0.03 },
  ],
};

const seeds = fc.integer({ min: 0, max: 1_000_000 });
/** Times before, within and after the crash. */
const moments = fc.integer({ min: 0, max: 20 * 24 * 60 }).map((minutes) => MONDAY_10_30 + minutes * 60_000);

const chainOf = (seed: number, tradingClass: string, at: number, skip: number): Chain[] =>
  chainsOf(marketOf(seed, crash), tradingClass, at, skip);

describe('no arbitrage, before, in and after a crash', () => {
  it('at every step of the crash, over the whole chain', () => {
    const market = marketOf(3, crash);
    const start = market.moment('+2 10:58');
    for (let at = start; at <= start + 66 * MINUTE; at += 6 * MINUTE) {
      const chains = chainsOf(market, 'SPY', at, 1);
      expect(chains.length).toBeGreaterThan(20);
      for (const chain of chains) {
        expect(strikeViolations(chain, at)).toEqual([]);
        expect(forwardSpread(chain, at)).toBeLessThan(1e-6);
      }
    }
  });

  it('across strikes: calls fall, puts rise, slopes stay within the discount, and both are convex', () => {
    fc.assert(
      fc.property(seeds, moments, fc.constantFrom('SPY', 'SPXW'), (seed, at, tradingClass) => {
        for (const chain of chainOf(seed, tradingClass, at, 9)) expect(strikeViolations(chain, at)).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });

  it('between puts and calls: their difference is the same discounted forward at every strike', () => {
    fc.assert(
      fc.property(seeds, moments, fc.constantFrom('SPY', 'SPXW'), (seed, at, tradingClass) => {
        for (const chain of chainOf(seed, tradingClass, at, 9)) expect(forwardSpread(chain, at)).toBeLessThan(1e-6);
      }),
      { numRuns: 5 },
    );
  });

  it('across expirations: at equal moneyness the undiscounted call over its forward never falls with time', () => {
    fc.assert(
      fc.property(seeds, moments, fc.double({ min: -0.25, max: 0.2, noNaN: true }), (seed, at, moneyness) => {
        let before = 0;
        for (const chain of chainOf(seed, 'SPY', at, 5)) {
          const { strikes, calls, puts } = chain;
          const discount = discountOf(chain, at);
          const forward = (value(calls, 0) - value(puts, 0)) / discount + value(strikes, 0);
          const price = interpolated(strikes, calls, forward * Math.exp(moneyness)) / discount / forward;
          // Between two strikes the line lies above the convex curve by at most this much.
          expect(price).toBeGreaterThanOrEqual(before - 2e-3);
          before = price;
        }
      }),
      { numRuns: 5 },
    );
  });

  it('holds for the model itself: total variance at fixed moneyness never falls with time to expiry', () => {
    const level = fc.double({ min: 0.04, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        level,
        level,
        fc.double({ min: -0.95, max: 0.95, noNaN: true }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.double({ min: -1.5, max: 1.5, noNaN: true }),
        (iv30, longIv, rho, share, moneyness) => {
          const smile = { rho, eta: (share * 2) / (1 + Math.abs(rho)) };
          let before = 0;
          for (let years = 1 / 365; years < 3; years *= 1.3) {
            const variance = smileVariance(smile, baseVariance({ iv30, longIv, speed: 3 }, years), moneyness);
            if (variance < before * (1 - 1e-12)) return false;
            before = variance;
          }
          return true;
        },
      ),
      { numRuns: 300 },
    );
  });

  it('pays by the underlying at settlement, whatever is requested afterwards', () => {
    const market = marketOf(11);
    const contracts = market.find({ secType: 'OPT', tradingClass: 'SPY', expiry: '20261204' });
    const settlesAt = present(market.settlementTime(present(contracts[0]).conId));
    const spot = present(market.fairValue(SPY, settlesAt));
    for (const { conId, strike = 0, right } of contracts) {
      const payoff = Math.max(0, right === 'C' ? spot - strike : strike - spot);
      expect(market.fairValue(conId, settlesAt)).toBe(payoff);
      expect(market.fairValue(conId, settlesAt + 30 * HOUR)).toBe(payoff);
    }
  });
});

function interpolated(strikes: readonly number[], prices: readonly number[], strike: number): number {
  const upper = strikes.findIndex((one) => one >= strike);
  if (upper <= 0) return value(prices, upper === 0 ? 0 : prices.length - 1);
  const share = (strike - value(strikes, upper - 1)) / (value(strikes, upper) - value(strikes, upper - 1));
  return value(prices, upper - 1) * (1 - share) + value(prices, upper) * share;
}

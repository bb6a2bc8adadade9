/** The scenarios about the market and the broker instead of one rule. */
import { createClock } from '../../src/clock.js';
import { createExchange } from '../../src/exchange/index.js';
import { createMarket, type SimulatedMarket } from '../../src/market/index.js';
import { loadScenario } from '../../src/scenario/index.js';
import { chainsOf, forwardSpread, strikeViolations } from '../market/chain.js';
import { HOUR, MINUTE, present, quoteOf, SPY, VIX } from '../market/fixtures.js';
import { legsOf, worldOf } from './structure.js';

const META = 107113386;
const SEEDS = [1, 2];

const spread = (market: SimulatedMarket, conId: number, at: number): number => {
  const { bid = 0, ask = 0 } = quoteOf(market, conId, at);
  return ask - bid;
};

describe('crash', () => {
  it.each(SEEDS)('with seed %i: a seventh down, VIX above 50, spreads five times as wide, trading halted', (seed) => {
    const { market, start } = worldOf('crash', seed);
    const low = market.moment('+3 12:00');
    const fall = present(market.fairValue(SPY, low)) / present(market.fairValue(SPY, start));
    expect(fall).toBeLessThan(0.88);
    expect(present(market.fairValue(VIX, low))).toBeGreaterThan(50);
    expect(present(market.fairValue(VIX, market.moment('+4 16:00')))).toBeLessThan(present(market.fairValue(VIX, low)));
    const legs = legsOf(market, {}, start);
    for (const { contract } of legs) {
      const calm = spread(market, contract.conId, start);
      expect(spread(market, contract.conId, market.moment('+2 10:30'))).toBeGreaterThan(4 * calm);
    }
    expect(market.isHalted(SPY, market.moment('+2 09:50'))).toBe(true);
  });

  it('allows no arbitrage at any hour of it', () => {
    const { market } = worldOf('crash', 3);
    for (let at = market.moment('+1 10:30'); at <= market.moment('+4 16:00'); at += 2 * HOUR) {
      if (!market.isOpen(SPY, at)) continue;
      for (const chain of chainsOf(market, 'SPY', at, 4)) {
        expect(strikeViolations(chain, at)).toEqual([]);
        expect(forwardSpread(chain, at)).toBeLessThan(1e-6);
      }
    }
  });

  it('raises the margin of an uncovered short put with VIX, and by half when the broker says so', () => {
    const scenario = loadScenario('crash');
    const market = createMarket({ seed: 1, start: scenario.start, scenario: scenario.market });
    const [short] = legsOf(market, { structure: 'shortPut' }, scenario.start);
    const { symbol = '', expiry = '', strike = 0, right = 'P' } = present(short).contract;
    const clock = createClock({ mode: 'stepped', start: scenario.start });
    const positions = [{ contract: { symbol, expiry, strike, right }, quantity: -1, price: 6 }];
    const exchange = createExchange({
      clock,
      market,
      seed: 1,
      accounts: ['DU1'],
      scenario: { ...scenario.exchange, positions },
    });
    const margin = (moment: string) => {
      clock.advance(market.moment(moment));
      return present(exchange.accountValues().MaintMarginReq);
    };
    const calm = margin('+0 11:00');
    const before = margin('+2 10:59');
    expect(before).toBeGreaterThan(1.5 * calm);
    expect(margin('+2 11:01') / before).toBeCloseTo(1.5, 1);
  });
});

describe('open-chaos', () => {
  it.each(SEEDS)('with seed %i: five to twenty times the spread until a quarter to ten, then the usual one', (seed) => {
    const { market, start } = worldOf('open-chaos', seed);
    const legs = legsOf(market, {}, start);
    const ratio = (moment: string) => {
      const [wide, usual] = [moment, '+1 11:00'].map((when) =>
        legs.reduce((sum, { contract }) => sum + spread(market, contract.conId, market.moment(when)), 0),
      );
      return present(wide) / present(usual);
    };
    for (const moment of ['+1 09:31', '+1 09:37', '+1 09:44', '+2 09:40']) {
      expect(ratio(moment)).toBeGreaterThan(5);
      expect(ratio(moment)).toBeLessThan(25);
    }
    expect(ratio('+1 09:50')).toBeLessThan(1.6);
    expect(ratio('+4 09:40')).toBeLessThan(1.6);
  });
});

describe('earnings-crush', () => {
  it.each(SEEDS)('with seed %i: the front expiry loses its volatility over night, the far one little', (seed) => {
    const { market, start } = worldOf('earnings-crush', seed);
    const before = market.moment('+3 16:00');
    const after = market.moment('+4 10:00');
    const at = (days: number) => {
      const [leg] = legsOf(market, { symbol: 'META', days, delta: 0.5, structure: 'shortCall' }, start);
      const { conId } = present(leg).contract;
      const [first, second] = [before, after].map((when) => present(quoteOf(market, conId, when).greeks?.impliedVol));
      return present(second) / present(first);
    };
    const [front, far] = [at(11), at(200)];
    expect(front).toBeLessThan(0.7);
    expect(far).toBeGreaterThan(0.9);
    const move = present(market.fairValue(META, after)) / present(market.fairValue(META, before));
    expect(Math.abs(Math.log(move) - Math.log(1.02))).toBeLessThan(0.01);
  });
});

describe('dividend', () => {
  it('exercises the calls that are worth less than it, and no others', () => {
    const scenario = loadScenario('dividend');
    const market = createMarket({ seed: 1, start: scenario.start, scenario: scenario.market });
    const spot = present(market.fairValue(SPY, scenario.start));
    const strikes = [0.88, 1.02].map((share) => Math.round((spot * share) / 5) * 5);
    const expiry = present(market.chainParams(SPY).find((row) => row.tradingClass === 'SPY')).expirations.find(
      (date) => date >= '20260310',
    );
    const clock = createClock({ mode: 'stepped', start: scenario.start });
    const positions = strikes.map((strike) => ({
      contract: { symbol: 'SPY', expiry: present(expiry), strike, right: 'C' as const },
      quantity: -1,
      price: 5,
    }));
    const exchange = createExchange({
      clock,
      market,
      seed: 1,
      accounts: ['DU1'],
      scenario: { ...scenario.exchange, positions },
    });
    const held = () => exchange.positions().map(({ contract, quantity }) => [contract.strike ?? 'stock', quantity]);
    clock.advance(market.moment('+2 16:15'));
    expect(held()).toEqual(expect.arrayContaining(strikes.map((strike) => [strike, -1])));
    clock.advance(market.moment('+3 09:00'));
    expect(held()).toEqual(
      expect.arrayContaining([
        ['stock', -100],
        [strikes[1], -1],
      ]),
    );
    expect(held()).toHaveLength(2);
    const gap =
      present(market.fairValue(SPY, market.moment('+3 09:30'))) -
      present(market.fairValue(SPY, market.moment('+2 16:15')));
    expect(gap).toBeLessThan(-1);
    expect(gap).toBeGreaterThan(-3.5);
    expect(market.nextDividend(SPY, clock.now() + 10 * MINUTE)?.amount).toBe(2);
  });
});

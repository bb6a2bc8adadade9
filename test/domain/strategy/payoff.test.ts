import fc from 'fast-check';
import { actionSign } from '../../../src/domain/option.js';
import { nakedShorts, payoffOf, widthOf } from '../../../src/domain/strategy/payoff.js';
import type { StrategyLeg } from '../../../src/domain/strategy/strategy.js';
import { legOf, PLANS, present, usd } from './fixtures.js';

const [condor, bullPut] = [present(PLANS[0]), present(PLANS[1])];

/** Profit per share at a settlement, straight from the definition of an option. */
function profitAt(legs: readonly StrategyLeg[], net: number, price: number): number {
  return legs.reduce((sum, { action, ratio, contract }) => {
    const value = Math.max(0, contract.right === 'CALL' ? price - contract.strike : contract.strike - price);
    return sum + actionSign(action) * ratio * value;
  }, net / 1_000_000);
}

describe('the payoff', () => {
  it('of a condor loses the width less the credit', () => {
    const payoff = payoffOf(condor.legs, usd(3.1));
    expect(payoff).toEqual({ maxLoss: usd(6.9), maxProfit: usd(3.1), breakevens: [646.9, 743.1] });
  });

  it('of a vertical is bounded on both sides', () => {
    expect(payoffOf(bullPut.legs, usd(2.4))).toEqual({ maxLoss: usd(7.6), maxProfit: usd(2.4), breakevens: [677.6] });
  });

  it('of a long call has no maximum profit, of a short one no maximum loss', () => {
    const call = payoffOf([legOf('BUY', 'CALL', 700)], usd(-12));
    expect(call).toEqual({ maxLoss: usd(12), breakevens: [712] });
    expect(payoffOf([legOf('SELL', 'CALL', 700)], usd(12))).toEqual({ maxProfit: usd(12), breakevens: [712] });
    expect(payoffOf([legOf('BUY', 'PUT', 700)], usd(-12))).toEqual({
      maxLoss: usd(12),
      maxProfit: usd(688),
      breakevens: [688],
    });
  });

  const anyLegs = fc.uniqueArray(
    fc.record({
      action: fc.constantFrom('BUY' as const, 'SELL' as const),
      right: fc.constantFrom('CALL' as const, 'PUT' as const),
      strike: fc.integer({ min: 600, max: 800 }),
      ratio: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 4, selector: ({ right, strike }) => `${right}${strike}` },
  );
  const net = fc.integer({ min: -2000, max: 2000 }).map((cents) => cents * 10_000);

  it('bounds the profit at every settlement, and the bound is reached', () => {
    fc.assert(
      fc.property(anyLegs, net, (terms, credit) => {
        const legs = terms.map(({ action, right, strike, ratio }) => legOf(action, right, strike, ratio));
        const { maxLoss, maxProfit } = payoffOf(legs, credit);
        const prices = [0, ...Array.from({ length: 240 }, (_, index) => 580 + index), 100_000];
        const profits = prices.map((price) => profitAt(legs, credit, price));
        const [worst, best] = [Math.min(...profits), Math.max(...profits)];
        if (maxLoss !== undefined) expect(Math.max(0, -worst)).toBeCloseTo(maxLoss / 1e6, 6);
        else expect(profits.at(-1)).toBeLessThan(-10_000);
        if (maxProfit !== undefined) expect(Math.max(0, best)).toBeCloseTo(maxProfit / 1e6, 6);
        else expect(profits.at(-1)).toBeGreaterThan(10_000);
      }),
      { numRuns: 1000 },
    );
  });

  it('is zero at the break-even points, to a cent', () => {
    fc.assert(
      fc.property(anyLegs, net, (terms, credit) => {
        const legs = terms.map(({ action, right, strike, ratio }) => legOf(action, right, strike, ratio));
        const { breakevens } = payoffOf(legs, credit);
        for (const price of breakevens) expect(Math.abs(profitAt(legs, credit, price))).toBeLessThan(0.07);
        expect([...breakevens].sort((a, b) => a - b)).toEqual(breakevens);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('width and cover', () => {
  it('is the widest side', () => {
    expect(PLANS.map(widthOfPlan)).toEqual([10, 10, 10, 10, 10, 0, 0, 20].map(usd));
    expect(widthOf([legOf('SELL', 'PUT', 650), legOf('SELL', 'CALL', 740)])).toBe(0);
    expect(widthOf([...condor.legs.slice(0, 2), legOf('SELL', 'CALL', 740), legOf('BUY', 'CALL', 755)])).toBe(usd(15));
  });

  it('counts shorts that no long of the same right covers', () => {
    for (const plan of PLANS) expect(nakedShorts(plan.legs)).toEqual({ calls: 0, puts: 0 });
    expect(nakedShorts([legOf('SELL', 'PUT', 650), legOf('SELL', 'CALL', 740, 2)])).toEqual({ calls: 2, puts: 1 });
    expect(nakedShorts([legOf('BUY', 'CALL', 700), legOf('SELL', 'CALL', 710, 2)])).toEqual({ calls: 1, puts: 0 });
    expect(nakedShorts([legOf('BUY', 'PUT', 700), legOf('SELL', 'CALL', 710)])).toEqual({ calls: 1, puts: 0 });
  });
});

function widthOfPlan({ legs }: { readonly legs: readonly StrategyLeg[] }): number {
  return widthOf(legs);
}

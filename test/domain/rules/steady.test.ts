/** A peak is taken from confirmed profit, and an impossible net is no price. */
import { SteadyProfit } from '../../../src/domain/rules/memory.js';
import { valuePosition } from '../../../src/domain/rules/valuation.js';
import { legOf, usd } from '../strategy/fixtures.js';

describe('SteadyProfit', () => {
  test('one sample gives nothing; two samples apart give the lower profit', () => {
    const steady = new SteadyProfit();
    expect(steady.observe(0.2, 0, 10_000)).toBeUndefined();
    expect(steady.observe(15, 3_000, 10_000)).toBeUndefined();
    expect(steady.observe(0.25, 10_000, 10_000)).toBe(0.2);
    expect(steady.observe(0.5, 20_000, 10_000)).toBe(0.25);
  });

  test('a bad tick on one sample is outvoted by its neighbours', () => {
    const steady = new SteadyProfit();
    steady.observe(0.2, 0, 10_000);
    expect(steady.observe(15, 10_000, 10_000)).toBe(0.2);
    expect(steady.observe(0.21, 20_000, 10_000)).toBe(0.21);
  });

  test('a poll without a price starts over', () => {
    const steady = new SteadyProfit();
    steady.observe(0.2, 0, 10_000);
    expect(steady.observe(undefined, 10_000, 10_000)).toBeUndefined();
    expect(steady.observe(0.3, 20_000, 10_000)).toBeUndefined();
  });
});

describe('bounds of a condor', () => {
  const position = {
    positionId: 'p',
    symbol: 'SPY',
    strategyType: 'iron_condor' as const,
    structure: 'iron_condor' as const,
    openedCombos: 1,
    openCombos: 1,
    entryNet: usd(3),
    maxLoss: usd(7),
    width: usd(10),
    multiplier: 100,
    openedAt: 0,
  };
  const legs = (marks: readonly number[]) =>
    (
      [
        ['BUY', 'PUT', 640],
        ['SELL', 'PUT', 650],
        ['SELL', 'CALL', 740],
        ['BUY', 'CALL', 750],
      ] as const
    ).map(([action, right, strike], index) => ({
      ...legOf(action, right, strike),
      bid: usd((marks[index] ?? 0) - 0.02),
      ask: usd((marks[index] ?? 0) + 0.02),
    }));

  test('inside: a price', () => {
    expect(valuePosition({ position, legs: legs([1, 2.5, 2.5, 1]) }).closeNet).toBe(usd(3));
  });

  test('legs of different instants: no price, no profit', () => {
    const value = valuePosition({ position, legs: legs([60, 2.5, 2.5, 1]) });
    expect(value.closeNet).toBeUndefined();
    expect(value.profitPct).toBeUndefined();
    expect(valuePosition({ position, legs: legs([1, 14, 2.5, 1]) }).closeNet).toBeUndefined();
  });
});

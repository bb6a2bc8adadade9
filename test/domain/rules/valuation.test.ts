import fc from 'fast-check';
import { fromNumber } from '../../../src/domain/money.js';
import { markOf, valuePosition } from '../../../src/domain/rules/valuation.js';
import { CONDOR, condorLegs, DEBIT, debitLegs, GREEKS, leg, without } from './world.js';

const dollars = fromNumber;

describe('the mark of a leg', () => {
  it('is the mid of a two-sided quote', () => {
    expect(markOf(leg('SELL', 'CALL', 650, 1, { bid: dollars(1), ask: dollars(1.1) }))).toBe(dollars(1.05));
  });

  it('of a long leg with an ask and no bid is the middle between nothing and half the ask', () => {
    expect(markOf(without(leg('BUY', 'PUT', 540, 0.4), 'bid'))).toBe(dollars(0.1));
    expect(markOf(leg('BUY', 'PUT', 540, 0.4, { bid: 0 }))).toBe(dollars(0.1));
  });

  it('of a short leg without an ask does not exist; without a bid it is half the ask', () => {
    expect(markOf(without(leg('SELL', 'PUT', 550, 1), 'ask'))).toBeUndefined();
    expect(markOf(without(leg('SELL', 'PUT', 550, 0.1), 'bid'))).toBe(dollars(0.05));
  });

  it('of a crossed quote does not exist', () => {
    expect(markOf(leg('BUY', 'PUT', 540, 1, { bid: dollars(1.2), ask: dollars(1) }))).toBeUndefined();
  });

  it('always lies within what the market shows', () => {
    const price = fc.integer({ min: 1, max: 50_000_000 });
    fc.assert(
      fc.property(price, price, fc.constantFrom('BUY' as const, 'SELL' as const), (a, b, action) => {
        const [bid, ask] = [Math.min(a, b), Math.max(a, b)];
        const mark = markOf(leg(action, 'CALL', 650, 1, { bid, ask })) ?? -1;
        expect(mark).toBeGreaterThanOrEqual(bid);
        expect(mark).toBeLessThanOrEqual(ask);
        expect(markOf(without(leg('BUY', 'CALL', 650, 1, { ask }), 'bid')) ?? -1).toBeLessThanOrEqual(ask / 2 + 1);
      }),
    );
  });
});

describe('the value of a position', () => {
  it('of a credit: closing costs money, and the credit is the basis', () => {
    expect(valuePosition({ position: CONDOR, legs: condorLegs(1) })).toMatchObject({
      closeNet: dollars(1),
      netSpread: 0,
      pnl: dollars(1),
      basis: dollars(2),
      profitPct: 0.5,
    });
  });

  it('of a debit: closing brings money, what was paid is the basis', () => {
    expect(valuePosition({ position: DEBIT, legs: debitLegs(6) })).toMatchObject({
      closeNet: dollars(-6),
      pnl: dollars(2),
      basis: dollars(4),
      profitPct: 0.5,
    });
  });

  it('takes the maximum loss as the basis when the premium is below 10 % of it, not at 10 %', () => {
    const of = (entryNet: number) =>
      valuePosition({
        position: { ...CONDOR, entryNet: dollars(entryNet), maxLoss: dollars(10) },
        legs: condorLegs(2),
      });
    expect(of(1).basis).toBe(dollars(1));
    expect(of(0.99).basis).toBe(dollars(10));
    expect(of(0).profitPct).toBe(-0.2);
    expect(of(-0.5).basis).toBe(dollars(10));
  });

  it('has no profit share without premium and maximum loss', () => {
    const position = without({ ...CONDOR, entryNet: 0 }, 'maxLoss');
    expect(valuePosition({ position, legs: condorLegs(2) })).not.toHaveProperty('profitPct');
  });

  it('survives a partial close: it is per open combo', () => {
    const half = valuePosition({ position: { ...CONDOR, openCombos: 2 }, legs: condorLegs(1) });
    expect(half.profitPct).toBe(0.5);
  });

  it('sums the spread by ratio, an absent bid being zero', () => {
    const legs = [
      leg('BUY', 'PUT', 540, 1, { ratio: 2, bid: dollars(1), ask: dollars(1.1) }),
      without(leg('BUY', 'PUT', 530, 0.05), 'bid'),
      leg('SELL', 'PUT', 550, 1, { bid: dollars(1), ask: dollars(1.05) }),
    ];
    expect(valuePosition({ position: CONDOR, legs }).netSpread).toBe(dollars(0.3));
  });

  it('signs the Greeks by action and ratio, and has none when one leg lacks them', () => {
    const legs = [leg('BUY', 'CALL', 610, 1), leg('SELL', 'CALL', 620, 1, { ratio: 3 })];
    const value = valuePosition({ position: DEBIT, legs });
    expect(value.delta).toBeCloseTo(-2 * GREEKS.delta, 12);
    expect(value.gamma).toBeCloseTo(-2 * GREEKS.gamma, 12);
    expect(value.vega).toBeCloseTo(-2 * GREEKS.vega, 12);
    expect(value.theta).toBeCloseTo(-2 * GREEKS.theta, 12);
    const lacking = [...legs, without(leg('BUY', 'CALL', 630, 1), 'greeks')];
    expect(valuePosition({ position: DEBIT, legs: lacking })).not.toHaveProperty('delta');
  });

  it('is unknown with one leg unpriced, and without legs', () => {
    const legs = [...condorLegs().slice(1), without(leg('SELL', 'PUT', 545, 1), 'ask')];
    const value = valuePosition({ position: CONDOR, legs });
    expect(value).not.toHaveProperty('closeNet');
    expect(value).not.toHaveProperty('profitPct');
    expect(value).not.toHaveProperty('netSpread');
    expect(valuePosition({ position: CONDOR, legs: [] })).toEqual({ basis: dollars(2) });
  });
});

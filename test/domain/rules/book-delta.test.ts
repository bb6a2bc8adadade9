import fc from 'fast-check';
import { fromNumber } from '../../../src/domain/money.js';
import { type BookPosition, bookFacts } from '../../../src/domain/rules/book-delta.js';
import { SETTINGS, without } from './world.js';

const NET = fromNumber(100_000);
const condor = (positionId: string, deltaPerCombo: number, more: Partial<BookPosition> = {}): BookPosition => ({
  positionId,
  structure: 'iron_condor',
  combos: 1,
  closing: false,
  deltaPerCombo,
  deltaDollars: 0,
  profitPct: -0.1,
  ...more,
});
const spread = (positionId: string, dollars: number, more: Partial<BookPosition> = {}): BookPosition =>
  condor(positionId, 0.4, { structure: 'vertical_spread', deltaDollars: fromNumber(dollars), ...more });

const evaluate = (positions: readonly BookPosition[], active = false, netLiquidation: number | undefined = NET) =>
  bookFacts(positions, { ...(netLiquidation !== undefined && { netLiquidation }), active }, SETTINGS);
const chosen = (...of: Parameters<typeof evaluate>) =>
  [...evaluate(...of).facts].filter(([, book]) => book.chosenForDelta).map(([id]) => id);

describe('the delta of condors', () => {
  it('is averaged over combos', () => {
    const { facts, active } = evaluate([condor('a', 0.4, { combos: 1 }), condor('b', 0.1, { combos: 3 })]);
    expect(facts.get('a')?.condorDeltaPerCombo).toBeCloseTo(0.175, 12);
    expect(active).toBe(false);
  });

  it('raises the alarm beyond 0.30, not at it', () => {
    expect(evaluate([condor('a', 0.3)]).active).toBe(false);
    expect(chosen([condor('a', 0.3)])).toEqual([]);
    expect(chosen([condor('a', 0.301)])).toEqual(['a']);
    expect(chosen([condor('a', -0.301)])).toEqual(['a']);
  });

  it('is released at 0.24, not before', () => {
    expect(evaluate([condor('a', 0.25)], true).active).toBe(true);
    expect(chosen([condor('a', 0.25)], true)).toEqual(['a']);
    expect(evaluate([condor('a', 0.24)], true).active).toBe(false);
    expect(evaluate([condor('a', 0.25)], false).active).toBe(false);
  });

  it('counts a close in progress as closed', () => {
    const { facts, active } = evaluate([condor('a', 0.9, { closing: true }), condor('b', 0.1)]);
    expect(active).toBe(false);
    expect(facts.get('a')).toEqual({ condorDeltaPerCombo: 0.1, dollarDeltaShare: 0, chosenForDelta: false });
  });

  it('is unknown when one condor has no delta, and then chooses no position', () => {
    const positions = [condor('a', 0.9), without(condor('b', 0), 'deltaPerCombo')];
    expect(evaluate(positions).facts.get('a')).not.toHaveProperty('condorDeltaPerCombo');
    expect(chosen(positions)).toEqual([]);
  });

  it('leaves directional structures alone', () => {
    expect(evaluate([spread('s', 0, { deltaPerCombo: 0.9 })]).active).toBe(false);
  });
});

describe('the dollar delta', () => {
  it('raises the alarm beyond 50 % of net liquidation and is released at 40 %', () => {
    expect(chosen([spread('s', 50_000)])).toEqual([]);
    expect(chosen([spread('s', 50_001)])).toEqual(['s']);
    expect(chosen([spread('s', 40_001)], true)).toEqual(['s']);
    expect(evaluate([spread('s', 40_000)], true).active).toBe(false);
  });

  it('is unknown without net liquidation or with one part unknown', () => {
    const bare = bookFacts([spread('s', 90_000)], { active: false }, SETTINGS);
    expect(bare.facts.get('s')).toEqual({ condorDeltaPerCombo: 0, chosenForDelta: false });
    expect(evaluate([spread('s', 90_000)], false, 0)).toMatchObject({ active: false });
    expect(chosen([spread('s', 90_000), without(spread('t', 0), 'deltaDollars')])).toEqual([]);
  });
});

describe('a broken position', () => {
  const broken = (more: Partial<BookPosition> = {}) =>
    without(condor('x', 0, { combos: 0, broken: true, deltaDollars: fromNumber(60_000), ...more }), 'deltaPerCombo');

  it('counts by its dollars, not among the condors, and another one is closed', () => {
    const { facts, active } = evaluate([broken(), condor('a', 0.1), spread('s', 10_000)]);
    expect(facts.get('s')).toMatchObject({ condorDeltaPerCombo: 0.1, dollarDeltaShare: 0.7, chosenForDelta: true });
    expect(active).toBe(true);
    expect(chosen([broken()])).toEqual([]);
  });

  it('without Greeks leaves the sum unknown, as any other', () => {
    const blind = without(broken(), 'deltaDollars');
    expect(evaluate([blind, spread('s', 90_000)]).facts.get('s')).not.toHaveProperty('dollarDeltaShare');
  });
});

describe('the choice', () => {
  it("is the position with the largest contribution of the sum's sign", () => {
    expect(chosen([spread('a', 30_000), spread('b', 40_000), spread('c', -90_000), spread('d', 90_000)])).toEqual([
      'd',
    ]);
    expect(chosen([spread('a', 30_000), spread('b', -90_000)])).toEqual(['b']);
  });

  it('leaves out winners that are not tested', () => {
    const winner = { profitPct: 0.2 };
    expect(chosen([spread('a', 60_000, winner), spread('b', 10_000)])).toEqual(['b']);
    expect(chosen([spread('a', 60_000, winner)])).toEqual([]);
    expect(chosen([condor('a', 0.45, winner), condor('b', 0.29, winner)])).toEqual(['a']);
  });

  it('leaves out a position whose closing does not shrink the sum', () => {
    expect(chosen([condor('a', 0.2, { combos: 9 }), condor('b', 0.9, { combos: 9, profitPct: 0.1 })])).toEqual(['b']);
    expect(chosen([spread('a', 200_000), spread('b', -140_000)])).toEqual([]);
  });

  it('does not count a profit of zero as a loss, nor a delta at the limit as tested', () => {
    expect(chosen([spread('a', 60_000, { profitPct: 0 })])).toEqual([]);
    expect(
      chosen([condor('a', 0.3, { profitPct: 0, combos: 9 }), condor('b', 0.9, { combos: 2, profitPct: 0 })]),
    ).toEqual(['b']);
    expect(chosen([condor('a', 0.3, { profitPct: 0 })], true)).toEqual([]);
  });

  it("leaves out a position whose closing only reverses the sum's sign", () => {
    expect(chosen([spread('a', 120_000), spread('b', -60_000)])).toEqual([]);
    expect(chosen([spread('a', 119_000), spread('b', -59_000)])).toEqual(['a']);
  });

  it('does not depend on the order of equals', () => {
    const positions = [spread('b', 40_000), spread('a', 40_000)];
    expect(chosen(positions)).toEqual(['a']);
    expect(chosen([...positions].reverse())).toEqual(['a']);
  });

  it('is at most one open position, losing or tested, that shrinks the sum', () => {
    const position = fc.record({
      structure: fc.constantFrom('iron_condor' as const, 'vertical_spread' as const),
      combos: fc.integer({ min: 0, max: 10 }),
      closing: fc.boolean(),
      deltaPerCombo: fc.double({ min: -1, max: 1, noNaN: true }),
      dollars: fc.integer({ min: -80_000, max: 80_000 }),
      profitPct: fc.double({ min: -2, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(position, { maxLength: 8 }), fc.boolean(), (rows, active) => {
        const positions = rows.map(({ dollars, ...row }, index) => ({
          ...row,
          positionId: String(index),
          deltaDollars: fromNumber(dollars),
        }));
        const before = evaluate(positions, active);
        const ids = chosen(positions, active);
        expect(ids.length).toBeLessThanOrEqual(before.active ? 1 : 0);
        for (const id of ids) {
          const one = positions[Number(id)];
          expect(one?.closing).toBe(false);
          const after = evaluate(
            positions.map((other) => (other === one ? { ...other, closing: true } : other)),
            active,
          );
          const [was, is] = [before.facts.get(id), after.facts.get(id)];
          const shrinks = (key: 'condorDeltaPerCombo' | 'dollarDeltaShare') =>
            Math.abs(is?.[key] ?? 0) < Math.abs(was?.[key] ?? 0);
          expect(shrinks('condorDeltaPerCombo') || shrinks('dollarDeltaShare')).toBe(true);
        }
      }),
    );
  });
});

/** Leg by leg, whatever fills: no short is ever uncovered that is not so in the strategy, and it comes to whole combos. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { actionSign, type LegAction, type Right } from '../../../src/domain/option.js';
import {
  closingLegs,
  type LegStep,
  type LegsState,
  type LegTry,
  nextLegStep,
  ON_PARTIAL,
} from '../../../src/domain/order/legs.js';

interface Leg {
  readonly legNo: number;
  readonly action: LegAction;
  readonly ratio: number;
  readonly right: Right;
}

const strategies = fc
  .array(
    fc.record({
      action: fc.constantFrom<LegAction>('BUY', 'SELL'),
      ratio: fc.integer({ min: 1, max: 3 }),
      right: fc.constantFrom<Right>('PUT', 'CALL'),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .map((legs) => legs.map((leg, index): Leg => ({ ...leg, legNo: index + 1 })));

/** Short contracts of a right beyond the long ones, for holdings by leg number. */
function uncovered(legs: readonly Leg[], held: ReadonlyMap<number, number>, right: Right): number {
  const net = legs
    .filter((leg) => leg.right === right)
    .reduce((sum, leg) => sum + actionSign(leg.action) * (held.get(leg.legNo) ?? 0), 0);
  return Math.max(0, -net);
}

/** Works the strategy to its end; every order fills by as many contracts as the next draw says, one by one. */
function work(legs: readonly Leg[], quantity: number, onPartial: LegsState['onPartial'], draws: Iterator<number>) {
  const held = new Map<number, number>(legs.map((leg) => [leg.legNo, 0]));
  const tried: LegTry[] = [];
  const steps: LegStep[] = [];
  const worst = new Map<Right, number>([
    ['PUT', 0],
    ['CALL', 0],
  ]);
  for (let order = 0; order < 200; order++) {
    const step = nextLegStep({
      legs: legs.map((leg) => ({ ...leg, held: held.get(leg.legNo) ?? 0 })),
      quantity,
      tried: [...tried],
      onPartial,
    });
    steps.push(step);
    if (step.kind === 'done') return { held, steps, worst, combos: step.combos };
    // An unwinding order is repeated until it fills.
    const next = draws.next();
    const share = next.done ? 1 : next.value;
    const fills = Math.min(step.contracts, Math.floor(share * (step.contracts + 1)));
    for (let contract = 0; contract < fills; contract++) {
      held.set(step.legNo, (held.get(step.legNo) ?? 0) + (step.kind === 'open' ? 1 : -1));
      for (const right of ['PUT', 'CALL'] as const) {
        worst.set(right, Math.max(worst.get(right) ?? 0, uncovered(legs, held, right)));
      }
    }
    if (step.kind === 'open' && fills < step.contracts) tried.push({ legNo: step.legNo, how: step.how });
  }
  throw new Error(`no end: ${JSON.stringify(steps.slice(-5))}`);
}

const runs = fc.record({
  legs: strategies,
  quantity: fc.integer({ min: 1, max: 4 }),
  onPartial: fc.constantFrom(...ON_PARTIAL),
  draws: fc.infiniteStream(fc.oneof(fc.constant(1), fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true }))),
});

test('no short is uncovered beyond what the strategy itself leaves so, at any fill', () => {
  fc.assert(
    fc.property(runs, ({ legs, quantity, onPartial, draws }) => {
      const { worst } = work(legs, quantity, onPartial, draws);
      const planned = new Map(legs.map((leg) => [leg.legNo, leg.ratio * quantity]));
      for (const right of ['PUT', 'CALL'] as const) {
        expect(worst.get(right)).toBeLessThanOrEqual(uncovered(legs, planned, right));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('it ends with whole combos and nothing beyond them', () => {
  fc.assert(
    fc.property(runs, ({ legs, quantity, onPartial, draws }) => {
      const { held, combos } = work(legs, quantity, onPartial, draws);
      assert.ok(combos <= quantity);
      for (const leg of legs) assert.equal(held.get(leg.legNo), leg.ratio * combos);
    }),
    { numRuns: 2_000 },
  );
});

test('when everything fills, every leg is one order, the longs first', () => {
  fc.assert(
    fc.property(strategies, fc.integer({ min: 1, max: 4 }), (legs, quantity) => {
      const { steps, combos } = work(legs, quantity, 'unwind', [].values());
      assert.equal(combos, quantity);
      expect(steps).toHaveLength(legs.length + 1);
    }),
  );
});

test('an exit buys every short back before it sells a long, so nothing is uncovered that was not', () => {
  fc.assert(
    fc.property(strategies, fc.integer({ min: 1, max: 4 }), (legs, combos) => {
      const held = new Map(legs.map((leg) => [leg.legNo, leg.ratio * combos]));
      const before = { PUT: uncovered(legs, held, 'PUT'), CALL: uncovered(legs, held, 'CALL') };
      for (const { legNo, contracts } of closingLegs(legs, combos)) {
        for (let contract = 0; contract < contracts; contract++) {
          held.set(legNo, (held.get(legNo) ?? 0) - 1);
          for (const right of ['PUT', 'CALL'] as const) {
            assert.ok(uncovered(legs, held, right) <= before[right]);
          }
        }
      }
      assert.ok([...held.values()].every((contracts) => contracts === 0));
    }),
  );
});

describe('the policy, by example', () => {
  const spread = (longHeld: number, shortHeld: number) => [
    { legNo: 1, action: 'BUY' as const, ratio: 1, held: longHeld },
    { legNo: 2, action: 'SELL' as const, ratio: 1, held: shortHeld },
  ];

  test('unwind: the filled ratio stays, the rest is closed', () => {
    const tried: LegTry[] = [{ legNo: 2, how: 'walk' }];
    const state = { quantity: 2, tried, onPartial: 'unwind' } as const;
    expect(nextLegStep({ ...state, legs: spread(2, 1) })).toEqual({ kind: 'unwind', legNo: 1, contracts: 1 });
    expect(nextLegStep({ ...state, legs: spread(1, 1) })).toEqual({ kind: 'done', combos: 1 });
  });

  test('complete: the missing rest is worked on once more, then unwound', () => {
    const state = { quantity: 2, onPartial: 'complete' } as const;
    const once: LegTry[] = [{ legNo: 2, how: 'walk' }];
    const more = { kind: 'open', legNo: 2, contracts: 1, how: 'complete' } as const;
    expect(nextLegStep({ ...state, legs: spread(2, 1), tried: once })).toEqual(more);
    const twice: LegTry[] = [...once, { legNo: 2, how: 'complete' }];
    expect(nextLegStep({ ...state, legs: spread(2, 1), tried: twice })).toEqual({
      kind: 'unwind',
      legNo: 1,
      contracts: 1,
    });
  });

  test('nothing filled: nothing is completed', () => {
    const tried: LegTry[] = [{ legNo: 1, how: 'walk' }];
    const none = { quantity: 2, tried, onPartial: 'complete', legs: spread(0, 0) } as const;
    expect(nextLegStep(none)).toEqual({ kind: 'done', combos: 0 });
  });
});

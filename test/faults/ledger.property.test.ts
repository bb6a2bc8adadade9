/**
 * Rows of the failure catalogue that pure functions decide: the meaning of executions, allowed prices, and the limits of a
 * runaway loop.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Fill } from '../../src/domain/order/fill.js';
import { comboIncrement, incrementAt, roundToIncrement } from '../../src/domain/order/ticks.js';
import { effectiveFills, foldPosition } from '../../src/domain/position/ledger.js';
import { breakerAt } from '../../src/domain/risk/breaker.js';
import { passRiskGate, type RiskGateInput } from '../../src/domain/risk/gate.js';
import { riskSettingsSchema } from '../../src/domain/risk/settings.js';
import { TRADING_STATES, tradingStateAllows } from '../../src/domain/risk/trading-state.js';
import type { StrategyPlan } from '../../src/domain/strategy/strategy.js';
import { fillOf, summaryOf } from '../domain/position/fills.js';
import { anyPlan, NOW, PLANS, present, usd } from '../domain/strategy/fixtures.js';
import { propertyRuns } from '../support/runs.js';

/** Parts in which an order fills, each some combos on every leg, with a price of its own. */
const parts = fc.array(fc.record({ combos: fc.integer({ min: 1, max: 4 }), cents: fc.integer({ min: 1, max: 900 }) }), {
  minLength: 1,
  maxLength: 6,
});

function partialFills(plan: StrategyPlan, sizes: readonly { combos: number; cents: number }[]): readonly Fill[] {
  return sizes.flatMap(({ combos, cents }) =>
    plan.legs.map((leg, index) => fillOf(leg, 'open', combos * leg.ratio, (cents + index) * 10_000)),
  );
}

const total = (sizes: readonly { combos: number }[]) => sizes.reduce((sum, { combos }) => sum + combos, 0);

test('F9 executions that come twice, late or in any order fold to the same position', () => {
  const told = fc.tuple(anyPlan, parts).chain(([plan, sizes]) => {
    const fills = partialFills(plan, sizes);
    const twice = [...fills, ...fills];
    return fc.record({
      plan: fc.constant({ ...plan, quantity: total(sizes) }),
      fills: fc.constant(fills),
      mixed: fc.shuffledSubarray(twice, { minLength: twice.length, maxLength: twice.length }),
    });
  });
  fc.assert(
    fc.property(told, ({ plan, fills, mixed }) => {
      expect(foldPosition({ plan, fills: mixed })).toEqual(foldPosition({ plan, fills }));
    }),
    { numRuns: propertyRuns(500) },
  );
});

test('F10 a corrected execution replaces the one it corrects, whichever comes first, and a bust to nothing leaves nothing', () => {
  const plan = present(PLANS[0]);
  const leg = present(plan.legs[0]);
  const correction = fc.record({
    quantity: fc.integer({ min: 1, max: 9 }),
    corrections: fc.array(
      fc.record({ quantity: fc.integer({ min: 0, max: 9 }), cents: fc.integer({ min: 1, max: 500 }) }),
      { minLength: 1, maxLength: 11 },
    ),
  });
  fc.assert(
    fc.property(correction, fc.infiniteStream(fc.nat()), ({ quantity, corrections }, keys) => {
      const first = fillOf(leg, 'open', quantity, usd(1));
      const later = corrections.map((corrected, index) => ({
        ...first,
        execId: first.execId.replace(/01$/, String(index + 2).padStart(2, '0')),
        quantity: corrected.quantity,
        price: corrected.cents * 10_000,
      }));
      const mixed = [first, ...later]
        .map((fill) => ({ fill, key: keys.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ fill }) => fill);
      expect(effectiveFills(mixed)).toEqual([later.at(-1)]);
      const held = foldPosition({ plan, fills: mixed }).legs[0]?.openQuantity;
      expect(Math.abs(held ?? Number.NaN)).toBe(corrections.at(-1)?.quantity);
    }),
    { numRuns: propertyRuns(500) },
  );
});

test('F15 holdings follow the cumulative fills: after every part exactly the filled quantity is open', () => {
  fc.assert(
    fc.property(anyPlan, parts, (plan, sizes) => {
      for (let heard = 1; heard <= sizes.length; heard++) {
        const some = sizes.slice(0, heard);
        const folded = foldPosition({ plan: { ...plan, quantity: total(sizes) }, fills: partialFills(plan, some) });
        expect(folded).toMatchObject({ openCombos: total(some), openedCombos: total(some), unbalanced: false });
        expect(folded.legs.map((leg) => Math.abs(leg.openQuantity))).toEqual(
          plan.legs.map((leg) => total(some) * leg.ratio),
        );
      }
    }),
    { numRuns: propertyRuns(300) },
  );
});

test('F15 a leg that has not filled is reported as missing, never invented', () => {
  fc.assert(
    fc.property(
      anyPlan.filter((plan) => plan.legs.length > 1),
      fc.nat(),
      fc.integer({ min: 1, max: 5 }),
      (plan, which, combos) => {
        const without = which % plan.legs.length;
        const fills = partialFills(plan, [{ combos, cents: 100 }]).filter((_, index) => index !== without);
        expect(foldPosition({ plan, fills })).toMatchObject({ openCombos: 0, unbalanced: true, flat: false });
      },
    ),
    { numRuns: propertyRuns(200) },
  );
});

test('F16 the summary of a combination adds nothing to its legs, whenever and however often it comes', () => {
  fc.assert(
    fc.property(anyPlan, parts, fc.array(fc.nat(), { maxLength: 8 }), (plan, sizes, places) => {
      const fills = partialFills(plan, sizes);
      const mixed = [...fills];
      for (const place of places) mixed.splice(place % (mixed.length + 1), 0, summaryOf(total(sizes), usd(-3)));
      expect(foldPosition({ plan, fills: mixed })).toEqual(foldPosition({ plan, fills }));
    }),
    { numRuns: propertyRuns(500) },
  );
});

test('F22 every limit lies on the grid of the market rule at its own price, less than a step away', () => {
  const rules = [
    { bands: [{ lowEdge: 0, increment: usd(0.01) }], name: 'cents' },
    {
      bands: [
        { lowEdge: 0, increment: usd(0.01) },
        { lowEdge: usd(3), increment: usd(0.05) },
      ],
      name: 'penny pilot',
    },
    {
      bands: [
        { lowEdge: usd(3), increment: usd(0.1) },
        { lowEdge: 0, increment: usd(0.05) },
      ],
      name: 'index',
    },
  ];
  const price = fc.integer({ min: 1, max: 60_000_000 });
  const direction = fc.constantFrom('down' as const, 'up' as const, 'nearest' as const);
  fc.assert(
    fc.property(fc.constantFrom(...rules), price, direction, ({ bands }, wanted, way) => {
      const increment = incrementAt(bands, wanted);
      const band = [...bands].sort((a, b) => b.lowEdge - a.lowEdge).find(({ lowEdge }) => lowEdge <= wanted);
      expect(increment).toBe(band?.increment);
      const limit = roundToIncrement(wanted, increment, way);
      expect(limit % increment).toBe(0);
      expect(Math.abs(limit - wanted)).toBeLessThan(increment);
    }),
    { numRuns: propertyRuns(1000) },
  );
  fc.assert(
    fc.property(fc.integer({ min: -60_000_000, max: 60_000_000 }), direction, (net, way) => {
      for (const tradingClass of ['SPX', 'SPXW', 'SPY', 'XSP']) {
        const index = tradingClass.startsWith('SPX');
        const increment = comboIncrement([present(rules[index ? 2 : 1]).bands], tradingClass);
        expect(increment).toBe(index ? usd(0.05) : usd(0.01));
        expect(Math.abs(roundToIncrement(net, increment, way) % increment)).toBe(0);
      }
    }),
    { numRuns: propertyRuns(300) },
  );
});

const LIMITS = riskSettingsSchema.parse({ breaker: { failures: 3, windowSeconds: 60, cooldownSeconds: 300 } });

test('F37 a loop that opens despite refusals stops: failures trip the breaker, which stays tripped for its pause', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 20, maxLength: 200 }), (gaps) => {
      const failures: number[] = [];
      let now = NOW;
      for (const gap of gaps) {
        now += gap;
        const outcomes = failures.map((at) => ({ at, kind: 'failed' as const }));
        if (breakerAt(outcomes, now, LIMITS.breaker).kind !== 'open') failures.push(now);
      }
      // Three failures within a minute, then a pause of five minutes: never a fourth within the pause.
      failures.forEach((at, index) => {
        const [first] = failures.slice(index - 3, index - 2);
        const trip = failures[index - 1];
        if (index < 3 || first === undefined || trip === undefined || trip - first > 60_000) return;
        expect(at - trip).toBeGreaterThanOrEqual(300_000);
      });
    }),
    { numRuns: propertyRuns(300) },
  );
});

test('F37 no entry passes at the daily loss limit, over a size or a count, or unless ACTIVE', () => {
  const plan = present(PLANS[0]);
  const netLiquidation = usd(1_000_000);
  const good: RiskGateInput = {
    plan: { ...plan, quantity: 1 },
    netLiquidation,
    buyingPower: usd(1_000_000),
    whatIf: { initMarginChange: usd(1000) },
    openMaxLoss: 0,
    pendingMargin: 0,
    todaysResult: 0,
    openPositions: 0,
    tradingState: 'ACTIVE',
  };
  const over: fc.Arbitrary<Partial<RiskGateInput>> = fc.oneof(
    fc.integer({ min: 30_000, max: 900_000 }).map((loss) => ({ todaysResult: -usd(loss) })),
    fc.integer({ min: 11, max: 10_000 }).map((quantity) => ({ plan: { ...plan, quantity } })),
    fc.integer({ min: 150, max: 1000 }).map((openPositions) => ({ openPositions })),
    fc.constantFrom('REDUCING' as const, 'HALTED' as const).map((tradingState) => ({ tradingState })),
    fc
      .constantFrom('todaysResult', 'netLiquidation', 'buyingPower', 'openMaxLoss', 'pendingMargin')
      .map((key) => ({ [key]: undefined })),
  );
  expect(passRiskGate(good, LIMITS)).toMatchObject({ kind: 'approved' });
  fc.assert(
    fc.property(over, (change) => {
      expect(passRiskGate({ ...good, ...change }, LIMITS).kind).toBe('refused');
    }),
    { numRuns: propertyRuns(300) },
  );
  for (const state of TRADING_STATES) {
    expect(tradingStateAllows(state, 'OPEN', true)).toBe(state === 'ACTIVE');
    expect(tradingStateAllows(state, 'REDUCE', false)).toBe(state !== 'HALTED');
  }
});

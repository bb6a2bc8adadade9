/**
 * Before anything leaves: the limits that the code would send, for every structure, checked by an independent rule here and
 * by the gateway's own rule for a combination that can only win or only lose.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { payoffBounds } from 'ib-gateway/simulation';
import type { BrokerDeps } from '../../../src/activities/context/deps.js';
import type { Net } from '../../../src/activities/orders/net-quote.js';
import { anchoredLimit } from '../../../src/activities/orders/walk-pricing.js';
import type { OrderSpec } from '../../../src/contract/activities.js';
import { checkLimit } from '../../../src/domain/order/guards.js';
import type { OrderPurpose } from '../../../src/domain/order/order.js';
import { orderSettingsSchema } from '../../../src/domain/order/settings.js';
import { netOf, openingWalk } from '../../../src/domain/order/walk.js';
import type { StrategyPlan } from '../../../src/domain/strategy/strategy.js';
import type { PositionRow } from '../../../src/store/api.js';
import { propertyRuns } from '../../support/runs.js';
import { usd } from '../strategy/fixtures.js';
import { anyStructure, coherentSides, wildSides } from '../strategy/structures.js';

const RUNS = propertyRuns(2_000);
const CENT = usd(0.01);
const STEPS = 5;
const deps = { settings: () => ({ orders: orderSettingsSchema.parse({}) }) } as unknown as BrokerDeps;

interface Sent {
  readonly plan: StrategyPlan;
  readonly purpose: OrderPurpose;
  readonly limit: number;
  readonly mid: number;
  readonly natural: number;
}

const isSingle = (plan: StrategyPlan) => plan.legs.length === 1;
const isCredit = (plan: StrategyPlan) => plan.netMid > 0;
/** The default of the settings: half of mid, at least 0.50, and never short of the natural price. */
const collarOf = ({ mid, natural }: Pick<Sent, 'mid' | 'natural'>) =>
  Math.max(usd(0.5), Math.round(Math.abs(mid) * 0.5), Math.abs(natural - mid));

const allowed = ({ plan, purpose, limit, ...net }: Sent): boolean =>
  checkLimit({
    structure: plan.structure,
    credit: isCredit(plan),
    purpose,
    limit,
    width: plan.width,
    mid: net.mid,
    collar: collarOf(net),
  }) === undefined;

/** Every limit of every way to price the order. */
function limitsOf(plan: StrategyPlan, purpose: OrderPurpose, mid: number, natural: number): readonly number[] {
  const row = { plan, legs: plan.legs } as unknown as PositionRow;
  const limit = (pricing: 'walk' | 'market', step: number) => {
    const spec = { role: 'combo', purpose, pricing: { kind: pricing }, urgency: 'NORMAL' } as OrderSpec;
    return anchoredLimit(deps, spec, row, { net: { mid, natural } as Net, increment: CENT, step });
  };
  const market = limit('market', 1);
  if (purpose === 'OPEN') return [...openingWalk({ mid, natural, increment: CENT, steps: STEPS }), market];
  return [...Array.from({ length: STEPS }, (_, at) => limit('walk', at + 1)), market];
}

/** The combination as the gateway sees the order: bought, with the legs as they are traded. */
function boundsAtBroker(plan: StrategyPlan, undo: boolean) {
  return payoffBounds(
    plan.legs.map(({ contract, action, ratio }) => ({
      contract: {
        secType: 'OPT',
        expiry: contract.expiry,
        underlyingConId: plan.underlyingConId,
        strike: contract.strike,
        right: contract.right === 'CALL' ? 'C' : 'P',
      },
      ratio,
      sign: (action === 'BUY') === undo ? -1 : 1,
    })) as unknown as Parameters<typeof payoffBounds>[0],
  );
}

const purposes = fc.constantFrom<OrderPurpose>('OPEN', 'REDUCE');

test(`a limit that may leave has the sign of its structure, lies inside its width and within the collar, whatever the quotes (${RUNS} runs)`, () => {
  const cases = anyStructure.chain((plan) => fc.tuple(fc.constant(plan), wildSides(plan), purposes));
  let passed = 0;
  fc.assert(
    fc.property(cases, ([plan, sides, purpose]) => {
      const net = netOf(sides);
      if (net === undefined) return;
      for (const limit of limitsOf(plan, purpose, net.mid, net.natural)) {
        if (!allowed({ plan, purpose, limit, ...net })) continue;
        passed += 1;
        if (purpose === 'OPEN' && !isSingle(plan)) assert.ok(isCredit(plan) ? limit < 0 : limit > 0);
        const bounded = plan.width > 0 && !isSingle(plan) && (purpose === 'OPEN' || plan.structure !== 'custom');
        if (bounded) assert.ok(Math.abs(limit) < plan.width);
        const [price, mid] = isSingle(plan) ? [Math.abs(limit), Math.abs(net.mid)] : [limit, net.mid];
        assert.ok(Math.abs(price - mid) <= collarOf(net));
      }
    }),
    { numRuns: RUNS },
  );
  expect(passed).toBeGreaterThan(RUNS / 10);
});

test(`in a market without arbitrage every structure's exit may leave, and none is a sure loss to the broker (${RUNS} runs)`, () => {
  fc.assert(
    fc.property(anyStructure, fc.integer({ min: 600, max: 800 }), (plan, price) => {
      const net = netOf(coherentSides(plan, price, true));
      if (net === undefined) throw new Error('a leg shows no offer');
      const bounds = boundsAtBroker(plan, true);
      for (const limit of limitsOf(plan, 'REDUCE', net.mid, net.natural)) {
        if (limit === 0) continue;
        assert.ok(allowed({ plan, purpose: 'REDUCE', limit, ...net }), `a limit of ${limit} is refused`);
        if (bounds !== undefined && !isSingle(plan)) assert.ok(limit / 1e6 < bounds.highest);
      }
    }),
    { numRuns: RUNS },
  );
});

test(`in a market without arbitrage an opening that may leave can neither only win nor only lose, verticals and condors alike (${RUNS} runs)`, () => {
  let sent = 0;
  fc.assert(
    fc.property(anyStructure, fc.integer({ min: 600, max: 800 }), (plan, price) => {
      fc.pre(plan.structure === 'vertical_spread' || plan.structure === 'iron_condor');
      const net = netOf(coherentSides(plan, price, false));
      const bounds = boundsAtBroker(plan, false);
      if (net === undefined || bounds === undefined) throw new Error('a leg shows no offer, or nothing bounds it');
      for (const limit of limitsOf(plan, 'OPEN', net.mid, net.natural)) {
        if (!allowed({ plan, purpose: 'OPEN', limit, ...net })) continue;
        sent += 1;
        assert.ok(limit / 1e6 > bounds.lowest);
        assert.ok(limit / 1e6 < bounds.highest);
      }
    }),
    { numRuns: RUNS },
  );
  expect(sent).toBeGreaterThan(RUNS / 2);
});

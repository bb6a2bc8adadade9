/** Structures of every kind at arbitrary strikes, and quotes for their legs. */
import fc from 'fast-check';
import type { LegAction, Right } from '../../../src/domain/option.js';
import type { NetSide } from '../../../src/domain/order/walk.js';
import type { StrategyLeg, StrategyPlan, StrategyType } from '../../../src/domain/strategy/strategy.js';
import { candidateOf, legOf, planOf, usd } from './fixtures.js';

const strike = fc.integer({ min: 620, max: 780 });
const wing = fc.integer({ min: 1, max: 40 });
const action = fc.constantFrom<LegAction>('BUY', 'SELL');
const right = fc.constantFrom<Right>('CALL', 'PUT');

interface Shape {
  readonly type: StrategyType;
  readonly legs: readonly StrategyLeg[];
  /** Whether it is opened for a credit; custom legs may be either. */
  readonly credit: boolean;
}

/** Wings of one width and broken ones. */
const condor = fc.record({ put: strike, apart: fc.integer({ min: 1, max: 80 }), low: wing, high: wing }).map(
  ({ put, apart, low, high }): Shape => ({
    type: 'iron_condor',
    legs: [
      legOf('BUY', 'PUT', put - low),
      legOf('SELL', 'PUT', put),
      legOf('SELL', 'CALL', put + apart),
      legOf('BUY', 'CALL', put + apart + high),
    ],
    credit: true,
  }),
);

const verticals: readonly [StrategyType, Right, 'low' | 'high', boolean][] = [
  ['bull_put_spread', 'PUT', 'low', true],
  ['bear_call_spread', 'CALL', 'high', true],
  ['bull_call_spread', 'CALL', 'low', false],
  ['bear_put_spread', 'PUT', 'high', false],
];
const vertical = fc.record({ kind: fc.constantFrom(...verticals), low: strike, width: wing }).map(
  ({ kind: [type, side, bought, credit], low, width }): Shape => ({
    type,
    legs: [
      legOf('BUY', side, bought === 'low' ? low : low + width),
      legOf('SELL', side, bought === 'low' ? low + width : low),
    ],
    credit,
  }),
);

const single = fc.record({ right, strike }).map(
  (leg): Shape => ({
    type: leg.right === 'CALL' ? 'long_call' : 'long_put',
    legs: [legOf('BUY', leg.right, leg.strike)],
    credit: false,
  }),
);

/** Two to four contracts, any side of each, up to three of one. */
const custom = fc
  .record({
    legs: fc.uniqueArray(fc.record({ action, right, strike, ratio: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 2,
      maxLength: 4,
      selector: (leg) => `${leg.right} ${leg.strike}`,
    }),
    credit: fc.boolean(),
  })
  .map(
    ({ legs, credit }): Shape => ({
      type: 'custom',
      legs: legs.map((leg) => legOf(leg.action, leg.right, leg.strike, leg.ratio)),
      credit,
    }),
  );

/** A plan of any kind; its price has the sign of its kind and is otherwise arbitrary. */
export const anyStructure: fc.Arbitrary<StrategyPlan> = fc
  .tuple(fc.oneof(condor, vertical, single, custom), fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 9 }))
  .map(([{ type, legs, credit }, cents, quantity]) =>
    planOf(type, legs, usd(((credit ? 1 : -1) * cents) / 100), { quantity }),
  );

/** Quotes of a market without arbitrage around this price, as the legs are traded (`undo`: the other way round). */
export function coherentSides(plan: StrategyPlan, price: number, undo: boolean): readonly NetSide[] {
  return plan.legs.map(({ contract, action: planned, ratio }) => {
    const { quote } = candidateOf(contract.right, contract.strike, price);
    const traded = undo ? (planned === 'BUY' ? 'SELL' : 'BUY') : planned;
    const { bid, ask } = quote;
    return { action: traded, ratio, ...(bid !== undefined && { bid }), ...(ask !== undefined && { ask }) };
  });
}

/** Quotes that need not make sense: crossed, absent, absurd. */
export function wildSides(plan: StrategyPlan): fc.Arbitrary<readonly NetSide[]> {
  const cents = fc.option(
    fc.integer({ min: 0, max: 20_000 }).map((value) => value * 10_000),
    { nil: undefined },
  );
  return fc.tuple(
    ...plan.legs.map((leg) =>
      fc.record({ bid: cents, ask: cents, traded: action }).map(
        ({ bid, ask, traded }): NetSide => ({
          action: traded,
          ratio: leg.ratio,
          ...(bid !== undefined && { bid }),
          ...(ask !== undefined && { ask }),
        }),
      ),
    ),
  );
}

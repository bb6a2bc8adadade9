/** Whether a net of quotes is a possible price of the legs. */
import type { Micros } from '../money.js';
import { valueRange } from '../strategy/payoff.js';
import type { StrategyLeg, StrategyPlan } from '../strategy/strategy.js';
import { type OrderLeg, optionLegs } from './order.js';
import { roundToIncrement } from './ticks.js';

/** Market time that a market needs to requote every leg after a jump. */
export const REQUOTED_MS = 5_000;

/** How far quotes may lie outside the payoff without being wrong: rounding, and interest on deep in-the-money legs. */
const SLACK = { micros: 50_000, share: 0.02 };

/** Lowest and highest value at expiration of legs that have one; undefined for a single leg and for several expirations. */
export function payoffRange(
  legs: readonly Pick<StrategyLeg, 'action' | 'ratio' | 'contract'>[],
): ReturnType<typeof valueRange> | undefined {
  const together = legs.length > 1 && new Set(legs.map(({ contract }) => contract.expiry)).size === 1;
  return together ? valueRange(legs) : undefined;
}

/**
 * False when the quotes together would let one buy the legs for less, or sell them for more, than they can ever be worth. Then
 * some quotes are from before a move and some from after it, and their net is no real price. `net` is what the order pays per
 * share. Legs of several expiries, a single leg, shares, and sides without a bound can have any price.
 */
export function canBeNet(
  legs: readonly OrderLeg[],
  { mid, natural }: { readonly mid: Micros; readonly natural: Micros },
): boolean {
  const range = payoffRange(optionLegs(legs));
  if (range === undefined) return true;
  const { lowest, highest } = range;
  const slack = Math.max(SLACK.micros, Math.abs(mid) * SLACK.share);
  // The market's other side lies as far from mid as its natural one.
  const given = 2 * mid - natural;
  // An amount that is certain at expiration is worth less until then, by the interest: a box, for example.
  const dear = highest !== undefined && given > Math.max(0, highest) + slack;
  const cheap = lowest !== undefined && natural < Math.min(0, lowest) - slack;
  return !dear && !cheap;
}

/** The same check for a plan, whose net is the credit of its opening. */
export function canBePlanned({
  legs,
  netMid,
  netNatural,
}: Pick<StrategyPlan, 'legs' | 'netMid' | 'netNatural'>): boolean {
  return canBeNet(legs, { mid: -netMid, natural: -netNatural });
}

/**
 * The price per share, in the broker's sense, at which the broker is asked about the margin of an opening: the natural one, or mid when
 * the legs can never be worth the natural one. Shortly before an expiration a far leg may have no bid: its walk can still open near mid,
 * while IB refuses a preview at the natural price as guaranteed to lose.
 *
 * It is a multiple of `increment` and at least one of them inside what the legs can be worth: IB refuses a preview off the grid (error
 * 110) as it does an order.
 */
export function previewLimit(
  { legs, netMid, netNatural }: Pick<StrategyPlan, 'legs' | 'netMid' | 'netNatural'>,
  increment: Micros,
): Micros {
  const rounded = (price: Micros) => roundToIncrement(price, increment, 'nearest');
  if (legs.length === 1) return Math.max(increment, rounded(Math.abs(netNatural)));
  const { lowest = Number.NEGATIVE_INFINITY, highest = Number.POSITIVE_INFINITY } = payoffRange(legs) ?? {};
  const isPossible = -netNatural > lowest && -netNatural < highest;
  const least = roundToIncrement(lowest, increment, 'up') + increment;
  const most = roundToIncrement(highest, increment, 'down') - increment;
  return Math.min(most, Math.max(least, rounded(isPossible ? -netNatural : -netMid)));
}

/** Whether the net of some quotes can be the price of the legs at all. */
import type { Micros } from '../money.js';
import { valueRange } from '../strategy/payoff.js';
import type { StrategyLeg, StrategyPlan } from '../strategy/strategy.js';
import { type OrderLeg, optionLegs } from './order.js';

/** Market time in which a market that has jumped has quoted every leg again. */
export const REQUOTED_MS = 5_000;

/** What quotes may lie outside of the payoff without being wrong: rounding, and interest on what is deep in the money. */
const SLACK = { micros: 50_000, share: 0.02 };

/** Lowest and highest value at expiration of legs that have one; undefined of a single leg and of several expirations. */
export function payoffRange(
  legs: readonly Pick<StrategyLeg, 'action' | 'ratio' | 'contract'>[],
): ReturnType<typeof valueRange> | undefined {
  const together = legs.length > 1 && new Set(legs.map(({ contract }) => contract.expiry)).size === 1;
  return together ? valueRange(legs) : undefined;
}

/**
 * False when the legs' quotes, taken together, would let one buy them for less or sell them for more than they can ever be worth:
 * some are of before a move and some of after it, and their net is nobody's price. `net` is what the order pays per share. Legs of
 * several expiries, a single leg, shares, and sides without a bound can have any price.
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
  // What is sure to be paid at expiration is worth less until then, by the interest: a box, for one.
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

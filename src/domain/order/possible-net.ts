/** Whether the net of some quotes can be the price of the legs at all. */
import type { Micros } from '../money.js';
import { valueRange } from '../strategy/payoff.js';
import type { OrderLeg } from './order.js';

/** What quotes may lie outside of the payoff without being wrong: rounding, and interest on what is deep in the money. */
const SLACK = { micros: 50_000, share: 0.02 };

/**
 * False when the legs' quotes, taken together, would let one buy them for less or sell them for more than they can ever be worth:
 * some are of before a move and some of after it, and their net is nobody's price. `net` is what the order pays per share. Legs of
 * several expiries, a single leg, and sides without a bound can have any price.
 */
export function canBeNet(
  legs: readonly Pick<OrderLeg, 'action' | 'ratio' | 'contract'>[],
  { mid, natural }: { readonly mid: Micros; readonly natural: Micros },
): boolean {
  if (legs.length < 2 || new Set(legs.map(({ contract }) => contract.expiry)).size !== 1) return true;
  const { lowest, highest } = valueRange(legs);
  const slack = Math.max(SLACK.micros, Math.abs(mid) * SLACK.share);
  // The market's other side lies as far from mid as its natural one.
  const given = 2 * mid - natural;
  return (lowest === undefined || natural >= lowest - slack) && (highest === undefined || given <= highest + slack);
}

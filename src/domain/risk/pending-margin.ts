/** The initial margin of entries that the account's buying power does not show yet: two entries must not pass on the same money. */
import type { Micros } from '../money.js';
import type { StrategyPlan } from '../strategy/strategy.js';
import { type Counted, countedCombos, isOpening } from './exposure.js';

/** The broker's estimate for all combos, else their maximum loss; undefined when neither is known. */
export function marginOf({
  initMargin,
  maxLoss,
  quantity,
}: Pick<StrategyPlan, 'initMargin' | 'maxLoss' | 'quantity'>): Micros | undefined {
  return initMargin ?? (maxLoss === undefined ? undefined : maxLoss * quantity);
}

/**
 * The sum over positions that are being opened, or were until the buying power was read: market time `readAt`, epoch ms. Each counts with
 * the combos that are or may be opened. Undefined when one of them is unknown.
 */
export function pendingMargin(
  rows: readonly (Counted & { readonly plan: Pick<StrategyPlan, 'initMargin' | 'maxLoss' | 'quantity'> })[],
  readAt: number,
): Micros | undefined {
  let sum = 0;
  for (const row of rows) {
    const { plan, openingEndedAt } = row;
    if (!isOpening(row) && (openingEndedAt === undefined || openingEndedAt < readAt)) continue;
    const margin = marginOf(plan);
    if (margin === undefined) return undefined;
    sum += Math.ceil((margin * countedCombos(row)) / plan.quantity);
  }
  return sum;
}

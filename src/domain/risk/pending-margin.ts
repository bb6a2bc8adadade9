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

/** A position whose margin may be missing in the buying power. */
export type PendingRow = Counted & {
  readonly plan: Pick<StrategyPlan, 'initMargin' | 'maxLoss' | 'quantity'>;
  /** Combos that had been opened when the buying power was read, which therefore shows them. */
  readonly shownCombos?: number;
};

/** It is being opened, or was when the buying power was read: market time `readAt`, epoch ms. */
export function isPending(row: Counted, readAt: number): boolean {
  return isOpening(row) || (row.openingEndedAt !== undefined && row.openingEndedAt >= readAt);
}

/**
 * The sum over such positions. Each counts with the combos that are or may be opened, less those that the buying power shows. Undefined
 * when one of them is unknown.
 */
export function pendingMargin(rows: readonly PendingRow[], readAt: number): Micros | undefined {
  let sum = 0;
  for (const row of rows) {
    if (!isPending(row, readAt)) continue;
    const { plan, shownCombos = 0 } = row;
    const margin = marginOf(plan);
    if (margin === undefined) return undefined;
    sum += Math.ceil((margin * Math.max(0, countedCombos(row) - shownCombos)) / plan.quantity);
  }
  return sum;
}

/** What a position won or lost on one day: what it stands at now less what it stood at when the day began. */
import type { Micros } from '../money.js';
import type { Fill } from '../order/fill.js';
import { foldPosition } from '../position/ledger.js';
import type { StrategyPlan } from '../strategy/strategy.js';

export interface DayPosition {
  readonly plan: StrategyPlan;
  readonly fills: readonly Fill[];
  /** Unrealised P&L by the newest mark, and by the last one of the days before; absent when nothing was marked. */
  readonly marked?: Micros;
  readonly markedBefore?: Micros;
}

/**
 * Money, commissions of what was closed included. A position that was held over night without a mark of the days before counts by its
 * whole result when that is a loss, and as nothing when it is a gain: it is not known which day brought it.
 */
export function resultOfDay({ plan, fills, marked, markedBefore }: DayPosition, dayStart: number): Micros {
  const now = foldPosition({ plan, fills });
  const before = foldPosition({ plan, fills: fills.filter(({ at }) => at < dayStart) });
  const isHeld = !now.flat && now.openedCombos > 0;
  const wasHeld = !before.flat && before.openedCombos > 0;
  const result = (now.realizedPnl ?? 0) + (isHeld ? (marked ?? 0) : 0) - (before.realizedPnl ?? 0);
  if (!wasHeld) return result;
  return markedBefore === undefined ? Math.min(0, result) : result - markedBefore;
}

/** What a position won or lost on one day: its result now less its result when the day began. */
import type { Micros } from '../money.js';
import type { Fill } from '../order/fill.js';
import { foldPosition } from '../position/ledger.js';
import { holdsAnything } from '../position/status.js';
import type { StrategyPlan } from '../strategy/strategy.js';

export interface DayPosition {
  readonly plan: StrategyPlan;
  readonly fills: readonly Fill[];
  /** Unrealised P&L by the newest mark, and by the last mark before the day; absent when nothing was marked. */
  readonly marked?: Micros;
  readonly markedBefore?: Micros;
}

/**
 * Money, with the commissions of closed contracts. A position held overnight without an earlier mark counts by its whole result when
 * that is a loss, and as nothing when it is a gain: nobody knows which day brought it.
 */
export function resultOfDay({ plan, fills, marked, markedBefore }: DayPosition, dayStart: number): Micros {
  const now = foldPosition({ plan, fills });
  const before = foldPosition({ plan, fills: fills.filter(({ at }) => at < dayStart) });
  const isHeld = holdsAnything(now);
  const wasHeld = holdsAnything(before);
  const result = (now.realizedPnl ?? 0) + (isHeld ? (marked ?? 0) : 0) - (before.realizedPnl ?? 0);
  if (!wasHeld) return result;
  return markedBefore === undefined ? Math.min(0, result) : result - markedBefore;
}

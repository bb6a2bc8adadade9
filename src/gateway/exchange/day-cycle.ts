/**
 * The gateway's day: at midnight in New York executions and completed orders are forgotten and the day's profit begins anew;
 * at 02:00 come the assignments for dividends.
 */
import { easternDay, easternMidnight } from '../../domain/time/eastern.js';
import type { DeskParts } from './desk-parts.js';
import { nextMorning, type Settlement } from './settlement.js';

export function startDayCycle(parts: DeskParts, settlement: Settlement): void {
  const { clock, config } = parts;
  const midnight = (): void => {
    const at = easternMidnight(easternDay(clock.now()) + 1);
    clock.schedule(at, 'day', () => {
      forgetDay(parts, at);
      midnight();
    });
  };
  const morning = (): void => {
    clock.schedule(nextMorning(clock.now()), 'morning', () => {
      settlement.exerciseForDividends();
      morning();
    });
  };
  parts.view.beginDay();
  midnight();
  if (config.dividendExercise) morning();
}

/** Forgets executions and completed orders from before a time, and counts profit from now. */
export function forgetDay({ log, book, view }: DeskParts, before: number): void {
  log.forgetBefore(before);
  book.forgetBefore(before);
  view.beginDay();
}

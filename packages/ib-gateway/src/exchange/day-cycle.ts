/**
 * The gateway's day. At midnight in New York it drops executions and completed orders and resets the day's profit. At 02:00
 * it exercises long options as instructed, and assigns short ones for dividends. At the open it pays dividends.
 */
import { easternDay, easternMidnight, easternTime, OPEN_MINUTE } from 'market-time';
import type { DeskParts } from './desk-parts.js';
import { nextMorning, type Settlement } from './settlement.js';

/** Begins the cycle. An earlier run has lived the day up to `since`; undefined: there was none. */
export function startDayCycle(parts: DeskParts, settlement: Settlement, since: number | undefined): void {
  const { clock, config } = parts;
  const midnight = (): void => {
    const at = easternMidnight(easternDay(clock.now()) + 1);
    clock.schedule(at, 'day', () => {
      forgetDay(parts, at);
      midnight();
    });
  };
  const morning = (after: number): void => {
    clock.schedule(nextMorning(after), 'morning', () => {
      settlement.exerciseForHolder();
      if (config.dividendExercise) settlement.exerciseForDividends();
      morning(clock.now());
    });
  };
  const opening = (after: number): void => {
    const today = easternTime(easternDay(after), OPEN_MINUTE);
    clock.schedule(today > after ? today : easternTime(easternDay(after) + 1, OPEN_MINUTE), 'dividends', () => {
      settlement.payDividends();
      opening(clock.now());
    });
  };
  if (since === undefined) parts.view.beginDay();
  midnight();
  morning(since ?? clock.now());
  opening(since ?? clock.now());
}

/** Drops executions and completed orders from before a time, and counts profit from now. */
export function forgetDay({ log, book, view }: DeskParts, before: number): void {
  log.forgetBefore(before);
  book.forgetBefore(before);
  view.beginDay();
}

/** When the summary of a session day is made. */
import { easternDay, isTradingDay, MINUTE_MS, regularSession, tradingDayUpTo } from 'market-time';
import { invariant } from '../errors.js';

/** A class of options that trades as long as any does. */
const LATEST_CLASS = 'SPX';

/** Market time at which the summary of a session day is made: the last fills and snapshots are written by then. Epoch ms. */
export function summaryDueAt(day: number): number {
  const session = regularSession(LATEST_CLASS, '', day);
  invariant(session !== undefined, `Day ${day} has no session.`);
  return session.close + MINUTE_MS;
}

/** The last day whose summary is due at a market time. */
export function lastDueDay(now: number): number {
  const today = easternDay(now);
  return isTradingDay(today) && now >= summaryDueAt(today) ? today : tradingDayUpTo(today - 1);
}

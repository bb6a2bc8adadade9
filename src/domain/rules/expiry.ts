/** The days and windows that time-bound rules use. */
import { daysToExpiry, easternDay, type SessionFacts } from 'market-time';
import type { LegState, RuleInput } from './input.js';

/** Calendar days to the earliest expiry of the legs; undefined without legs or with an unreadable expiry. */
export function dteOf(input: Pick<RuleInput, 'now' | 'legs'>): number | undefined {
  if (input.legs.length === 0) return undefined;
  const dte = Math.min(...input.legs.map((leg) => daysToExpiry(input.now, leg.contract.expiry)));
  return Number.isNaN(dte) ? undefined : dte;
}

/** The earliest last trading moment of the legs, epoch ms, and its civil day in New York. */
export function lastTrade(legs: readonly LegState[]): { readonly at: number; readonly day: number } | undefined {
  if (legs.length === 0) return undefined;
  const at = Math.min(...legs.map((leg) => leg.contract.lastTradeAt));
  return Number.isFinite(at) ? { at, day: easternDay(at) } : undefined;
}

/** Whether the session is open and the New York time of day lies in [from, to), both `HH:MM`. */
export function inWindow(session: SessionFacts, window: { readonly from: string; readonly to: string }): boolean {
  return session.isOpen && session.minuteOfDay >= minutes(window.from) && session.minuteOfDay < minutes(window.to);
}

function minutes(timeOfDay: string): number {
  return Number(timeOfDay.slice(0, 2)) * 60 + Number(timeOfDay.slice(3, 5));
}

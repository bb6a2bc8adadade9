/**
 * Exits before the contract stops trading: on the eve of its last trading day within a calm window of the day, on the
 * last day itself from a few minutes after the open. It counts to the contract's own last trading moment, not to its
 * expiry date: an option settled in the morning last trades the day before.
 */
import { dayText, easternDay, MINUTE_MS, tradingDayUpTo } from 'market-time';
import { dteOf, inWindow, lastTrade } from './expiry.js';
import { fired, missing, QUIET, type Rule } from './rule.js';
import { dayCount } from './text.js';

export const timeExit: Rule = {
  name: 'time_exit',
  priority: 8,
  kind: 'underlying',
  decisions: ['time_exit'],
  byClock: ['time_exit'],
  enabled: (settings) => settings.timeExit.enabled,
  evaluate: (input, _valuation, { timeExit: limits }) => {
    const last = lastTrade(input.legs);
    const dte = dteOf(input);
    if (last === undefined || dte === undefined) return missing('expiry');
    if (!input.session.isOpen || input.now >= last.at) return QUIET;
    const today = easternDay(input.now);
    const isLastDay = today === last.day;
    const isEve = today === tradingDayUpTo(last.day - 1);
    const due = isLastDay
      ? input.session.sinceOpenMs >= limits.lastDayAfterOpenMinutes * MINUTE_MS
      : isEve && inWindow(input.session, limits);
    if (!due) return QUIET;
    return fired(input, {
      action: 'CLOSE',
      urgency: 'IMMEDIATE',
      rule: 'time_exit',
      reason: `Trading in the position ends ${isLastDay ? 'today' : 'on the next trading day'}, ${dayText(last.day)}.`,
      metadata: { dte, threshold: 1, last_trade_at: last.at, last_day: isLastDay },
    });
  },
  distance: (input, _valuation, { timeExit: limits }) => {
    const last = lastTrade(input.legs);
    if (last === undefined) return 'last trading day unknown';
    if (input.now >= last.at) return 'trading in the position has ended';
    const eve = dayText(tradingDayUpTo(last.day - 1));
    return (
      `closes on ${eve} from ${limits.from} to ${limits.to} or on ${dayText(last.day)}; ` +
      `${dayCount(dteOf(input))} to expiry`
    );
  },
};

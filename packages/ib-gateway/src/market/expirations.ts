/**
 * The expiries that a class lists on a day, and the instants of an expiry.
 *
 * Cboe's specifications: a weekly whose Wednesday or Friday is a holiday expires on the business day before, one
 * whose Monday is a holiday on the business day after; the standard monthly is the third Friday, or the day before. The
 * expiry of a contract is its last trade date, as the broker lists it: for AM-settled classes the trading day before the
 * settlement day.
 */
import {
  civil,
  closeMinute,
  dayOf,
  easternTime,
  isTradingDay,
  nthWeekday,
  OPEN_MINUTE,
  tradingDayFrom,
  tradingDayUpTo,
  weekdayOf,
} from 'market-time';
import type { OptionClass } from './option-classes.js';
import { LATE_MINUTES } from './timeline.js';

const FRIDAY = 5;
const MONDAY = 1;
const DAILY_AHEAD = 14;
const FRIDAYS_AHEAD = 70;
const MONTHLIES_AHEAD = 13;
/** Months beyond the near ones that have an expiry, and how many months ahead. */
const QUARTERLY_MONTHS = [1, 3, 6, 9, 12];
const QUARTERLIES_AHEAD = 26;
const LONG_MONTHS = [1, 6, 12];
const LONG_AHEAD = 38;

/** The day a weekly expiry that falls on `day` really expires. */
export function movedExpiry(day: number): number {
  if (isTradingDay(day)) return day;
  return weekdayOf(day) === MONDAY ? tradingDayFrom(day) : tradingDayUpTo(day);
}

/** The standard monthly expiry: the third Friday, or the trading day before it. */
export function monthlyExpiry(year: number, month: number): number {
  return tradingDayUpTo(nthWeekday(year, month, FRIDAY, 3));
}

function monthlies(today: number): number[] {
  const { year, month } = civil(today);
  const days: number[] = [];
  for (let ahead = 0; ahead <= LONG_AHEAD; ahead += 1) {
    const count = month - 1 + ahead;
    const inMonth = (count % 12) + 1;
    const listed =
      ahead < MONTHLIES_AHEAD ||
      (ahead <= QUARTERLIES_AHEAD && QUARTERLY_MONTHS.includes(inMonth)) ||
      LONG_MONTHS.includes(inMonth);
    if (listed) days.push(monthlyExpiry(year + Math.floor(count / 12), inMonth));
  }
  return days;
}

function monthEnds(today: number, months: number): number[] {
  const { year, month } = civil(today);
  const days: number[] = [];
  for (let ahead = 1; ahead <= months; ahead += 1) {
    const count = month - 1 + ahead;
    days.push(tradingDayUpTo(dayOf(year + Math.floor(count / 12), (count % 12) + 1, 1) - 1));
  }
  return days;
}

function settlementDays(listed: OptionClass, today: number): number[] {
  const days = new Set(monthlies(today));
  if (listed.listing !== 'monthly') {
    for (let day = today; day <= today + FRIDAYS_AHEAD; day += 1) {
      if (weekdayOf(day) === FRIDAY) days.add(movedExpiry(day));
      else if (listed.listing === 'daily' && day <= today + DAILY_AHEAD && isTradingDay(day)) days.add(day);
    }
  }
  if (listed.listing === 'daily') for (const day of monthEnds(today, 12)) days.add(day);
  return [...days];
}

/** Last trade day of the contracts that settle on a day. */
function lastTradeDay(listed: OptionClass, settlementDay: number): number {
  return listed.settlement === 'AM' ? tradingDayUpTo(settlementDay - 1) : settlementDay;
}

/** The day the contracts of an expiry settle. */
export function settlementDay(listed: OptionClass, expiry: number): number {
  return listed.settlement === 'AM' ? tradingDayFrom(expiry + 1) : expiry;
}

const lists = new Map<string, readonly number[]>();

/** Expiries (last trade days) that a class lists on a civil day, ascending. */
export function expirationsOn(listed: OptionClass, today: number): readonly number[] {
  const key = `${listed.tradingClass} ${today}`;
  let list = lists.get(key);
  if (!list) {
    list = settlementDays(listed, today)
      .map((day) => lastTradeDay(listed, day))
      .filter((day) => day >= today)
      .sort((left, right) => left - right);
    lists.set(key, list);
  }
  return list;
}

/** Whether a day can be an expiry of the class, on whatever day it was listed. */
export function isExpiry(listed: OptionClass, expiry: number): boolean {
  if (!isTradingDay(expiry)) return false;
  const settles = settlementDay(listed, expiry);
  const { year, month } = civil(settles);
  if (settles === monthlyExpiry(year, month)) return true;
  if (listed.listing === 'monthly') return false;
  if (listed.listing === 'daily') return true;
  return weekdayOf(expiry) === FRIDAY || (weekdayOf(expiry) === 4 && !isTradingDay(expiry + 1));
}

/** Minutes after midnight at which a class stops trading on a day. */
export function classCloseMinute(listed: OptionClass, day: number, expiry: number | undefined): number {
  const late = listed.late && !(listed.expiresAtClose && listed.settlement === 'PM' && day === expiry);
  return closeMinute(day) + (late ? LATE_MINUTES : 0);
}

/** The instant whose underlying price decides the payoff: the stock close of the expiry, or the open of an AM settlement. */
export function settlementTime(listed: OptionClass, expiry: number): number {
  const day = settlementDay(listed, expiry);
  return easternTime(day, listed.settlement === 'AM' ? OPEN_MINUTE : closeMinute(day));
}

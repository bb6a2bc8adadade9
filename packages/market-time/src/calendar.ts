/**
 * Trading days of the US exchanges: holidays and early closes, computed for any year.
 *
 * Rules of the NYSE's published calendar: a holiday on a Saturday is kept on the Friday before and one on a Sunday on the
 * Monday after, except that New Year's Day on a Saturday is not kept at all. Juneteenth is kept since 2022. Early
 * closes (13:00, 13:15 for options that trade to 16:15): the day after Thanksgiving, Christmas Eve and 3 July where they are
 * ordinary trading weekdays (3 July only when the 4th is a weekday too).
 */
import { civil, dayOf, weekdayOf } from './eastern.js';

export const OPEN_MINUTE = 570;
export const CLOSE_MINUTE = 960;
export const EARLY_CLOSE_MINUTE = 780;

const FRIDAY = 5;
const MONDAY = 1;
const THURSDAY = 4;

/** The n-th weekday of a month, as a civil day. */
export function nthWeekday(year: number, month: number, weekday: number, nth: number): number {
  const first = dayOf(year, month, 1);
  return first + ((weekday - weekdayOf(first) + 7) % 7) + 7 * (nth - 1);
}

function lastWeekday(year: number, month: number, weekday: number): number {
  const last = (month === 12 ? dayOf(year + 1, 1, 1) : dayOf(year, month + 1, 1)) - 1;
  return last - ((weekdayOf(last) - weekday + 7) % 7);
}

/** Easter Sunday by the anonymous Gregorian computus (Meeus). */
function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const inCentury = year % 100;
  const correction = Math.floor((8 * century + 13) / 25);
  const epact = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30;
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(inCentury / 4) - epact - (inCentury % 4)) % 7;
  const shift = Math.floor((golden + 11 * epact + 22 * weekday) / 451);
  const month = Math.floor((epact + weekday - 7 * shift + 114) / 31);
  const date = ((epact + weekday - 7 * shift + 114) % 31) + 1;
  return dayOf(year, month, date);
}

function observed(day: number): number {
  const weekday = weekdayOf(day);
  if (weekday === 6) return day - 1;
  return weekday === 0 ? day + 1 : day;
}

function holidaysOf(year: number): ReadonlySet<number> {
  const newYear = dayOf(year, 1, 1);
  const days = [
    nthWeekday(year, 1, MONDAY, 3),
    nthWeekday(year, 2, MONDAY, 3),
    easterSunday(year) - 2,
    lastWeekday(year, 5, MONDAY),
    observed(dayOf(year, 7, 4)),
    nthWeekday(year, 9, MONDAY, 1),
    nthWeekday(year, 11, THURSDAY, 4),
    observed(dayOf(year, 12, 25)),
  ];
  if (weekdayOf(newYear) !== 6) days.push(observed(newYear));
  if (year >= 2022) days.push(observed(dayOf(year, 6, 19)));
  return new Set(days);
}

const holidays = new Map<number, ReadonlySet<number>>();

function isHoliday(day: number): boolean {
  const { year } = civil(day);
  let days = holidays.get(year);
  if (!days) {
    days = holidaysOf(year);
    holidays.set(year, days);
  }
  return days.has(day);
}

const tradingDays = new Map<number, boolean>();

/** Whether the exchanges open on a civil day. */
export function isTradingDay(day: number): boolean {
  let open = tradingDays.get(day);
  if (open === undefined) {
    const weekday = weekdayOf(day);
    open = weekday !== 0 && weekday !== 6 && !isHoliday(day);
    tradingDays.set(day, open);
  }
  return open;
}

/** Whether a trading day closes at 13:00. */
export function isEarlyClose(day: number): boolean {
  const { year, month, date, weekday } = civil(day);
  if (!isTradingDay(day)) return false;
  if (month === 7 && date === 3) return weekday !== FRIDAY;
  if (month === 12 && date === 24) return true;
  return month === 11 && day === nthWeekday(year, 11, THURSDAY, 4) + 1;
}

const closeMinutes = new Map<number, number>();

/** Close of the stock market in minutes after midnight, New York. */
export function closeMinute(day: number): number {
  let minute = closeMinutes.get(day);
  if (minute === undefined) {
    minute = isEarlyClose(day) ? EARLY_CLOSE_MINUTE : CLOSE_MINUTE;
    closeMinutes.set(day, minute);
  }
  return minute;
}

/** The first trading day at or after a day. */
export function tradingDayFrom(day: number): number {
  let result = day;
  while (!isTradingDay(result)) result += 1;
  return result;
}

/** The last trading day at or before a day. */
export function tradingDayUpTo(day: number): number {
  let result = day;
  while (!isTradingDay(result)) result -= 1;
  return result;
}

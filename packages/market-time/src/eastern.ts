/**
 * New York time without a zone lookup per call.
 *
 * A civil day is an integer: days since 1970-01-01 of the calendar date in New York. The zone offset changes only at 02:00
 * on Sundays, so one offset a day, cached, is exact for every session. Luxon knows the zone rules.
 */

import { DateTime } from 'luxon';

export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;
export const EASTERN_ZONE = 'America/New_York';
/** The zone's name as the broker writes it. */
export const EASTERN_NAME = 'US/Eastern';

const midnights = new Map<number, number>();
const noonOffsets = new Map<number, number>();

function zoned(day: number, hour: number): DateTime {
  const utc = DateTime.fromMillis(day * DAY_MS, { zone: 'utc' });
  return DateTime.fromObject({ year: utc.year, month: utc.month, day: utc.day, hour }, { zone: EASTERN_ZONE });
}

/** Epoch ms of 00:00 in New York on a civil day. */
export function easternMidnight(day: number): number {
  let value = midnights.get(day);
  if (value === undefined) {
    value = zoned(day, 0).toMillis();
    midnights.set(day, value);
  }
  return value;
}

/** Epoch ms of a time of day in New York, in minutes after midnight by the local clock (after 03:00). */
export function easternTime(day: number, minutes: number): number {
  let base = noonOffsets.get(day);
  if (base === undefined) {
    base = zoned(day, 12).toMillis() - 720 * MINUTE_MS;
    noonOffsets.set(day, base);
  }
  return base + minutes * MINUTE_MS;
}

/** Time of day in New York of an epoch time, for people: `15:04:05 New York`. */
export function easternClock(at: number): string {
  return `${DateTime.fromMillis(at, { zone: EASTERN_ZONE }).toFormat('HH:mm:ss')} New York`;
}

/** The civil day in New York of an epoch time. */
export function easternDay(at: number): number {
  const candidate = Math.floor((at - 5 * 3_600_000) / DAY_MS);
  return at >= easternMidnight(candidate + 1) ? candidate + 1 : candidate;
}

/** Civil day of a date; months from 1. */
export function dayOf(year: number, month: number, date: number): number {
  return Math.round(Date.UTC(year, month - 1, date) / DAY_MS);
}

/** Year, month (from 1), date and weekday (0 = Sunday) of a civil day. */
export function civil(day: number): { year: number; month: number; date: number; weekday: number } {
  const utc = new Date(day * DAY_MS);
  return {
    year: utc.getUTCFullYear(),
    month: utc.getUTCMonth() + 1,
    date: utc.getUTCDate(),
    weekday: (((day + 4) % 7) + 7) % 7,
  };
}

/** 0 = Sunday .. 6 = Saturday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** YYYYMMDD of a civil day. */
export function dayText(day: number): string {
  const { year, month, date } = civil(day);
  return `${year}${String(month).padStart(2, '0')}${String(date).padStart(2, '0')}`;
}

/** Civil day of YYYYMMDD, or undefined when the text is no date. */
export function parseDay(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (!match) return undefined;
  const day = dayOf(Number(match[1]), Number(match[2]), Number(match[3]));
  return dayText(day) === text ? day : undefined;
}

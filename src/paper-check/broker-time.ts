/** Sessions and days as the broker reports them. Market times are epoch ms. */
import { DateTime } from 'luxon';
import { parseBrokerTime } from '../broker/times.js';

const HOUR_MS = 3_600_000;

/**
 * Whether a time came back as the same moment. IB writes winter abbreviations in summer too (EST, CET), and abbreviations that
 * name no zone (CST): the former may be an hour off, the latter are compared by minutes and seconds.
 */
export function isSameMoment(sent: string, back: string): boolean {
  const [here, there] = [parseBrokerTime(sent), parseBrokerTime(back)];
  const hasLetters = /\d [A-Z]{3,4}$/.test(back.trim());
  if (here !== undefined && there !== undefined)
    return here === there || (hasLetters && Math.abs(here - there) === HOUR_MS);
  const minutes = (text: string) => /:\d{2}:\d{2}/.exec(text)?.[0];
  return hasLetters && minutes(sent) !== undefined && minutes(sent) === minutes(back);
}

export interface HoursSession {
  readonly open: number;
  readonly close: number;
}

/** `20261123:0930-20261123:1615;20261126:CLOSED` in a zone, as sessions. Undefined for an unknown zone. */
export function sessionsOf(hours: string, zone: string): readonly HoursSession[] | undefined {
  if (!DateTime.utc().setZone(zone).isValid) return undefined;
  const sessions: HoursSession[] = [];
  for (const part of hours.split(';')) {
    const [, from, to] = /^(\d{8}:\d{4})-(\d{8}:\d{4})$/.exec(part.trim()) ?? [];
    if (from === undefined || to === undefined) continue;
    const [open, close] = [from, to].map((text) => DateTime.fromFormat(text, 'yyyyMMdd:HHmm', { zone }));
    if (open?.isValid && close?.isValid) sessions.push({ open: open.toMillis(), close: close.toMillis() });
  }
  return sessions;
}

/** A moment in New York as minutes after midnight and the day as YYYYMMDD. */
export function newYork(at: number): { readonly minute: number; readonly day: string } {
  const time = DateTime.fromMillis(at, { zone: 'America/New_York' });
  return { minute: time.hour * 60 + time.minute, day: time.toFormat('yyyyMMdd') };
}

/** `09:30`. */
export function clockText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** Calendar days from a moment to an expiry, YYYYMMDD. */
export function daysUntil(at: number, expiry: string): number {
  const day = DateTime.fromFormat(expiry.slice(0, 8), 'yyyyMMdd', { zone: 'utc' });
  const today = DateTime.fromFormat(newYork(at).day, 'yyyyMMdd', { zone: 'utc' });
  return Math.round(day.diff(today, 'days').days);
}

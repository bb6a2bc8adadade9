/** Converts times between the broker's texts and epoch milliseconds. */
import { DateTime } from 'luxon';
import { EASTERN_NAME, parseDay, zonedTime, zoneOf } from 'market-time';

const TIME = /^(\d{8})(?:([ -]+)(\d{1,2}):(\d{2})(?::(\d{2}))?)?(?:[ -]+(\S.*))?$/;
const SECOND_MS = 1_000;

/** `20261218 16:00:00 US/Eastern`. The broker takes whole seconds: a fraction is cut, so an order never lasts longer than meant. */
export function brokerTime(at: number): string {
  return `${DateTime.fromMillis(at, { zone: EASTERN_NAME }).toFormat('yyyyMMdd HH:mm:ss')} ${EASTERN_NAME}`;
}

/**
 * Epoch ms of the broker's text: `20261218 16:00:00 US/Eastern`, `20261218-21:00:00` (UTC), `20261218 16:00:00` (in `zone`), or
 * seconds since the epoch. Undefined when it is no time, names an unknown zone, or names none and `zone` is not given.
 */
export function parseBrokerTime(text: string, zone?: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d{9,11}$/.test(trimmed)) return Number(trimmed) * 1000;
  const match = TIME.exec(trimmed);
  if (!match) return undefined;
  const [, date = '', separator = '', hours = '0', minutes = '0', seconds = '0', named] = match;
  const utc = separator === '-' && named === undefined;
  const read = utc ? 'utc' : named === undefined ? zone : zoneOf(named);
  const day = parseDay(date);
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  if (read === undefined || day === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  return zonedTime(read, day, hour * 60 + minute) + second * SECOND_MS;
}

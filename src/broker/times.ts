/** Converts times between the broker's texts and epoch milliseconds. */
import { DateTime } from 'luxon';
import { EASTERN_NAME, zoneOf } from 'market-time';

const TIME = /^(\d{8})(?:([ -]+)(\d{1,2}:\d{2}(?::\d{2})?))?(?:[ -]+(\S.*))?$/;

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
  const [, date, separator = '', time = '00:00:00', named] = match;
  const utc = separator === '-' && named === undefined;
  const read = utc ? 'utc' : named === undefined ? zone : zoneOf(named);
  if (read === undefined) return undefined;
  const clock = time.split(':');
  const full = [clock[0]?.padStart(2, '0'), clock[1], clock[2] ?? '00'].join(':');
  const parsed = DateTime.fromFormat(`${date} ${full}`, 'yyyyMMdd HH:mm:ss', { zone: read });
  return parsed.isValid ? parsed.toMillis() : undefined;
}

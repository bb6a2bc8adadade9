/**
 * Times as the protocol writes them.
 */
import { DateTime } from 'luxon';

/** The gateway's own zone, by the name IB uses. */
export const GATEWAY_ZONE = 'US/Eastern';

const STANDARD_LETTERS = 'EST';
/** Abbreviations of the gateway's zone, in summer as in winter. */
const OWN_LETTERS: ReadonlySet<string> = new Set([STANDARD_LETTERS, 'EDT']);

/** `20261123 10:00:00 US/Eastern`. */
export function zonedTime(at: number): string {
  return `${DateTime.fromMillis(at, { zone: GATEWAY_ZONE }).toFormat('yyyyMMdd HH:mm:ss')} ${GATEWAY_ZONE}`;
}

/** `20260701 10:00:00 EST`: the abbreviation of standard time in every season (Lean saw CET for CEST). */
export function letteredTime(at: number): string {
  return `${DateTime.fromMillis(at, { zone: GATEWAY_ZONE }).toFormat('yyyyMMdd HH:mm:ss')} ${STANDARD_LETTERS}`;
}

/** `20261123 10:00:00 EST`, as in the handshake. */
export function connectionTime(at: number): string {
  return DateTime.fromMillis(at, { zone: GATEWAY_ZONE }).toFormat('yyyyMMdd HH:mm:ss ZZZZ');
}

/** `20261123-15:00:00`, UTC. */
export function utcTime(at: number): string {
  return DateTime.fromMillis(at, { zone: 'utc' }).toFormat('yyyyMMdd-HH:mm:ss');
}

/** `HH:MM` in the gateway's zone. */
export function clockTime(at: number): string {
  return DateTime.fromMillis(at, { zone: GATEWAY_ZONE }).toFormat('HH:mm');
}

/** Midnight of the gateway's day that contains `at`, epoch ms: executions are kept from then on. */
export function startOfDay(at: number): number {
  return DateTime.fromMillis(at, { zone: GATEWAY_ZONE }).startOf('day').toMillis();
}

const TIME = /^(\d{8})(?:([ -]+)(\d{2}:\d{2}(?::\d{2})?))?(?: +(\S+))?$/;

/**
 * Epoch ms of a time in a request; undefined for an unreadable text. `yyyymmdd-hh:mm:ss` is UTC; with a space the time
 * is in the zone that follows, or in the gateway's.
 */
export function parseTime(text: string): number | undefined {
  const match = TIME.exec(text.trim());
  if (!match) return undefined;
  const [, date, separator, time = '00:00:00', zone] = match;
  const utc = separator === '-' && zone === undefined;
  const full = time.length === 5 ? `${time}:00` : time;
  const parsed = DateTime.fromFormat(`${date} ${full}`, 'yyyyMMdd HH:mm:ss', {
    zone: utc ? 'utc' : zone === undefined || OWN_LETTERS.has(zone) ? GATEWAY_ZONE : zone,
  });
  return parsed.isValid ? parsed.toMillis() : undefined;
}

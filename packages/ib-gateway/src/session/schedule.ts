/**
 * The trading schedule of a contract over past days: the answer to a history request for `SCHEDULE`.
 */
import { DateTime } from 'luxon';
import type { GatewayContract } from '../model.js';
import { GATEWAY_ZONE, utcTime } from '../times.js';
import type { ClientPort } from './port.js';

const DAY_MS = 86_400_000;
/** Hours come for seven days at a time. */
const HOURS_DAYS = 7;
const UNIT_DAYS: Readonly<Record<string, number>> = { D: 1, W: 7, M: 31, Y: 366 };
const MOST_DAYS = 750;

interface Session {
  readonly start: string;
  readonly end: string;
  readonly refDate: string;
}

/** Days of a duration such as `20 D` or `6 M`; undefined for one in seconds or an unreadable one. */
export function daysOf(duration: string): number | undefined {
  const match = /^(\d{1,4})\s*([DWMY])$/.exec(duration.trim().toUpperCase());
  const days = Number(match?.[1]) * (UNIT_DAYS[match?.[2] ?? ''] ?? Number.NaN);
  return days > 0 ? Math.min(days, MOST_DAYS) : undefined;
}

/** Sends the sessions of the `days` before `end`, oldest first; false when the contract has none. */
export function sendSchedule(
  client: ClientPort,
  reqId: number,
  contract: GatewayContract,
  days: number,
  end: number,
  useRth: boolean,
): boolean {
  const sessions = new Map<string, Session>();
  for (let at = end - days * DAY_MS; at <= end; at += HOURS_DAYS * DAY_MS) {
    const details = client.market.details(contract.conId, at);
    const hours = useRth ? details?.liquidHours : details?.tradingHours;
    for (const session of sessionsOf(hours ?? '')) sessions.set(session.refDate, session);
  }
  const timeZone = client.market.details(contract.conId, end)?.timeZoneId ?? GATEWAY_ZONE;
  const last = DateTime.fromMillis(end, { zone: timeZone }).toFormat('yyyyMMdd');
  const rows = [...sessions.values()].filter((session) => session.refDate <= last);
  const [first] = rows;
  if (!first) return false;
  client.send('HISTORICAL_SCHEDULE', {
    ...{ reqId, start: first.start, end: rows.at(-1)?.end ?? utcTime(end), timeZone },
    sessions: rows.map((row) => ({ ...row })),
  });
  return true;
}

/** `20261123:0930-20261123:1600;20261126:CLOSED` as sessions in `yyyyMMdd-HH:mm:ss` of the contract's zone. */
function sessionsOf(hours: string): readonly Session[] {
  return hours.split(';').flatMap((part) => {
    const match = /^(\d{8}):(\d{2})(\d{2})-(\d{8}):(\d{2})(\d{2})$/.exec(part);
    if (!match) return [];
    const [, from, fromHour, fromMinute, to, toHour, toMinute] = match;
    const start = `${from}-${fromHour}:${fromMinute}:00`;
    return [{ start, end: `${to}-${toHour}:${toMinute}:00`, refDate: to ?? '' }];
  });
}

/** Trading sessions: the regular ones by the exchange calendar, the contract's own by the broker's hours text. */
import type { SessionFacts } from '../rules/input.js';
import { closeMinute, EARLY_CLOSE_MINUTE, isTradingDay, OPEN_MINUTE } from './calendar.js';
import { dayText, easternDay, easternTime, MINUTE_MS, parseDay } from './eastern.js';

/** Half open, epoch ms. */
export interface TradingSession {
  readonly open: number;
  readonly close: number;
}

/** Classes whose options trade a quarter of an hour longer than stocks (facts of the exchanges' rule books). */
const LATE_CLASSES: ReadonlySet<string> = new Set([
  'SPY',
  'QQQ',
  'IWM',
  'DIA',
  'SPX',
  'SPXW',
  'XSP',
  'VIX',
  'VIXW',
  'NDX',
  'RUT',
  'RUTW',
]);
/** Index classes that stop at the stock close on their own expiry day. */
const EXPIRY_STOPS_EARLY: ReadonlySet<string> = new Set(['SPXW', 'XSP', 'RUTW']);
const LATE_MINUTES = 15;
const DAYS_SEARCHED = 10;

/** Regular session of an option class on a civil day, or undefined when the exchanges are closed. */
export function regularSession(tradingClass: string, expiry: string, day: number): TradingSession | undefined {
  if (!isTradingDay(day)) return undefined;
  const early = closeMinute(day) === EARLY_CLOSE_MINUTE;
  const late =
    LATE_CLASSES.has(tradingClass) && !(EXPIRY_STOPS_EARLY.has(tradingClass) && parseDay(expiry) === day && !early);
  return { open: easternTime(day, OPEN_MINUTE), close: easternTime(day, closeMinute(day) + (late ? LATE_MINUTES : 0)) };
}

/**
 * The session at or after `now`. Where the broker's own hours are known they must agree that the contract trades: the
 * overlap counts. Days that the broker's text does not reach are taken from the calendar.
 */
export function sessionAt(
  now: number,
  tradingClass: string,
  expiry: string,
  own: readonly TradingSession[],
): TradingSession | undefined {
  const today = easternDay(now);
  const reach =
    own.length === 0 ? Number.NEGATIVE_INFINITY : easternDay(Math.max(...own.map((session) => session.close)));
  for (let day = today; day < today + DAYS_SEARCHED; day++) {
    const regular = regularSession(tradingClass, expiry, day);
    if (regular === undefined || regular.close <= now) continue;
    if (day > reach) return regular;
    const contracts = own.find((session) => session.open < regular.close && session.close > regular.open);
    if (contracts === undefined) continue;
    const both = { open: Math.max(regular.open, contracts.open), close: Math.min(regular.close, contracts.close) };
    if (both.close > now) return both;
  }
  return undefined;
}

/** Where `now` stands in a session. */
export function sessionFacts(now: number, session: TradingSession | undefined): SessionFacts {
  const isOpen = session !== undefined && session.open <= now && now < session.close;
  const day = easternDay(now);
  return {
    isOpen,
    sinceOpenMs: isOpen ? now - session.open : 0,
    untilCloseMs: isOpen ? session.close - now : 0,
    minuteOfDay: Math.floor((now - easternTime(day, 0)) / MINUTE_MS),
    date: dayText(day),
  };
}

/** The broker's hours text `20261123:0930-20261123:1615;20261126:CLOSED`, in New York time, as sessions. */
export function parseHours(text: string): readonly TradingSession[] {
  const sessions: TradingSession[] = [];
  for (const part of text.split(';')) {
    const match = /^(\d{8}):(\d{2})(\d{2})-(\d{8}):(\d{2})(\d{2})$/.exec(part.trim());
    if (!match) continue;
    const open = moment(match[1], match[2], match[3]);
    const close = moment(match[4], match[5], match[6]);
    if (open !== undefined && close !== undefined && close > open) sessions.push({ open, close });
  }
  return sessions;
}

function moment(date = '', hours = '', minutes = ''): number | undefined {
  const day = parseDay(date);
  return day === undefined ? undefined : easternTime(day, Number(hours) * 60 + Number(minutes));
}

/** YYYYMMDD in New York. */
export function marketDate(now: number): string {
  return dayText(easternDay(now));
}

/** Calendar days from `now` to the expiry date, both in New York; negative after it. */
export function daysToExpiry(now: number, expiry: string): number {
  const day = parseDay(expiry);
  return day === undefined ? Number.NaN : day - easternDay(now);
}

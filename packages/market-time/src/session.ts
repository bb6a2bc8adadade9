/**
 * Trading sessions: the regular ones by the exchange calendar in New York, and the contract's own by the broker's hours text in the
 * contract's zone. Both are epoch ms, so they can be intersected.
 */
import { closeMinute, EARLY_CLOSE_MINUTE, isTradingDay, OPEN_MINUTE } from './calendar.js';
import { dayText, easternDay, easternTime, MINUTE_MS, parseDay } from './eastern.js';
import { zonedTime } from './zones.js';

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

/** Time between two moments, epoch ms, in which the class trades by the exchange calendar; 0 when `to` is not later. */
export function tradingMsBetween(tradingClass: string, expiry: string, from: number, to: number): number {
  let sum = 0;
  for (let day = easternDay(from); day <= easternDay(to); day++) {
    const session = regularSession(tradingClass, expiry, day);
    if (session !== undefined) sum += Math.max(0, Math.min(session.close, to) - Math.max(session.open, from));
  }
  return sum;
}

/**
 * The session at or after `now`. Where the broker's own hours are known, both must agree that the contract trades: their overlap
 * counts. Days beyond the broker's text come from the calendar.
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
    const both = own
      .map((session) => ({
        open: Math.max(regular.open, session.open),
        close: Math.min(regular.close, session.close),
      }))
      .find(({ open, close }) => open < close && close > now);
    if (both !== undefined) return both;
  }
  return undefined;
}

/** The state of the session, from the contract's own hours and the exchange calendar. */
export interface SessionFacts {
  readonly isOpen: boolean;
  /** Ms since this session's open and until its close; 0 when closed. */
  readonly sinceOpenMs: number;
  readonly untilCloseMs: number;
  /** Minutes after midnight in New York. */
  readonly minuteOfDay: number;
  /** Calendar date in New York, YYYYMMDD. */
  readonly date: string;
}

/** The state of a session at `now`. */
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

/**
 * The broker's text of hours as sessions, earliest first, those that touch as one: `20261123:0830-20261123:1515;20261126:CLOSED`, and
 * the form of old gateways, `20261123:0830-1515,1530-1600`, in which a day is named once.
 * @param zone in which the text is written, a name of the tz database (see zones.ts)
 */
export function parseHours(text: string, zone: string): readonly TradingSession[] {
  const found: TradingSession[] = [];
  for (const part of text.split(';')) {
    const [, date = '', ranges = ''] = /^(\d{8}):(.*)$/.exec(part.trim()) ?? [];
    for (const range of ranges.split(',')) {
      const match = /^(?:(\d{8}):)?(\d{4})-(?:(\d{8}):)?(\d{4})$/.exec(range.trim());
      if (!match) continue;
      const open = moment(zone, match[1] ?? date, match[2]);
      const close = moment(zone, match[3] ?? date, match[4]);
      if (open !== undefined && close !== undefined && close > open) found.push({ open, close });
    }
  }
  found.sort((left, right) => left.open - right.open);
  return joined(found);
}

/** Merges sessions without a pause between them. */
function joined(sessions: readonly TradingSession[]): readonly TradingSession[] {
  const result: TradingSession[] = [];
  for (const session of sessions) {
    const last = result.at(-1);
    if (last === undefined || session.open > last.close) result.push(session);
    else result[result.length - 1] = { open: last.open, close: Math.max(last.close, session.close) };
  }
  return result;
}

function moment(zone: string, date: string, time = ''): number | undefined {
  const day = parseDay(date);
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(2));
  return day === undefined || minutes > 1440 ? undefined : zonedTime(zone, day, minutes);
}

/** YYYYMMDD in New York. */
export function marketDate(now: number): string {
  return dayText(easternDay(now));
}

/**
 * Calendar days from `now` in New York to the expiry date, negative after it. The broker gives the date as the exchange lists it,
 * which is the same day in Chicago and New York; the moment of the last trade is `lastTradeAt`, read in the contract's own zone.
 */
export function daysToExpiry(now: number, expiry: string): number {
  const day = parseDay(expiry);
  return day === undefined ? Number.NaN : day - easternDay(now);
}

/**
 * When a contract trades: regular sessions, the strings the broker describes them with, and search for the next one.
 *
 * Only regular hours are modelled for trading; the hours string of a stock also names the extended session. Futures,
 * currencies and foreign indices are given the hours of US stocks.
 */

import { closeMinute, isTradingDay, OPEN_MINUTE } from '../../domain/time/calendar.js';
import { dayText, easternDay, easternTime } from '../../domain/time/eastern.js';
import type { GatewayContract } from '../model.js';
import type { OptionListing } from './contracts.js';
import { classCloseMinute } from './expirations.js';
import type { ResolvedUnderlying } from './resolve.js';

/** Anything with a price: an underlying or a listed option. */
export type Instrument =
  | {
      readonly kind: 'underlying';
      readonly underlying: ResolvedUnderlying;
      /** A future: what is traded is the forward price for this time. */
      readonly future?: { readonly contract: GatewayContract; readonly settlesAt: number };
    }
  | { readonly kind: 'option'; readonly underlying: ResolvedUnderlying; readonly listing: OptionListing };

export interface Session {
  readonly openAt: number;
  readonly closeAt: number;
}

const PRE_MARKET_MINUTE = 240;
const POST_MARKET_MINUTE = 1200;
const HOURS_DAYS = 7;

function closeMinuteOf(instrument: Instrument, day: number): number | undefined {
  if (!isTradingDay(day)) return undefined;
  if (instrument.kind === 'underlying') return closeMinute(day);
  const { listed, expiry } = instrument.listing;
  return day > expiry ? undefined : classCloseMinute(listed, day, expiry);
}

/** The regular session of a civil day, or undefined when there is none. */
export function sessionOn(instrument: Instrument, day: number): Session | undefined {
  const close = closeMinuteOf(instrument, day);
  return close === undefined ? undefined : { openAt: easternTime(day, OPEN_MINUTE), closeAt: easternTime(day, close) };
}

/** The regular session that contains a time (its end excluded). */
export function sessionAt(instrument: Instrument, at: number): Session | undefined {
  const session = sessionOn(instrument, easternDay(at));
  return session && at >= session.openAt && at < session.closeAt ? session : undefined;
}

/** Open of the first regular session after a time; infinity when the contract has none left. */
export function nextOpen(instrument: Instrument, at: number): number {
  const today = easternDay(at);
  const last = instrument.kind === 'option' ? instrument.listing.expiry : today + 30;
  for (let day = today; day <= last; day += 1) {
    const session = sessionOn(instrument, day);
    if (session && session.openAt > at) return session.openAt;
  }
  return Number.POSITIVE_INFINITY;
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`;
}

function hours(instrument: Instrument, at: number, extended: boolean): string {
  const today = easternDay(at);
  const parts: string[] = [];
  for (let day = today; day < today + HOURS_DAYS; day += 1) {
    const date = dayText(day);
    const close = closeMinuteOf(instrument, day);
    if (close === undefined) parts.push(`${date}:CLOSED`);
    else if (extended) parts.push(`${date}:${clock(PRE_MARKET_MINUTE)}-${date}:${clock(POST_MARKET_MINUTE)}`);
    else parts.push(`${date}:${clock(OPEN_MINUTE)}-${date}:${clock(close)}`);
  }
  return parts.join(';');
}

/** Regular hours of the seven days from a time on, `20261123:0930-20261123:1615;20261126:CLOSED`. */
export function liquidHours(instrument: Instrument, at: number): string {
  return hours(instrument, at, false);
}

/** The same with the extended session of stocks. */
export function tradingHours(instrument: Instrument, at: number): string {
  return hours(instrument, at, instrument.kind === 'underlying' && instrument.underlying.secType === 'STK');
}

/**
 * When a contract trades: regular sessions, the strings the broker describes them with, and search for the next one.
 *
 * Only regular hours are modelled for trading; the hours string of a stock also names the extended session. Futures, currencies and
 * foreign indices get the hours of US stocks. Contracts that trade in Chicago are described by Chicago's clock.
 */

import { closeMinute, dayText, EASTERN_NAME, easternDay, easternTime, isTradingDay, OPEN_MINUTE } from 'market-time';
import type { GatewayContract } from '../model.js';
import type { OptionListing } from './contracts.js';
import { classCloseMinute } from './expirations.js';
import type { ResolvedUnderlying } from './resolve.js';

/** Anything with a price: an underlying or a listed option. */
export type Instrument =
  | {
      readonly kind: 'underlying';
      readonly underlying: ResolvedUnderlying;
      /** For a future: its price is the forward for this time. */
      readonly future?: { readonly contract: GatewayContract; readonly settlesAt: number };
    }
  | { readonly kind: 'option'; readonly underlying: ResolvedUnderlying; readonly listing: OptionListing };

export interface Session {
  readonly openAt: number;
  readonly closeAt: number;
}

/** The zone in which a contract is described, by IB's name, and how far its clock is behind New York's. */
export interface HoursZone {
  readonly id: string;
  readonly behindMinutes: number;
}

const NEW_YORK: HoursZone = { id: EASTERN_NAME, behindMinutes: 0 };
/** Chicago changes its clock on the same nights, so it is an hour behind in every session. */
const CHICAGO: HoursZone = { id: 'US/Central', behindMinutes: 60 };
const CHICAGO_EXCHANGES: readonly string[] = ['CBOE', 'CME'];

/**
 * The zone of a contract's hours. Indices of Cboe, options on them and the futures of CME are described in Chicago time,
 * stocks, funds and their options in New York time.
 */
export function zoneOf({ underlying }: Instrument): HoursZone {
  return underlying.secType !== 'STK' && CHICAGO_EXCHANGES.includes(underlying.exchange) ? CHICAGO : NEW_YORK;
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

/** A New York time of day, in minutes after midnight, as hours and minutes in the contract's zone. */
export function clockIn(zone: HoursZone, minutes: number, separator = ''): string {
  const local = minutes - zone.behindMinutes;
  return `${String(Math.floor(local / 60)).padStart(2, '0')}${separator}${String(local % 60).padStart(2, '0')}`;
}

function hours(instrument: Instrument, at: number, extended: boolean): string {
  const today = easternDay(at);
  const zone = zoneOf(instrument);
  const span = (date: string, from: number, to: number): string =>
    `${date}:${clockIn(zone, from)}-${date}:${clockIn(zone, to)}`;
  const parts: string[] = [];
  for (let day = today; day < today + HOURS_DAYS; day += 1) {
    const date = dayText(day);
    const close = closeMinuteOf(instrument, day);
    if (close === undefined) parts.push(`${date}:CLOSED`);
    else if (extended) parts.push(span(date, PRE_MARKET_MINUTE, POST_MARKET_MINUTE));
    else parts.push(span(date, OPEN_MINUTE, close));
  }
  return parts.join(';');
}

/** Regular hours of the seven days from a time on in the contract's zone, `20261123:0930-20261123:1615;20261126:CLOSED`. */
export function liquidHours(instrument: Instrument, at: number): string {
  return hours(instrument, at, false);
}

/** The same with the extended session of stocks. */
export function tradingHours(instrument: Instrument, at: number): string {
  return hours(instrument, at, instrument.kind === 'underlying' && instrument.underlying.secType === 'STK');
}

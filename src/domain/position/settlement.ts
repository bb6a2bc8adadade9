/** When an option settles, when the account shows it, and what a cash-settled one was worth, whenever that is asked. */
import { closeMinute, easternDay, easternTime, MINUTE_MS, OPEN_MINUTE, parseDay, tradingDayFrom } from 'market-time';
import { fromNumber, MICROS_PER_DOLLAR, type Micros } from '../money.js';
import { type OptionContract, rightSign } from '../option.js';
import { settlesInTheMorning } from '../strategy/expiration.js';

export interface SettlementTime {
  /** Civil day, and the instant of the underlying's price that decides, epoch ms. */
  readonly day: number;
  readonly at: number;
  /** The deciding price of the day: its first price stands for an opening auction, whose own value may differ by some points. */
  readonly by: 'open' | 'close';
}

/** Minute in New York at which the account of the next business day shows exercises and assignments. */
const BOOKED_MINUTE = 480;
/** The broker needs some minutes to book it after the value is fixed. */
const LOOKS_AFTER_MS = [2 * MINUTE_MS, 30 * MINUTE_MS];
/** The smallest value at which the OCC exercises by itself, micros. */
export const EXERCISED_FROM: Micros = 10_000;

/**
 * At the close of the last trading day, or at the open of the next one for classes that settle in the morning; undefined for an invalid
 * date.
 */
export function settlementTime({ tradingClass, expiry }: OptionContract): SettlementTime | undefined {
  const last = parseDay(expiry);
  if (last === undefined) return undefined;
  if (!settlesInTheMorning(tradingClass)) return { day: last, at: easternTime(last, closeMinute(last)), by: 'close' };
  const day = tradingDayFrom(last + 1);
  return { day, at: easternTime(day, OPEN_MINUTE), by: 'open' };
}

/** Per share, at an underlying's price in dollars. */
export function intrinsicAt({ right, strike }: Pick<OptionContract, 'right' | 'strike'>, price: number): Micros {
  return Math.max(0, rightSign(right) * (fromNumber(price) - Math.round(strike * MICROS_PER_DOLLAR)));
}

/**
 * How an option on shares ends at a price of its underlying in dollars, by the OCC's exercise by exception. `unknown` within a cent of the
 * edge: a daily bar is rounded to the cent, and what is worth a cent is often not exercised. The shares tell.
 */
export function outcomeAt(
  { right, strike }: Pick<OptionContract, 'right' | 'strike'>,
  price: number,
): 'delivered' | 'worthless' | 'unknown' {
  const inner = rightSign(right) * (fromNumber(price) - Math.round(strike * MICROS_PER_DOLLAR));
  if (Math.abs(inner - EXERCISED_FROM) <= EXERCISED_FROM) return 'unknown';
  return inner > EXERCISED_FROM ? 'delivered' : 'worthless';
}

/** It no longer trades: its last trading moment has passed, or the day of its expiry is over. */
export function isExpired({ expiry, lastTradeAt }: OptionContract, now: number): boolean {
  return now > lastTradeAt || easternDay(now) > (parseDay(expiry) ?? Number.POSITIVE_INFINITY);
}

/**
 * From when the absence of a contract from the account proves how it ended. For cash: from its settlement on. For delivery: from the
 * morning of the next business day, since owners may exercise until the evening and the clearing house assigns overnight. Epoch ms.
 */
export function accountTellsAt(contract: OptionContract): number {
  const time = settlementTime(contract);
  if (contract.style === 'european') return time?.at ?? Number.POSITIVE_INFINITY;
  return time === undefined ? Number.POSITIVE_INFINITY : morningAfter(time.day);
}

/** When the account shows what was exercised in the night after a day in New York, YYYYMMDD. Epoch ms; never for an invalid day. */
export function accountMorning(day: string): number {
  const civil = parseDay(day);
  return civil === undefined ? Number.POSITIVE_INFINITY : morningAfter(civil);
}

function morningAfter(day: number): number {
  return easternTime(tradingDayFrom(day + 1), BOOKED_MINUTE);
}

/** Expired, and the account cannot show yet how it ended. */
export function isSettlementPending(contract: OptionContract, now: number): boolean {
  return isExpired(contract, now) && now < accountTellsAt(contract);
}

/** The next time after `now` to check the account for an expired contract: soon after the account can show it, then daily. */
export function nextSettlementLook(contract: OptionContract, now: number): number {
  const tells = accountTellsAt(contract);
  const soon = [tells, ...LOOKS_AFTER_MS.map((ms) => tells + ms)].find((at) => at > now);
  if (soon !== undefined) return soon;
  const today = easternTime(tradingDayFrom(easternDay(now)), BOOKED_MINUTE);
  return today > now ? today : easternTime(tradingDayFrom(easternDay(now) + 1), BOOKED_MINUTE);
}

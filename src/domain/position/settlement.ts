/** What a cash-settled option was worth at its own settlement, whenever it is computed. */
import { closeMinute, easternTime, OPEN_MINUTE, parseDay, tradingDayFrom } from 'market-time';
import { fromNumber, MICROS_PER_DOLLAR, type Micros } from '../money.js';
import { type OptionContract, rightSign } from '../option.js';
import { settlesInTheMorning } from '../strategy/expiration.js';

export interface SettlementTime {
  /** Civil day, and the instant of the underlying's price that decides, epoch ms. */
  readonly day: number;
  readonly at: number;
  /** The price of the day that decides: its first for an opening auction, whose own value may differ by some points. */
  readonly by: 'open' | 'close';
}

/** At the close of the last trading day, or at the open of the next one for classes that settle in the morning; undefined of no date. */
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

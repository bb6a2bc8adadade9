/**
 * The underlying's price that decides how an option expired: from the day of its settlement, never from the moment of the
 * check.
 */
import { dayText, easternDay } from 'market-time';
import { LegworkError } from '../../domain/errors.js';
import type { SettlementTime } from '../../domain/position/settlement.js';
import type { ExternalChangeParts } from './external-change.js';

export interface OfficialValue {
  /** Dollars. */
  readonly price: number;
  /** `close of SPX on 20260313 (6731.10)`. */
  readonly text: string;
}

/** Undefined before that moment, and when the broker does not report that day. */
export async function officialValue(
  { deps: { broker }, feeds }: Pick<ExternalChangeParts, 'deps' | 'feeds'>,
  symbol: string,
  { day, at, by }: SettlementTime,
  now: number,
): Promise<OfficialValue | undefined> {
  if (now < at) return undefined;
  const underlying = await ifKnown(feeds.underlying(symbol));
  const bars = underlying && (await ifKnown(broker.dailyBars(underlying, 'TRADES', easternDay(now) - day + 1)));
  const date = dayText(day);
  const price = bars?.find((bar) => bar.date === date)?.[by];
  return price === undefined ? undefined : { price, text: `${by} of ${symbol} on ${date} (${price.toFixed(2)})` };
}

/** Undefined where the broker has no data, or no longer knows the symbol: that must not hold back what else a comparison does. */
export async function ifKnown<T>(asked: Promise<T>): Promise<T | undefined> {
  return await asked.catch((error: unknown) => {
    if (error instanceof LegworkError && ['DATA_MISSING', 'UNKNOWN_SYMBOL'].includes(error.code)) return undefined;
    throw error;
  });
}

/** Whether to exercise a long option instead of selling it and trading the shares, and the broker's deadline for that. */
import { easternTime, parseDay } from 'market-time';
import { MICROS_PER_DOLLAR, type Micros } from '../money.js';
import type { OptionContract } from '../option.js';

/**
 * Minute in New York until which holders may give instructions about an expiring option, against exercise by exception too (OCC rule 805).
 */
const CUTOFF_MINUTE = 17 * 60 + 30;

/** Epoch ms; undefined for an invalid date. */
export function exerciseCutoff({ expiry }: Pick<OptionContract, 'expiry'>): number | undefined {
  const day = parseDay(expiry);
  return day === undefined ? undefined : easternTime(day, CUTOFF_MINUTE);
}

export interface ExerciseQuotes {
  readonly option: { readonly bid?: Micros };
  readonly shares: { readonly bid?: Micros; readonly ask?: Micros };
}

/**
 * What exercising brings more, per share, than selling the option at its bid and trading the shares at their other side; negative: selling
 * is better. A call buys the shares at its strike, a put sells them. Undefined without a price of the shares.
 */
export function exerciseAdvantage(
  { right, strike }: Pick<OptionContract, 'right' | 'strike'>,
  { option, shares }: ExerciseQuotes,
): Micros | undefined {
  const at = Math.round(strike * MICROS_PER_DOLLAR);
  const market = right === 'CALL' ? shares.ask : shares.bid;
  if (market === undefined) return undefined;
  const inner = right === 'CALL' ? market - at : at - market;
  return inner - (option.bid ?? 0);
}

/** Prices from quotes. */
import { divideRounded, type Micros } from '../../domain/money.js';
import type { Quote } from '../../domain/quote.js';

/** The quote if it is current: a delayed or frozen quote is no price. */
export function live(quote: Quote | undefined): Quote | undefined {
  return quote?.kind === 'live' ? quote : undefined;
}

/** Mid of a two-sided quote, else the last trade (an index has no book). */
export function priceOf(quote: Quote | undefined): Micros | undefined {
  if (quote === undefined) return undefined;
  if (quote.bid !== undefined && quote.ask !== undefined) return divideRounded(quote.bid + quote.ask, 2);
  return quote.last;
}

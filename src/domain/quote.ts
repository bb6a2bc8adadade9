/** What is known of a contract's price at one moment. */
import type { Micros } from './money.js';
import type { Greeks } from './option.js';

/** How the broker delivers the line; only `live` counts as a price. */
export type QuoteKind = 'live' | 'frozen' | 'delayed';

/** Prices per share; an absent bid or ask means the market shows none. */
export interface Quote {
  readonly conId: number;
  readonly kind: QuoteKind;
  readonly bid?: Micros;
  readonly ask?: Micros;
  readonly bidSize: number;
  readonly askSize: number;
  readonly last?: Micros;
  readonly close?: Micros;
  readonly greeks?: Greeks;
  readonly openInterest?: number;
  /** 30-day implied volatility of an underlying (0.18 = 18 %). */
  readonly impliedVolatility?: number;
  /** Market time of the last change, epoch ms. */
  readonly at: number;
}

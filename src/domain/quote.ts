/** The known prices of a contract at one moment. */
import type { Micros } from './money.js';
import type { Greeks } from './option.js';

/** How the broker delivers the line; only `live` counts as a price. */
export type QuoteKind = 'live' | 'frozen' | 'delayed';

/** The next dividend of a share: its ex-date, YYYYMMDD, and dollars per share in micros; or that none is announced. */
export type NextDividend = { readonly exDate: string; readonly amount: Micros } | 'none';

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
  /** Absent: the broker has not said, or the contract is no share. */
  readonly dividend?: NextDividend;
  /** Market time of the last change, epoch ms. */
  readonly at: number;
}

/** The meaning of ticks: sides, prices and model Greeks as the broker writes them. */
import { fromNumber, type Micros } from '../domain/money.js';
import type { Greeks } from '../domain/option.js';
import type { NextDividend } from '../domain/quote.js';

/** One side of a book, as far as it was reported. */
export interface Side {
  price?: number;
  size?: number;
}

/** A model computation from the library; a missing value is undefined. */
export interface Computation {
  readonly impliedVol: number | undefined;
  readonly delta: number | undefined;
  readonly gamma: number | undefined;
  readonly vega: number | undefined;
  readonly theta: number | undefined;
}

/** A side counts only with a price above zero and a size. */
export function present(side: Side): Micros | undefined {
  return positive(side.price) && (side.size ?? 0) > 0 ? fromNumber(side.price) : undefined;
}

export function positive(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0;
}

/**
 * IB's four fields: dollars of the past and the next twelve months, date and amount of the next dividend; without one the last two are
 * empty. Undefined for a text of another form.
 */
export function dividendOf(text: string): NextDividend | undefined {
  const fields = text.split(',');
  const [, , exDate = '', amount = ''] = fields;
  if (fields.length !== 4) return undefined;
  if (exDate === '' && amount === '') return 'none';
  if (!/^\d{8}$/.test(exDate) || !(Number(amount) > 0)) return undefined;
  return { exDate, amount: fromNumber(Number(amount)) };
}

/** All of them or none: -1 and -2 stand for "not computed". */
export function greeksOf({ impliedVol, delta, gamma, vega, theta }: Computation): Greeks | undefined {
  if (!positive(impliedVol) || delta === undefined || Math.abs(delta) > 1) return undefined;
  if (gamma === undefined || vega === undefined || theta === undefined) return undefined;
  if (gamma === -2 || vega === -2 || theta === -2) return undefined;
  return { impliedVol, delta, gamma, vega, theta };
}

/** What ticks mean: sides, prices and model Greeks as the broker writes them. */
import { fromNumber, type Micros } from '../domain/money.js';
import type { Greeks } from '../domain/option.js';

/** One side of a book, as far as it was reported. */
export interface Side {
  price?: number;
  size?: number;
}

/** A model computation as the library hands it over; what was not computed is undefined. */
export interface Computation {
  readonly impliedVol: number | undefined;
  readonly delta: number | undefined;
  readonly gamma: number | undefined;
  readonly vega: number | undefined;
  readonly theta: number | undefined;
}

/** A side without a price above zero or without a size is not there. */
export function present(side: Side): Micros | undefined {
  return positive(side.price) && (side.size ?? 0) > 0 ? fromNumber(side.price) : undefined;
}

export function positive(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0;
}

/** All of them or none: -1 and -2 stand for "not computed". */
export function greeksOf({ impliedVol, delta, gamma, vega, theta }: Computation): Greeks | undefined {
  if (!positive(impliedVol) || delta === undefined || Math.abs(delta) > 1) return undefined;
  if (gamma === undefined || vega === undefined || theta === undefined) return undefined;
  if (gamma === -2 || vega === -2 || theta === -2) return undefined;
  return { impliedVol, delta, gamma, vega, theta };
}

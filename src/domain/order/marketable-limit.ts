/** Limits that trade at once, per share in the broker's sense: at the market with a cap, and for the missing leg of a structure. */
import type { Micros } from '../money.js';
import { withinBounds } from './exit-limit.js';
import { roundToIncrement } from './ticks.js';

/** A cheap option moves by more than a quarter of itself from one quote to the next. */
const LEAST_CAP: Micros = 50_000;

/**
 * Worst price of a leg that completes a structure: marketable as below, but at most `capPct` of mid, or five cents if that is more,
 * away from mid. A leg's mid is never zero, and the limit keeps its sign.
 */
export function completingLimit(input: {
  readonly natural: Micros;
  readonly mid: Micros;
  readonly increment: Micros;
  /** Share of mid by which it goes beyond natural, as for a marketable limit. */
  readonly marketPct: number;
  readonly capPct: number;
}): Micros {
  const { natural, mid, increment } = input;
  const marketable = marketableLimit({ natural, mid, increment, capPct: input.marketPct });
  const cap = mid + Math.max(LEAST_CAP, Math.floor(Math.abs(mid) * input.capPct));
  const limit = Math.min(marketable, roundToIncrement(cap, increment, 'down'));
  return mid < 0 ? Math.min(limit, -increment) : limit;
}

/**
 * A limit that trades at once: natural, or `capPct` of mid beyond mid when that is further, so that it still trades
 * when quotes move a little; rounded up. Rules for zero, `width` and `worth` as for `exitLimit`.
 */
export function marketableLimit(input: {
  readonly natural: Micros;
  readonly mid: Micros;
  readonly increment: Micros;
  readonly capPct: number;
  readonly width?: Micros;
  readonly worth?: Micros;
  readonly even?: boolean;
}): Micros {
  const natural = Math.max(input.mid, input.natural);
  const target = Math.max(natural, input.mid + Math.floor(Math.abs(input.mid) * input.capPct));
  return withinBounds(target, natural, input);
}

/**
 * The limit of an exit, per share in the broker's sense (what we pay), between what closing can cost and what it can bring. Integer
 * micros.
 */
import { divideRounded, type Micros } from '../money.js';
import { roundToIncrement } from './ticks.js';

/**
 * Limit of an exit at a step (from 1), anchored on the present quotes: mid at the first step, natural from step `steps` on, rounded up.
 * Where even natural pays nothing, the exit asks for at least one increment: a price of zero is no price, except for legs that can be
 * worth either sign (`even`). With `width` and `worth` the limit stays inside both, since the broker refuses an order that can only lose
 * or only win. A width of 0 belongs to a debit spread, whose closing must bring something; a worth of 0 to a credit spread.
 */
export function exitLimit(input: {
  readonly mid: Micros;
  readonly natural: Micros;
  readonly step: number;
  readonly steps: number;
  readonly increment: Micros;
  readonly width?: Micros;
  readonly worth?: Micros;
  readonly even?: boolean;
}): Micros {
  const { mid, step, steps } = input;
  const natural = Math.max(mid, input.natural);
  const reached = step >= steps || steps <= 1;
  const target = reached ? natural : mid + divideRounded((natural - mid) * Math.max(0, step - 1), steps - 1);
  return withinBounds(target, natural, input);
}

export interface Bounds {
  readonly increment: Micros;
  /** What closing can cost at most. */
  readonly width?: Micros;
  /** What closing can bring at most. */
  readonly worth?: Micros;
  /** The legs can be worth either sign, so an even price is possible. */
  readonly even?: boolean;
}

/** Rounded up to the increment, and inside the bounds. */
export function withinBounds(target: Micros, natural: Micros, bounds: Bounds): Micros {
  const { increment, width, worth } = bounds;
  const rounded = roundToIncrement(target, increment, 'up');
  const limit = natural <= 0 && !bounds.even ? Math.min(rounded, -increment) : rounded;
  // The prices next to the bounds; zero is no price.
  const highest = width === undefined ? limit : roundToIncrement(width - 1, increment, 'down') || -increment;
  const lowest = worth === undefined ? limit : roundToIncrement(1 - worth, increment, 'up') || increment;
  return Math.min(highest, Math.max(lowest, limit));
}

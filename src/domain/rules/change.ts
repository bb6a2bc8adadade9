/** Relative change between two measured volatilities. */

const PRECISION = 1e9;

/**
 * (now - then) / then, rounded to a billionth so that 0.21 against 0.30 is exactly -0.3. Undefined when either is
 * absent or `then` is not positive.
 */
export function relativeChange(now: number | undefined, then: number | undefined): number | undefined {
  if (now === undefined || then === undefined || !(then > 0)) return undefined;
  return Math.round(((now - then) / then) * PRECISION) / PRECISION;
}

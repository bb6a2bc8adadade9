/**
 * The standard normal distribution, by the error function of mathjs.
 *
 * The single-file build of the library is taken on purpose: it loads in a tenth of a second, the modular one in more than
 * half. The plain-number signature skips the run-time type dispatch.
 */

import { createRequire } from 'node:module';
import { exp, PI, SQRT1_2, sqrt } from './math.js';

interface ErrorFunction {
  readonly signatures: { readonly number: (value: number) => number };
}

const mathjs = createRequire(import.meta.url)('mathjs/lib/browser/math.js') as { readonly erf: ErrorFunction };
const erf = mathjs.erf.signatures.number;

/** Probability that a standard normal variable is below `value`. */
export function normalCdf(value: number): number {
  return 0.5 + 0.5 * erf(value * SQRT1_2);
}

const DENSITY_SCALE = 1 / sqrt(2 * PI);

/** Density of the standard normal distribution. */
export function normalDensity(value: number): number {
  return DENSITY_SCALE * exp(-0.5 * value * value);
}

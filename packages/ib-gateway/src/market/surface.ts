/**
 * The shape of an implied-volatility surface: sticky in forward log-moneyness, free of static arbitrage by construction.
 *
 * At-the-money total variance follows mean reversion of variance, so it never falls with expiry; the smile is the SSVI
 * surface of Gatheral and Jacquier ("Arbitrage-free SVI volatility surfaces", 2014) with phi(theta) = eta /
 * sqrt(theta (1 + theta)), which has neither calendar nor butterfly arbitrage when eta (1 + |rho|) <= 2.
 */
import { exp, expm1, max, min, sqrt } from './math.js';

export interface Smile {
  /** Correlation of the smile, negative: puts dearer than calls. */
  readonly rho: number;
  /** Steepness; eta (1 + |rho|) must not exceed 2. */
  readonly eta: number;
}

export interface TermStructure {
  /** 30-day implied volatility without scheduled events, per year. */
  readonly iv30: number;
  /** Volatility that long expiries tend to. */
  readonly longIv: number;
  /** Speed of the return to it, per year. */
  readonly speed: number;
}

export const THIRTY_DAYS_YEARS = 30 / 365;

function averageWeight(speed: number, years: number): number {
  const product = speed * years;
  return product < 1e-8 ? 1 - product / 2 : -expm1(-product) / product;
}

/** Total at-the-money variance to `years`, never decreasing in it. */
export function baseVariance(term: TermStructure, years: number): number {
  if (years <= 0) return 0;
  const near = term.iv30 * term.iv30;
  const weight30 = averageWeight(term.speed, THIRTY_DAYS_YEARS);
  // Beyond a factor of two in volatility the short end would have to be negative to meet the 30-day level.
  const long = min(max(term.longIv * term.longIv, near / 4), near * 4);
  const short = (near - long * (1 - weight30)) / weight30;
  return (long + (short - long) * averageWeight(term.speed, years)) * years;
}

/** Total variance at forward log-moneyness ln(strike / forward), given the at-the-money total variance. */
export function smileVariance(smile: Smile, theta: number, moneyness: number): number {
  if (theta <= 0) return 0;
  const { rho, eta } = smile;
  const scaled = (eta / sqrt(theta * (1 + theta))) * moneyness;
  return (theta / 2) * (1 + rho * scaled + sqrt((scaled + rho) * (scaled + rho) + 1 - rho * rho));
}

/**
 * Square root of the ratio of the variance-swap rate to the at-the-money variance: what a volatility index shows above
 * the at-the-money volatility. The swap rate is the average of total variance over the normal variable d2
 * (Gatheral, "The Volatility Surface", chapter 11), taken at the midpoints of `STEPS` slices of +-6.
 */
export function indexRatio(smile: Smile, theta: number): number {
  const STEPS = 240;
  const width = 12 / STEPS;
  let sum = 0;
  let weights = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const z = -6 + (step + 0.5) * width;
    const weight = exp(-0.5 * z * z);
    sum += weight * smileVariance(smile, theta, moneynessAt(smile, theta, z));
    weights += weight;
  }
  return sqrt(sum / weights / theta);
}

/** The log-moneyness k at which d2 = -k / sqrt(w) - sqrt(w) / 2 equals `d2`, by bisection (d2 falls with k). */
function moneynessAt(smile: Smile, theta: number, d2: number): number {
  let low = -20 * sqrt(theta) - 1;
  let high = 20 * sqrt(theta) + 1;
  for (let round = 0; round < 48; round += 1) {
    const middle = (low + high) / 2;
    const deviation = sqrt(smileVariance(smile, theta, middle));
    if (-middle / deviation - deviation / 2 > d2) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The P&L of a day by Greeks: the second-order expansion of a portfolio's value, theta dt + delta dS + 1/2 gamma dS^2 + vega dIV (Hull,
 * Options, Futures, and Other Derivatives, "The Greek Letters"), summed from one stored snapshot to the next with the Greeks at the
 * beginning of each step. What it does not explain is the residual.
 */
import { DAY_MS } from 'market-time';
import { MICROS_PER_DOLLAR, type Micros } from '../money.js';

/** Money. The five add up to the result. */
export interface GreeksOfDay {
  readonly delta: Micros;
  readonly gamma: Micros;
  readonly theta: Micros;
  readonly vega: Micros;
  readonly residual: Micros;
}

/** A snapshot as far as it counts here: Greeks of one combo, per share, and delta and gamma of all that is held, in shares. */
export interface GreeksSeen {
  /** Market time, epoch ms. */
  readonly at: number;
  readonly underlying?: Micros;
  readonly delta?: number;
  readonly gamma?: number;
  readonly theta?: number;
  readonly vega?: number;
  readonly shareDelta?: number;
  readonly shareGamma?: number;
  /** The underlying's 30-day implied volatility, a share: it stands for that of every leg. */
  readonly impliedVolatility?: number;
}

interface Step {
  readonly from: GreeksSeen;
  readonly to: GreeksSeen;
  /** Shares of all open combos: multiplier x combos. */
  readonly shares: number;
}

/**
 * `seen`: oldest first, the last one of the days before included where the position was held over night. `sharesAt`: multiplier x open
 * combos at a moment. Undefined when fewer than two snapshots have a price and a delta.
 */
export function greeksOfDay(
  seen: readonly GreeksSeen[],
  sharesAt: (at: number) => number,
  result: Micros,
): GreeksOfDay | undefined {
  const usable = seen.filter(
    ({ underlying, delta, shareDelta }) => underlying !== undefined && (delta ?? shareDelta) !== undefined,
  );
  if (usable.length < 2) return undefined;
  const sums = { delta: 0, gamma: 0, theta: 0, vega: 0 };
  for (const [index, to] of usable.slice(1).entries()) {
    const from = usable[index] as GreeksSeen;
    const parts = partsOf({ from, to, shares: sharesAt(from.at) });
    for (const name of ['delta', 'gamma', 'theta', 'vega'] as const) sums[name] += parts[name];
  }
  const micros = (dollars: number): Micros => Math.round(dollars * MICROS_PER_DOLLAR) + 0;
  const [delta, gamma, theta, vega] = [micros(sums.delta), micros(sums.gamma), micros(sums.theta), micros(sums.vega)];
  return { delta, gamma, theta, vega, residual: result - delta - gamma - theta - vega };
}

/** Dollars. Theta is per calendar day, vega per point of volatility; one that is absent explains nothing. */
function partsOf({ from, to, shares }: Step) {
  const move = ((to.underlying ?? 0) - (from.underlying ?? 0)) / MICROS_PER_DOLLAR;
  const delta = from.shareDelta ?? (from.delta ?? 0) * shares;
  const gamma = from.shareGamma ?? (from.gamma ?? 0) * shares;
  const points =
    from.impliedVolatility === undefined || to.impliedVolatility === undefined
      ? 0
      : (to.impliedVolatility - from.impliedVolatility) * 100;
  return {
    delta: delta * move,
    gamma: 0.5 * gamma * move * move,
    theta: ((from.theta ?? 0) * shares * (to.at - from.at)) / DAY_MS,
    vega: (from.vega ?? 0) * shares * points,
  };
}

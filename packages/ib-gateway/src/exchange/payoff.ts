/**
 * What a combo can be worth at expiry: its lowest and highest payoff over every price of the underlying.
 */
import type { OrderLeg } from './order-record.js';

/** Dollars per share of one unit bought; infinite where there is no bound. */
export interface PayoffBounds {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Bounds of the payoff of a combo of options on one underlying that expire on one day; undefined for any other combo. The
 * payoff is piecewise linear with corners at the strikes, so its bounds are at 0, at a strike, or unlimited upward.
 */
export function payoffBounds(legs: readonly OrderLeg[]): PayoffBounds | undefined {
  const first = legs[0]?.contract;
  if (!first || legs.length < 2) return undefined;
  const alike = legs.every(
    ({ contract }) =>
      contract.secType === 'OPT' &&
      contract.expiry === first.expiry &&
      contract.underlyingConId === first.underlyingConId,
  );
  if (!alike) return undefined;
  const corners = [0, ...legs.map((leg) => leg.contract.strike ?? 0)];
  const values = corners.map((price) => payoff(legs, price));
  const slope = legs.reduce((sum, leg) => sum + (leg.contract.right === 'C' ? leg.sign * leg.ratio : 0), 0);
  return {
    lowest: slope < 0 ? Number.NEGATIVE_INFINITY : Math.min(...values),
    highest: slope > 0 ? Number.POSITIVE_INFINITY : Math.max(...values),
  };
}

function payoff(legs: readonly OrderLeg[], price: number): number {
  return legs.reduce((sum, leg) => {
    const strike = leg.contract.strike ?? 0;
    const inner = leg.contract.right === 'C' ? price - strike : strike - price;
    return sum + leg.sign * leg.ratio * Math.max(0, inner);
  }, 0);
}

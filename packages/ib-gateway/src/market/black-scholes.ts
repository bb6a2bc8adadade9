/**
 * The Black-Scholes price of an option on a forward, and its Greeks.
 *
 * The European formula prices American options too: the simulated market has no early-exercise premium, which for the
 * out-of-the-money options that spreads are made of is below a tick. Early assignment is the exchange's matter.
 * Formula: Black (1976), with the forward in place of the futures price.
 */
import { exp, log, max, sqrt } from './math.js';
import { normalCdf, normalDensity } from './normal.js';

export interface BlackScholesInput {
  readonly right: 'C' | 'P';
  /** Forward price of the underlying for the expiry, dollars. */
  readonly forward: number;
  /** Present price of the underlying, dollars. */
  readonly spot: number;
  readonly strike: number;
  /** Years to expiry; 0 or less means expired. */
  readonly years: number;
  /** Volatility per year, 0.2 = 20 %. */
  readonly volatility: number;
  /** Continuous interest rate per year. */
  readonly rate: number;
}

/** Per share; vega per volatility point (0.01), theta per calendar day. */
export interface BlackScholesGreeks {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  readonly theta: number;
}

/** Price per share in dollars; the payoff when no time or volatility is left. */
export function blackScholesPrice(input: BlackScholesInput): number {
  const { right, forward, strike, years, volatility, rate } = input;
  if (years <= 0) return right === 'C' ? max(0, input.spot - strike) : max(0, strike - input.spot);
  const discount = exp(-rate * years);
  const deviation = volatility * sqrt(years);
  if (deviation <= 0) return discount * max(0, right === 'C' ? forward - strike : strike - forward);
  const d1 = log(forward / strike) / deviation + deviation / 2;
  const d2 = d1 - deviation;
  return right === 'C'
    ? discount * (forward * normalCdf(d1) - strike * normalCdf(d2))
    : discount * (strike * normalCdf(-d2) - forward * normalCdf(-d1));
}

/** Price and Greeks per share; an expired option has its payoff, a delta of -1, 0 or 1, and zero for the rest. */
export function blackScholesGreeks(input: BlackScholesInput): BlackScholesGreeks {
  const { right, forward, spot, strike, years, volatility, rate } = input;
  const sign = right === 'C' ? 1 : -1;
  const deviation = volatility * sqrt(max(0, years));
  if (deviation <= 0) {
    const inTheMoney = sign * (spot - strike) > 0;
    return { price: blackScholesPrice(input), delta: inTheMoney ? sign : 0, gamma: 0, vega: 0, theta: 0 };
  }
  const discount = exp(-rate * years);
  const d1 = log(forward / strike) / deviation + deviation / 2;
  const d2 = d1 - deviation;
  const n1 = normalCdf(sign * d1);
  const n2 = normalCdf(sign * d2);
  const carried = discount * forward;
  const density = normalDensity(d1);
  // The carry of the forward over the spot, dividends included, is taken as a constant rate over the option's life.
  const carry = log(forward / spot) / years;
  const theta =
    (-carried * density * volatility) / (2 * sqrt(years)) -
    sign * ((carry - rate) * carried * n1 + rate * discount * strike * n2);
  return {
    price: sign * (carried * n1 - discount * strike * n2),
    delta: (sign * carried * n1) / spot,
    gamma: (carried * density) / (spot * spot * deviation),
    vega: (carried * density * sqrt(years)) / 100,
    theta: theta / 365,
  };
}

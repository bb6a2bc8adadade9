/** What a strategy is worth when its options expire together. */
import { MICROS_PER_DOLLAR, type Micros } from '../money.js';
import { actionSign } from '../option.js';
import type { StrategyLeg } from './strategy.js';

export interface Payoff {
  /** Per share of one combo, positive; absent when unlimited. */
  readonly maxLoss?: Micros;
  readonly maxProfit?: Micros;
  /** Underlying prices where the result is zero, dollars, ascending, rounded to a cent. */
  readonly breakevens: readonly number[];
}

type PayoffLeg = Pick<StrategyLeg, 'action' | 'ratio'> & {
  readonly contract: Pick<StrategyLeg['contract'], 'right' | 'strike'>;
};

/** Lowest and highest value per share at expiry of one combo held; absent where there is no bound. */
export function valueRange(legs: readonly PayoffLeg[]): { readonly lowest?: Micros; readonly highest?: Micros } {
  const values = [0, ...legs.map((leg) => leg.contract.strike)].map((price) => intrinsic(legs, price));
  const slope = callsOf(legs);
  return {
    ...(slope >= 0 && { lowest: Math.min(...values) }),
    ...(slope <= 0 && { highest: Math.max(...values) }),
  };
}

/**
 * Maximum loss and profit and the break-even points of legs with one expiry. The result is piecewise linear in the
 * underlying, so its extremes lie at zero, at a strike, or beyond the last strike where the net number of calls decides.
 * `net` is the opening price per share of the combo, credit positive.
 */
export function payoffOf(legs: readonly PayoffLeg[], net: Micros): Payoff {
  const strikes = [...new Set(legs.map((leg) => leg.contract.strike))].sort((a, b) => a - b);
  const nodes = [0, ...strikes];
  const values = nodes.map((price) => net + intrinsic(legs, price));
  const slope = callsOf(legs);
  const { lowest, highest } = valueRange(legs);
  return {
    ...(lowest !== undefined && { maxLoss: Math.max(0, -lowest - net) }),
    ...(highest !== undefined && { maxProfit: Math.max(0, highest + net) }),
    breakevens: crossings(nodes, values, slope),
  };
}

/** Net number of calls per combo, which decides beyond the last strike. */
function callsOf(legs: readonly PayoffLeg[]): number {
  return legs.reduce((sum, leg) => sum + (leg.contract.right === 'CALL' ? actionSign(leg.action) * leg.ratio : 0), 0);
}

/** Value of the legs per share when the underlying settles at `price`. */
function intrinsic(legs: readonly PayoffLeg[], price: number): Micros {
  return legs.reduce((sum, leg) => {
    const { right, strike } = leg.contract;
    const inTheMoney = Math.max(0, right === 'CALL' ? price - strike : strike - price);
    return sum + actionSign(leg.action) * leg.ratio * Math.round(inTheMoney * MICROS_PER_DOLLAR);
  }, 0);
}

function crossings(nodes: readonly number[], values: readonly Micros[], slope: number): number[] {
  const found = new Set<number>();
  const cents = (price: number) => Math.round(price * 100) / 100;
  for (let index = 0; index + 1 < nodes.length; index++) {
    const [low = 0, high = 0] = [nodes[index], nodes[index + 1]];
    const [from = 0, to = 0] = [values[index], values[index + 1]];
    if (from === 0 && index > 0) found.add(cents(low));
    if (from * to < 0) found.add(cents(low + ((high - low) * -from) / (to - from)));
  }
  const last = nodes.at(-1) ?? 0;
  const end = values.at(-1) ?? 0;
  if (end === 0) found.add(cents(last));
  if (slope !== 0 && end * slope < 0) found.add(cents(last - end / (slope * MICROS_PER_DOLLAR)));
  return [...found].sort((a, b) => a - b);
}

/** Widest distance between strikes of one right, per share; 0 when no right has two strikes. */
export function widthOf(legs: readonly PayoffLeg[]): Micros {
  const distance = (right: 'CALL' | 'PUT') => {
    const strikes = legs.filter((leg) => leg.contract.right === right).map((leg) => leg.contract.strike);
    return strikes.length < 2 ? 0 : Math.max(...strikes) - Math.min(...strikes);
  };
  return Math.round(Math.max(distance('CALL'), distance('PUT')) * MICROS_PER_DOLLAR);
}

/**
 * Short contracts of one right that no long contract of the same right covers, per combo. A long put covers a short put
 * at any strike: the distance then bounds the loss.
 */
export function nakedShorts(legs: readonly PayoffLeg[]): { readonly calls: number; readonly puts: number } {
  const open = (right: 'CALL' | 'PUT') =>
    Math.max(
      0,
      -legs
        .filter((leg) => leg.contract.right === right)
        .reduce((sum, leg) => sum + actionSign(leg.action) * leg.ratio, 0),
    );
  return { calls: open('CALL'), puts: open('PUT') };
}

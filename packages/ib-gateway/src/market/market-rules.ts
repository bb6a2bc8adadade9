/**
 * Price increments by market rule, numbered as the broker numbers them where the number is publicly known.
 */
import { abs, ceil, floor, round } from './math.js';

export interface PriceIncrement {
  readonly lowEdge: number;
  readonly increment: number;
}

const RULES: ReadonlyMap<number, readonly PriceIncrement[]> = new Map([
  [26, [{ lowEdge: 0, increment: 0.01 }]],
  [32, [{ lowEdge: 0, increment: 0.01 }]],
  [67, [{ lowEdge: 0, increment: 0.25 }]],
  [
    110,
    [
      { lowEdge: 0, increment: 0.05 },
      { lowEdge: 3, increment: 0.1 },
    ],
  ],
  [
    239,
    [
      { lowEdge: 0, increment: 0.01 },
      { lowEdge: 3, increment: 0.05 },
    ],
  ],
  [240, [{ lowEdge: 0, increment: 0.00005 }]],
  [635, [{ lowEdge: 0, increment: 0.0001 }]],
  [2806, [{ lowEdge: 0, increment: 0.25 }]],
]);

/** Increments of a rule, ascending by edge, or undefined for an unused number. */
export function marketRule(id: number): readonly PriceIncrement[] | undefined {
  return RULES.get(id);
}

/** Increment at a price (its absolute value). */
export function incrementAt(id: number, price: number): number {
  let increment = 0.01;
  for (const step of RULES.get(id) ?? []) if (abs(price) >= step.lowEdge - 1e-9) increment = step.increment;
  return increment;
}

const MICRO = 1e6;

/** A price rounded to a millionth of a dollar, so that it prints without noise. */
export function roundPrice(price: number): number {
  return round(price * MICRO) / MICRO;
}

/** Largest price on the rule's grid at or below a price; 0 or less when there is none. */
export function roundDown(id: number, price: number): number {
  const increment = incrementAt(id, price);
  return roundPrice(floor(price / increment + 1e-9) * increment);
}

/** Smallest price on the rule's grid at or above a price. */
export function roundUp(id: number, price: number): number {
  const increment = incrementAt(id, price);
  return roundPrice(ceil(price / increment - 1e-9) * increment);
}

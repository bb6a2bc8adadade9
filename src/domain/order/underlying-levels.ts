/**
 * Prices of the underlying at which a conditional protective order starts: one below and one above the profitable range, or only
 * the one that the structure has.
 */
import { MICROS_PER_DOLLAR, type Micros } from '../money.js';
import { payoffOf } from '../strategy/payoff.js';
import type { StrategyLeg } from '../strategy/strategy.js';
import type { UnderlyingLevel } from './protection.js';

export interface Level {
  /** Above: it starts when the underlying trades at or above the price; else at or below. */
  readonly isMore: boolean;
  readonly price: Micros;
}

/**
 * Levels of a credit structure whose legs expire together; `credit` is what was received per share. `break_even`: where the result
 * at expiry turns into a loss, by the fills. `short_strike`: where a sold option goes into the money. Empty when there is no such
 * price, or when the range between the two is empty (a sold straddle has no room between its strikes).
 */
export function underlyingLevels(legs: readonly StrategyLeg[], credit: Micros, at: UnderlyingLevel): readonly Level[] {
  if (credit <= 0 || new Set(legs.map(({ contract }) => contract.expiry)).size > 1) return [];
  const levels = at === 'break_even' ? breakEvens(legs, credit) : shortStrikes(legs);
  const below = levels.find(({ isMore }) => !isMore);
  const above = levels.find(({ isMore }) => isMore);
  return below !== undefined && above !== undefined && below.price >= above.price ? [] : levels;
}

/** The first short option reached on each side: the highest sold put, the lowest sold call. */
function shortStrikes(legs: readonly StrategyLeg[]): readonly Level[] {
  const strikes = (right: 'PUT' | 'CALL') =>
    legs
      .filter(({ action, contract }) => action === 'SELL' && contract.right === right)
      .map(({ contract }) => contract.strike);
  const [puts, calls] = [strikes('PUT'), strikes('CALL')];
  return [
    ...(puts.length > 0 ? [{ isMore: false, price: dollars(Math.max(...puts)) }] : []),
    ...(calls.length > 0 ? [{ isMore: true, price: dollars(Math.min(...calls)) }] : []),
  ];
}

/** A structure that profits in the middle has one on each side, a spread has one; anything else has no plain range. */
function breakEvens(legs: readonly StrategyLeg[], credit: Micros): readonly Level[] {
  const prices = payoffOf(legs, credit).breakevens;
  const [first, second] = prices;
  if (first === undefined || prices.length > 2) return [];
  if (second !== undefined) {
    const inside = profits(legs, credit, (first + second) / 2);
    return inside
      ? [
          { isMore: false, price: dollars(first) },
          { isMore: true, price: dollars(second) },
        ]
      : [];
  }
  return [{ isMore: profits(legs, credit, first / 2), price: dollars(first) }];
}

/** Whether the legs expire with a profit at a price of the underlying. */
function profits(legs: readonly StrategyLeg[], credit: Micros, price: number): boolean {
  const worth = legs.reduce((sum, { action, ratio, contract }) => {
    const distance = contract.right === 'CALL' ? price - contract.strike : contract.strike - price;
    return sum + (action === 'BUY' ? 1 : -1) * ratio * dollars(Math.max(0, distance));
  }, 0);
  return credit + worth > 0;
}

function dollars(price: number): Micros {
  return Math.round(price * MICROS_PER_DOLLAR);
}

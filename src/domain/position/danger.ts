/** How near a position is to trouble: it says which of many is looked at first, and nothing else. */
import { DAY_MS } from 'market-time';
import { MICROS_PER_DOLLAR, type Micros } from '../money.js';
import type { StrategyLeg } from '../strategy/strategy.js';

/**
 * Distance of the underlying from the nearest short strike, as a share of its price by the root of the days that are left: negative in
 * the money. Without a short leg nothing can be assigned or run away: infinite. Market time `now`, epoch ms.
 */
export function distanceFromTrouble(legs: readonly StrategyLeg[], underlying: Micros, now: number): number {
  const price = underlying / MICROS_PER_DOLLAR;
  const distances = legs
    .filter(({ action }) => action === 'SELL')
    .map(({ contract: { right, strike, lastTradeAt } }) => {
      const outside = right === 'PUT' ? price - strike : strike - price;
      return outside / price / Math.sqrt(Math.max(1, (lastTradeAt - now) / DAY_MS));
    });
  return Math.min(Number.POSITIVE_INFINITY, ...distances);
}

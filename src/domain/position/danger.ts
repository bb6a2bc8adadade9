/** How near a position is to trouble. It decides which positions are polled first, and nothing else. */
import { DAY_MS } from 'market-time';
import { MICROS_PER_DOLLAR, type Micros } from '../money.js';
import type { StrategyLeg } from '../strategy/strategy.js';

/**
 * Distance of the underlying from the nearest short strike, as a share of its price over the root of the remaining days; negative in
 * the money. Infinite without a short leg, since nothing can be assigned. Market time `now`, epoch ms.
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

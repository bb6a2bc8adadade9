/**
 * Prices of a combo's legs that lie inside their quotes and add up to the net price exactly, in cents.
 */
import type { GatewayQuote } from '../model.js';
import { type OrderLeg, roundPrice } from './order-record.js';

interface Band {
  readonly weight: number;
  readonly low: number;
  readonly high: number;
  cents: number;
}

const cents = (price: number): number => Math.round(price * 100);

/**
 * Splits a net price, per unit of the order when bought, over the legs: each begins at its mid and moves toward its own
 * far or near side until the sum is right. Only a net price outside the legs' quotes puts a leg outside its quote.
 */
export function legPrices(
  legs: readonly OrderLeg[],
  quotes: readonly (GatewayQuote | undefined)[],
  net: number,
): readonly number[] {
  const bands = legs.map((leg, index) => band(leg, quotes[index]));
  let gap = cents(net) - bands.reduce((sum, one) => sum + one.weight * one.cents, 0);
  for (const one of bands) gap -= take(one, gap);
  if (gap !== 0) gap = takeRest(bands, gap);
  if (gap === 0) return bands.map((one) => one.cents / 100);
  // No whole cents fit (every ratio above one, or a net price that is no cent): one leg carries the fraction.
  const exact = net - bands.reduce((sum, one) => sum + (one.weight * one.cents) / 100, 0);
  return bands.map((one, index) => (index === 0 ? roundPrice(one.cents / 100 + exact / one.weight) : one.cents / 100));
}

function band(leg: OrderLeg, quote: GatewayQuote | undefined): Band {
  const high = cents(quote?.ask ?? quote?.bid ?? 0);
  const low = Math.min(high, cents(quote?.bid ?? 0));
  return { weight: leg.sign * leg.ratio, low, high, cents: Math.round((low + high) / 2) };
}

/** Moves a leg inside its quote as far as it helps; returns how much of the gap that closes. */
function take(one: Band, gap: number): number {
  const wanted = Math.trunc(gap / one.weight);
  const moved = Math.max(one.low - one.cents, Math.min(one.high - one.cents, wanted));
  one.cents += moved;
  return moved * one.weight;
}

/** Closes the rest outside the quotes, or by cents that two ratios share; returns the remaining gap. */
function takeRest(bands: readonly Band[], gap: number): number {
  for (const one of bands) {
    for (const other of bands) {
      for (let shift = 0; shift < Math.abs(one.weight); shift += 1) {
        const rest = gap - shift * other.weight;
        const step = rest / one.weight;
        if ((other === one && shift > 0) || !Number.isInteger(step) || one.cents + step < 0) continue;
        one.cents += step;
        other.cents += shift;
        return 0;
      }
    }
  }
  return gap;
}

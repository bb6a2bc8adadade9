/**
 * The quote that a combo's legs imply: buying it buys the BUY legs at their asks and sells the SELL legs at their bids.
 *
 * Nobody quotes a combo; the broker works its quote out every now and then, and in between it is behind its legs.
 */
import type { GatewayQuote } from '../model.js';

export interface QuotedLeg {
  readonly ratio: number;
  readonly buys: boolean;
  readonly quote: GatewayQuote | undefined;
}

const PERIOD_MS = 2_000;
/** What computing that needs. */
const LAG_MS = 1_000;

/** The time of the leg quotes that a combo shows at a time. */
export function comboMoment(at: number): number {
  return Math.floor(at / PERIOD_MS) * PERIOD_MS - LAG_MS;
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;

/** Bid and ask per unit of the combo; a side is missing when any leg lacks what it needs. Prices may be negative. */
export function comboQuote(legs: readonly QuotedLeg[], at: number): GatewayQuote {
  const ask = side(legs, true);
  const bid = side(legs, false);
  return {
    at,
    bidSize: bid?.size ?? 0,
    askSize: ask?.size ?? 0,
    ...(bid ? { bid: bid.price } : {}),
    ...(ask ? { ask: ask.price } : {}),
  };
}

function side(legs: readonly QuotedLeg[], buying: boolean): { price: number; size: number } | undefined {
  let price = 0;
  let size = Number.POSITIVE_INFINITY;
  for (const leg of legs) {
    const takesAsk = leg.buys === buying;
    const legPrice = takesAsk ? leg.quote?.ask : leg.quote?.bid;
    const legSize = takesAsk ? leg.quote?.askSize : leg.quote?.bidSize;
    if (legPrice === undefined || legSize === undefined || leg.ratio <= 0) return undefined;
    price += (leg.buys ? 1 : -1) * leg.ratio * legPrice;
    size = Math.min(size, Math.floor(legSize / leg.ratio));
  }
  return Number.isFinite(size) ? { price: round(price), size } : undefined;
}

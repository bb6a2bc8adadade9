/**
 * Bid and ask of an order's legs together, per unit of the order.
 *
 * Buying a combo buys its BUY legs at their asks and sells its SELL legs at their bids. An option without a bid counts as
 * worth 0 inside a combo (packages with worthless wings do trade), but cannot be sold alone.
 */
import type { GatewayMarket, GatewayQuote } from '../model.js';
import { type OrderLeg, roundPrice } from './order-record.js';

export interface NetQuote {
  readonly at: number;
  /** What selling one unit brings, if it can be sold. */
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly mid: number | undefined;
  readonly bidSize: number;
  readonly askSize: number;
  /** Quotes of the legs, in their order. */
  readonly legs: readonly (GatewayQuote | undefined)[];
}

export function netQuote(market: GatewayMarket, legs: readonly OrderLeg[], at: number): NetQuote {
  const quotes = legs.map((leg) => market.quote(leg.contract.conId, at));
  const alone = legs.length === 1 && legs[0]?.ratio === 1;
  const ask = total(legs, quotes, 1, alone);
  const bid = total(legs, quotes, -1, alone);
  const lowest = bid ?? (alone && ask ? { price: 0, size: 0 } : undefined);
  return {
    at: Math.max(0, ...quotes.map((quote) => quote?.at ?? 0)),
    bid: bid?.price,
    ask: ask?.price,
    mid: lowest && ask ? roundPrice((lowest.price + ask.price) / 2) : undefined,
    bidSize: bid?.size ?? 0,
    askSize: ask?.size ?? 0,
    legs: quotes,
  };
}

function total(
  legs: readonly OrderLeg[],
  quotes: readonly (GatewayQuote | undefined)[],
  side: 1 | -1,
  alone: boolean,
): { price: number; size: number } | undefined {
  let price = 0;
  let size = Number.POSITIVE_INFINITY;
  for (const [index, leg] of legs.entries()) {
    const quote = quotes[index];
    if (!quote) return undefined;
    if (leg.sign * side > 0) {
      if (quote.ask === undefined) return undefined;
      price += leg.sign * leg.ratio * quote.ask;
      size = Math.min(size, Math.floor(quote.askSize / leg.ratio));
    } else {
      if (quote.bid === undefined && (alone || leg.contract.secType !== 'OPT')) return undefined;
      price += leg.sign * leg.ratio * (quote.bid ?? 0);
      if (quote.bid !== undefined) size = Math.min(size, Math.floor(quote.bidSize / leg.ratio));
    }
  }
  return Number.isFinite(size) ? { price: roundPrice(price), size: Math.max(1, size) } : undefined;
}

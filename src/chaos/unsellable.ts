/**
 * What nobody bids for: a long option that is left of a position which was closed leg by leg. It cannot be sold alone. Offered at the
 * lowest price it rests until somebody bids or it expires, and no more can be asked of an exit.
 */
import type { ExchangeState } from '../gateway/exchange/index.js';
import { netQuote } from '../gateway/exchange/net-quote.js';
import type { OrderRecord } from '../gateway/exchange/order-record.js';
import type { GatewayMarket } from '../gateway/model.js';

/** Dollars per share: the lowest price of an option on the coarsest grid. */
const LOWEST = 0.05;

export interface Offered {
  readonly orderRef: string;
  readonly conId: number;
  readonly quantity: number;
}

/** Offers of ours that hold all there is of a contract without a bid. `market` is asked only where there is a candidate. */
export function unsellable(
  { live, holdings }: Pick<ExchangeState, 'live' | 'holdings'>,
  market: () => GatewayMarket,
  at: number,
): readonly Offered[] {
  const candidates = live.filter(isLowestOffer);
  if (candidates.length === 0) return [];
  const now = market();
  return candidates.flatMap(({ request, legs, remaining }) => {
    const conId = legs[0]?.contract.conId ?? 0;
    const held = holdings.find(({ contract }) => contract.conId === conId)?.quantity;
    if (held !== remaining || netQuote(now, legs, at).bid !== undefined) return [];
    return [{ orderRef: request.orderRef, conId, quantity: remaining }];
  });
}

function isLowestOffer({ request, legs }: OrderRecord): boolean {
  const { action, limitPrice } = request;
  return legs.length === 1 && action === 'SELL' && limitPrice !== undefined && limitPrice <= LOWEST;
}

/** Prices of an order: as intended, and as the broker shows them. */

import type { BrokerOrder } from '../../broker/api.js';
import { defined } from '../../domain/defined.js';
import type { OrderPayload } from '../../domain/order/order.js';

export type Prices = Pick<BrokerOrder, 'limitPrice' | 'stopPrice' | 'conditionPrices'>;

export function samePrices(one: Prices, other: Prices): boolean {
  return (
    one.limitPrice === other.limitPrice &&
    one.stopPrice === other.stopPrice &&
    (one.conditionPrices ?? []).join() === (other.conditionPrices ?? []).join()
  );
}

export function pricesOf({ limitPrice, stopPrice, conditions }: OrderPayload): Prices {
  return {
    ...defined({ limitPrice, stopPrice }),
    ...(conditions && { conditionPrices: conditions.map(({ price }) => price) }),
  };
}

/** The order at these prices. */
export function withPrices(
  payload: OrderPayload,
  { limitPrice, stopPrice, conditionPrices = [] }: Prices,
): OrderPayload {
  const conditions = payload.conditions?.map((one, index) => ({ ...one, price: conditionPrices[index] ?? one.price }));
  return {
    ...payload,
    ...defined({ limitPrice, stopPrice }),
    ...(conditions && { conditions }),
  };
}

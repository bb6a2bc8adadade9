/**
 * Refusals that follow from an order's own fields, before anything is asked of the account or other orders.
 */
import type { GatewayOrderRequest } from '../model.js';
import type { PriceGrid } from './price-grid.js';
import { type Refusal, refusal } from './refusal.js';
import type { ResolvedLegs } from './resolve-order.js';

const ORDER_TYPES = new Set(['MKT', 'LMT', 'STP', 'STP LMT']);

const OFF_TICK = refusal(110, 'The price does not conform to the minimum price variation for this contract.');

/** Fields of earlier versions. */
const ATTRIBUTES: readonly (readonly [string, Refusal])[] = [
  ['eTradeOnly', refusal(10268, "The 'EtradeOnly' order attribute is not supported.")],
  ['firmQuoteOnly', refusal(10269, "The 'FirmQuoteOnly' order attribute is not supported.")],
  ['nbboPriceCap', refusal(10270, "The 'NbboPriceCap' order attribute is not supported.")],
];

const LEG_PRICES = refusal(
  10058,
  'Combo per-leg prices are only supported for non-guaranteed smart combos with two legs and the "IECOMBOPERLEGPRICE" feature enabled.',
);

/** Whether a combo names prices for its legs, a feature that this account does not have. */
function hasLegPrices({ extra }: GatewayOrderRequest): boolean {
  const prices = Array.isArray(extra.orderComboLegs) ? (extra.orderComboLegs as readonly { price?: unknown }[]) : [];
  return prices.some(({ price }) => price !== undefined);
}

/** Order type as the exchange spells it; clients also write STPLMT and STOP. */
export function orderTypeOf(request: Pick<GatewayOrderRequest, 'orderType'>): string {
  const type = request.orderType.toUpperCase();
  if (type === 'STPLMT') return 'STP LMT';
  return type;
}

export const needsLimit = (type: string): boolean => type === 'LMT' || type === 'STP LMT';
export const needsStop = (type: string): boolean => type === 'STP' || type === 'STP LMT';

/** Exchange, quantity and type, which need no contract. */
export function fieldRefusal(request: GatewayOrderRequest): Refusal | undefined {
  if (request.contract.exchange === '') {
    return refusal(321, "Error validating request.-'bN' : cause - Missing order exchange.");
  }
  if (request.quantity === 0) return refusal(434, 'The order size cannot be zero.');
  if (!(request.quantity > 0) || !Number.isInteger(request.quantity)) {
    return refusal(388, 'Order size does not conform to market rule.');
  }
  const type = orderTypeOf(request);
  if (!ORDER_TYPES.has(type)) return refusal(387, 'Unsupported order type for this exchange and security type.');
  const unsupported = ATTRIBUTES.find(([name]) => Boolean(request.extra[name]))?.[1];
  if (unsupported) return unsupported;
  if (hasLegPrices(request)) return LEG_PRICES;
  if (needsLimit(type) && request.limitPrice === undefined) {
    return refusal(321, "Error validating request.-'bN' : cause - Please enter a valid limit price.");
  }
  if (needsStop(type) && request.auxPrice === undefined) {
    return refusal(321, "Error validating request.-'bN' : cause - Please enter a valid stop price.");
  }
  return undefined;
}

/** Prices against the grid; only combos may have a price below zero. */
export function priceRefusal(
  request: GatewayOrderRequest,
  resolved: ResolvedLegs,
  grid: PriceGrid,
): Refusal | undefined {
  const type = orderTypeOf(request);
  const prices = [needsLimit(type) ? request.limitPrice : undefined, needsStop(type) ? request.auxPrice : undefined];
  for (const price of prices) {
    if (price === undefined) continue;
    if (!resolved.isCombo && price < 0) return refusal(321, "Error validating request.-'bN' : cause - Negative price.");
    if (!grid.conforms(resolved.legs, resolved.isCombo, price)) return OFF_TICK;
  }
  return undefined;
}

/**
 * The checks of an order: on its own when it arrives, against market, account and other orders when it is transmitted.
 */
import type { GatewayOrderRequest } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import { fieldRefusal, needsStop, orderTypeOf, priceRefusal } from './form-checks.js';
import { netQuote } from './net-quote.js';
import { waitsForConditions } from './order-conditions.js';
import type { OrderRecord } from './order-record.js';
import { nextOpen, timeRefusal } from './order-times.js';
import { type Refusal, refusal } from './refusal.js';
import { type ResolvedLegs, resolveLegs } from './resolve-order.js';
import {
  collisionRefusal,
  crowdRefusal,
  isTooFar,
  marginRefusal,
  payoffRefusal,
  TOO_FAR_REFUSAL,
} from './risk-checks.js';

/** The checks of an order on its own: its legs, or why it is refused. */
export function resolveOrder(
  { market, clock, account, grid, injected }: DeskParts,
  request: GatewayOrderRequest,
): ResolvedLegs | Refusal {
  const now = clock.now();
  const wrong = injected.refusalOf(request) ?? fieldRefusal(request) ?? timeRefusal(request, now);
  if (wrong) return wrong;
  if (request.account !== '' && request.account !== account) {
    return refusal(321, `Error validating request.-'bN' : cause - Invalid account code '${request.account}'.`);
  }
  const resolved = resolveLegs(market, request, now);
  if ('code' in resolved) return resolved;
  const dead = nextOpen(market, resolved.legs, now) === Number.POSITIVE_INFINITY;
  if (dead && !resolved.legs.every((leg) => market.isOpen(leg.contract.conId, now))) {
    return refusal(392, 'Invalid order: contract expired');
  }
  return priceRefusal(request, resolved, grid) ?? resolved;
}

/** The checks against market, account and other orders, made when the order is transmitted. */
export function admissionRefusal(parts: DeskParts, record: OrderRecord): Refusal | undefined {
  const { market, clock, book, config } = parts;
  const quote = netQuote(market, record.legs, clock.now());
  return (
    payoffRefusal(record) ??
    collisionRefusal(record, book.live()) ??
    crowdRefusal(record, book.live(), config.ordersPerContract) ??
    (config.tooFarAnswer === 'refused' && isBeyondMarket(parts, record) ? TOO_FAR_REFUSAL : undefined) ??
    (record.request.parentId === undefined ? marginRefusal(parts, record, quote) : undefined)
  );
}

/** Whether the limit lies further beyond the present market than the system allows. */
export function isBeyondMarket({ market, clock, config }: DeskParts, record: OrderRecord): boolean {
  return !isDormant(record) && isTooFar(record, netQuote(market, record.legs, clock.now()), config.tooFar);
}

/** It waits for a trigger or a condition, so its limit is meant for another market than the present one. */
function isDormant(record: OrderRecord): boolean {
  return (needsStop(orderTypeOf(record.request)) && !record.triggered) || waitsForConditions(record);
}

/** Makes order records, and the margin preview of one. */
import type { GatewayMargin, GatewayOrderRequest } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import { previewMargin } from './margin-preview.js';
import { netQuote } from './net-quote.js';
import type { OrderRecord } from './order-record.js';
import type { ResolvedLegs } from './resolve-order.js';
import { shownContract } from './shown-contract.js';

/** A new order, not yet transmitted. */
export function newRecord(
  request: GatewayOrderRequest,
  resolved: ResolvedLegs,
  permId: number,
  now: number,
): OrderRecord {
  return {
    request: { ...request, ...shownContract(request, resolved) },
    permId,
    key: request.orderRef || String(permId),
    legs: resolved.legs,
    isCombo: resolved.isCombo,
    placedAt: now,
    phase: 'held',
    status: 'PendingSubmit',
    filled: 0,
    paid: 0,
    lastFillPrice: 0,
    commission: 0,
    whyHeld: '',
    remaining: request.quantity,
    fills: 0,
    lastFillAt: now,
    nextLookAt: now,
    touchedAt: now,
    lastLookAt: now,
    cancelling: false,
    triggered: false,
    sightings: {},
    legTotals: resolved.legs.map(() => ({ quantity: 0, paid: 0 })),
  };
}

export function marginPreviewOf(parts: DeskParts, record: OrderRecord): GatewayMargin {
  return previewMargin(parts, record, netQuote(parts.market, record.legs, parts.clock.now()));
}

/** The changes of an order that are accepted: its prices, sizes and times, not its contract. */
import type { GatewayOrderRequest } from '../model.js';
import { parseTime } from '../times.js';
import type { DeskParts } from './desk-parts.js';
import { resolveOrder } from './order-checks.js';
import type { OrderRecord } from './order-record.js';
import { type Refusal, refusal } from './refusal.js';
import type { ResolvedLegs } from './resolve-order.js';
import { namesShown } from './shown-contract.js';

const NOT_ORIGINAL = refusal(105, 'Order being modified does not match original order.');

/** Why a change of an order is ignored; the order goes on as it was. */
export function changeRefusal(
  parts: DeskParts,
  record: OrderRecord,
  request: GatewayOrderRequest,
): Refusal | undefined {
  const resolved = resolveOrder(parts, request);
  if ('code' in resolved) return resolved;
  if (record.request.action !== request.action || !isSameContract(record, request, resolved)) {
    return NOT_ORIGINAL;
  }
  if (parts.config.goodTillChange === 'refused' && goodTill(record.request) !== goodTill(request)) return NOT_ORIGINAL;
  if (record.cancelling)
    return refusal(161, `Cancel attempted when order is not in a cancellable state. Order permId =${record.permId}`);
  return request.quantity > record.filled ? undefined : refusal(104, 'Cannot modify a filled order.');
}

/**
 * A combo must be named as it was shown, a single contract so that it is found. An order that was not transmitted has
 * not been shown yet.
 */
function isSameContract(record: OrderRecord, request: GatewayOrderRequest, resolved: ResolvedLegs): boolean {
  if (!sameLegs(resolved, record)) return false;
  return !record.isCombo || record.phase === 'held' || namesShown(request, record.request);
}

/** When an order dies by its date, epoch ms. */
function goodTill({ tif, goodTillDate = '' }: GatewayOrderRequest): number | undefined {
  return tif === 'GTD' ? parseTime(goodTillDate) : undefined;
}

function sameLegs({ legs }: ResolvedLegs, record: OrderRecord): boolean {
  const name = (one: ResolvedLegs['legs']): string =>
    one
      .map((leg) => `${leg.contract.conId} ${leg.sign * leg.ratio}`)
      .sort()
      .join();
  return name(legs) === name(record.legs);
}

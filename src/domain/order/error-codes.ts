/** What a message code of the broker proves about an order. */
import { errorClass, ibCode } from '../ib-codes.js';

/** Whether the code makes it likely that a new order was not taken; the broker's lists must still confirm it. */
export function suggestsRefusal(code: number): boolean {
  return errorClass(code) === 'rejection' || ibCode(code)?.withRefusal === true;
}

/** Statuses of an order that exists at the broker, or may exist: no error code outweighs them. */
const WORKING: ReadonlySet<string> = new Set(['PreSubmitted', 'Submitted', 'PendingCancel', 'Filled']);

/**
 * Whether the code proves that a new order does not work. `status` is the broker's latest status of it. Never for a modify or
 * cancel: the original stays live. 103, 104, 133 to 135, 161, 202, 10147, 10148 and 10349 never prove it; 110 proves it only while
 * the order is not yet acknowledged.
 */
export function provesRejection(
  code: number,
  order: { readonly newOrder: boolean; readonly status?: string | undefined },
): boolean {
  if (!order.newOrder || errorClass(code) !== 'rejection') return false;
  if (order.status !== undefined && WORKING.has(order.status)) return false;
  return code !== 110 || order.status === undefined || order.status === 'PendingSubmit';
}

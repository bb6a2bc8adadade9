/** Orders that the broker ended by itself after it had them. */
import type { IntentState } from './intent-state.js';

/** Reason of an order that the broker holds without working it, and did not say why. */
export const LISTED_INACTIVE = 'the broker lists it as Inactive';

/** Whether the broker refused or cancelled the order with a code, or left it Inactive; not what a person or an exit of ours cancelled. */
export function isEndedByBroker(order: {
  readonly state: IntentState;
  readonly reason?: string;
  readonly cancelRequestedAt?: number;
}): boolean {
  if ((order.state !== 'CANCELLED' && order.state !== 'REJECTED') || order.cancelRequestedAt !== undefined)
    return false;
  return order.reason === LISTED_INACTIVE || /^\d+: /.test(order.reason ?? '');
}

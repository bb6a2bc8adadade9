/** Orders that a person cancelled. */
import type { IntentState } from './intent-state.js';

export const BY_PERSON = 'cancelled by a person';

/**
 * An order that a person cancelled is not placed again for the position. The request is stored before the cancel is sent and counts from
 * then on, also for another worker. What filled before the cancel arrived does not count as cancelled.
 */
export function isCancelledByUser(order: {
  readonly cancelRequestedAt?: number;
  readonly state: IntentState;
}): boolean {
  return order.cancelRequestedAt !== undefined && order.state !== 'FILLED';
}

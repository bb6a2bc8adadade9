/** Cancelling an order because a person asks, beside the workflow that works it: what it finds ended, it takes as ended. */
import type { CancelResult } from '../../contract/requests.js';
import { LegworkError } from '../../domain/errors.js';
import { isResting } from '../../domain/order/protection.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../deps.js';
import { cancelOrder } from './cancel.js';
import { isEnded, readProgress } from './progress.js';
import type { OrderTracker } from './tracker.js';

/** Stands with the intent: what a person took away is not placed again for the position. */
export const BY_PERSON = 'cancelled by a person';

export async function withdrawOrder(
  deps: BrokerDeps,
  tracker: OrderTracker,
  { orderRef, dryRun }: { readonly orderRef: string; readonly dryRun: boolean },
): Promise<CancelResult> {
  await tracker.drained();
  const intent = await deps.store.intents.get(orderRef);
  if (intent === undefined) throw new LegworkError('NOT_FOUND', `order: ${orderRef} does not exist.`);
  const { filled, remaining } = await readProgress(deps.store, intent);
  const base = { orderRef, filledCombos: filled };
  if (isEnded(intent)) {
    return { ...base, result: 'ALREADY_OVER', reason: `It is ${intent.state}, with ${filled} filled.` };
  }
  const refusal = whyNot(intent);
  if (refusal !== undefined) return { ...base, result: 'REFUSED', code: 'RISK_REFUSED', reason: refusal };
  if (dryRun) {
    const reason = `It is ${intent.state}; the rest of ${remaining} would be cancelled. ${consequence(intent)}`;
    return { ...base, result: 'WOULD_CANCEL', reason };
  }
  const end = await cancelOrder(deps, tracker, orderRef, BY_PERSON);
  const after = await deps.store.intents.get(orderRef);
  if (after?.state === 'CANCELLED' || after?.state === 'EXPIRED') {
    await deps.store.intents.mark(orderRef, after.state, { at: deps.broker.clock.now(), reason: BY_PERSON });
    const reason = `Cancelled with ${end.filled} filled. ${consequence(intent)}`;
    return { orderRef, filledCombos: end.filled, result: 'CANCELLED', reason };
  }
  const reason = `It ended as ${after?.state ?? 'unknown'} before the cancel reached it.`;
  const result = after?.state === 'FILLED' ? 'FILLED' : 'ALREADY_OVER';
  return { orderRef, filledCombos: end.filled, result, reason };
}

function whyNot({ purpose, role, state }: IntentRow): string | undefined {
  if (state === 'PARKED') return 'It is PARKED: decide with `legwork orders resolve` whether it is at the broker.';
  if (purpose === 'OPEN' || isResting(role)) return undefined;
  return 'It closes a position, and an exit goes on until it is done: cancelled, it would only be sent again.';
}

function consequence({ purpose }: IntentRow): string {
  return purpose === 'OPEN'
    ? 'The opening ends with what is filled.'
    : 'It is not placed again for this position; the rules go on watching.';
}

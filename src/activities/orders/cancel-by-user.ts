/**
 * Cancels an order at a person's request, beside the workflow that works it. The workflow takes the order it finds ended as
 * ended.
 */
import type { ProtectiveRole } from '../../contract/activities.js';
import type { CancelResult } from '../../contract/requests.js';
import { BY_PERSON, isCancelledByUser } from '../../domain/order/cancelled-by-user.js';
import { isProtective } from '../../domain/order/protection.js';
import type { IntentRow, Store } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existingIntent } from '../context/existing.js';
import { type CancelDeps, cancelOrder } from './cancel.js';
import { isEnded, readProgress } from './progress.js';
import type { OrderTracker } from './tracker.js';

/** The roles of the position's orders that no person has cancelled. */
export async function withoutCancelledByUser(
  { intents }: Store,
  positionId: string,
  roles: readonly ProtectiveRole[],
): Promise<readonly ProtectiveRole[]> {
  if (roles.length === 0) return roles;
  const gone = (await intents.list({ positionId })).filter(isCancelledByUser).map(({ role }) => role);
  return roles.filter((role) => !gone.includes(role));
}

export async function cancelByUser(
  deps: CancelDeps,
  tracker: OrderTracker,
  { orderRef, dryRun }: { readonly orderRef: string; readonly dryRun: boolean },
): Promise<CancelResult> {
  await tracker.drained();
  const intent = await existingIntent(deps.store, orderRef);
  if (isEnded(intent)) return await alreadyOver(deps, intent);
  const { filled, remaining } = await readProgress(deps.store, intent);
  const base = { orderRef, filledCombos: filled };
  const refusal = whyNot(intent);
  if (refusal !== undefined) return { ...base, result: 'REFUSED', code: 'RISK_REFUSED', reason: refusal };
  if (dryRun) {
    const reason = `It is ${intent.state}; the remaining ${remaining} would be cancelled. ${consequence(intent)}`;
    return { ...base, result: 'WOULD_CANCEL', reason };
  }
  if (!(await deps.store.intents.requestCancel(orderRef, deps.broker.clock.now()))) {
    return await alreadyOver(deps, await existingIntent(deps.store, orderRef));
  }
  await cancelOrder(deps, tracker, orderRef, BY_PERSON);
  return await resultOfCancel(deps, await existingIntent(deps.store, orderRef));
}

/** The order had ended before the request. A request whose process died midway is completed here. */
async function alreadyOver(deps: CancelDeps, intent: IntentRow): Promise<CancelResult> {
  const { orderRef, state, cancelRequestedAt, reason } = intent;
  if (cancelRequestedAt !== undefined && reason !== BY_PERSON) return await resultOfCancel(deps, intent);
  const { filled } = await readProgress(deps.store, intent);
  const by = reason === BY_PERSON ? `, ${BY_PERSON}` : '';
  const sentence = `It is ${state}${by}, with ${filled} filled.`;
  return { orderRef, filledCombos: filled, result: 'ALREADY_OVER', reason: sentence };
}

/** The result of the cancel request, once the order has ended. */
async function resultOfCancel(
  { store, broker }: Pick<BrokerDeps, 'broker' | 'store'>,
  intent: IntentRow,
): Promise<CancelResult> {
  const { orderRef, state } = intent;
  const { filled } = await readProgress(store, intent);
  const base = { orderRef, filledCombos: filled };
  if (state === 'CANCELLED' || state === 'EXPIRED') {
    await store.intents.mark(orderRef, state, { at: broker.clock.now(), reason: BY_PERSON });
    return { ...base, result: 'CANCELLED', reason: `Cancelled with ${filled} filled. ${consequence(intent)}` };
  }
  const reason = `It ended as ${state} before the cancel reached it.`;
  if (state === 'FILLED') return { ...base, result: 'FILLED', reason };
  return { ...base, result: 'ALREADY_OVER', reason: `${reason} ${consequence(intent)}` };
}

function whyNot({ purpose, role, state }: IntentRow): string | undefined {
  if (state === 'PARKED') return 'It is PARKED: decide with `legwork orders resolve` whether it is at the broker.';
  if (purpose === 'OPEN' || isProtective(role)) return undefined;
  return 'It closes a position. An exit continues until it is done, so the order would only be sent again.';
}

function consequence({ purpose }: IntentRow): string {
  return purpose === 'OPEN'
    ? 'The opening ends with what has filled.'
    : 'It is not placed again for this position; the rules keep watching.';
}

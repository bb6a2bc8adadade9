/** Cancelling: requested until nothing of the order is live. A fill that comes after the request is kept. */
import { Context } from '@temporalio/activity';
import type { Progress } from '../../contract/activities.js';
import { deadFrom, hasEnded } from '../../domain/order/evidence.js';
import { isProtective } from '../../domain/order/protection.js';
import type { IntentRow } from '../../store/api.js';
import { assertStaying, type BrokerDeps } from '../context/deps.js';
import { existingIntent } from '../context/existing.js';
import { compareWithAccount } from './account-evidence.js';
import { findOrder, type OrderSearch } from './find-order.js';
import { endIfInactive } from './inactive.js';
import { endInactiveAlert } from './inactive-orders.js';
import { pauseBetweenPolls } from './poll-pace.js';
import { isEnded, readProgress } from './progress.js';
import { isReachable } from './reach.js';
import { untilDecided } from './resolve-unknown.js';
import { waitUntilUsable } from './session.js';
import type { OrderTracker } from './tracker.js';
import { alertUnknown } from './unknown-alert.js';

/** What cancelling and settling an order needs. */
export type CancelDeps = Pick<BrokerDeps, 'broker' | 'log' | 'stopping' | 'store'>;

const ANSWER_MS = 3_000;
/** Wall time between two polls of an order that can only be waited for. */
const PAUSE_MS = { first: 1_000, most: 30_000 };
/** Complete answers in a row without the order before it counts as ended. */
const ABSENT_LOOKS = 3;

export async function cancelOrder(
  deps: CancelDeps,
  tracker: OrderTracker,
  orderRef: string,
  reason: string,
): Promise<Progress> {
  let absent = 0;
  let rest = PAUSE_MS.first;
  for (;;) {
    Context.current().cancellationSignal.throwIfAborted();
    assertStaying(deps);
    await tracker.drained();
    const intent = await existingIntent(deps.store, orderRef);
    if (isEnded(intent)) return { ...(await readProgress(deps.store, intent)), reason };
    if (intent.state === 'PLANNED') {
      await deps.store.intents.expireUnsent(orderRef, reason, deps.broker.clock.now());
      continue;
    }
    if (!(await waitUntilUsable(deps.broker, ANSWER_MS, Context.current().cancellationSignal))) continue;
    const { complete, seen } = await askOnce(deps, tracker, intent);
    const until = deadFrom(intent.payload, { sentAt: intent.sentAt ?? intent.createdAt, refused: false });
    if (await endIfInactive(deps, tracker, intent, until)) continue;
    // An order that was never shown may still be on its way, and one out of reach needs a person: both are polled slowly.
    const mayAppear = intent.state !== 'WORKING' && deps.broker.clock.now() < until;
    absent = seen || mayAppear ? 0 : absent + Number(complete);
    if (absent >= ABSENT_LOOKS) await closeAbsent(deps, tracker, intent);
    const shown = tracker.get(orderRef)?.order;
    const isOutOfReach = shown !== undefined && !isReachable(intent, shown, deps.broker.state().clientId);
    if (!isOutOfReach && !(mayAppear && !seen)) continue;
    const after = deps.broker.clock.now() + PAUSE_MS.most;
    await pauseBetweenPolls(deps, tracker, intent, { until: Math.max(until, after), wallMs: rest });
    rest = Math.min(rest * 2, PAUSE_MS.most);
  }
}

/**
 * Sends the cancel and waits for a change. Without an answer the broker is asked for its open orders, executions and
 * completed orders.
 */
async function askOnce(deps: CancelDeps, tracker: OrderTracker, intent: IntentRow): Promise<OrderSearch> {
  const { broker } = deps;
  const shown = tracker.get(intent.orderRef)?.order;
  // Under any id but its own, the broker only answers that there is no such order.
  const isCancellable =
    shown === undefined || hasEnded(shown.status) || isReachable(intent, shown, broker.state().clientId);
  if (intent.orderId !== undefined && isCancellable) {
    const changed = tracker.until(intent.orderRef, isOver(tracker, intent.orderRef), ANSWER_MS);
    tracker.cancels(intent.orderRef);
    broker.orders.cancel(intent.orderId, broker.state().epoch);
    // The exchange needs market time for it, which a stepped clock grants only to a waiter.
    const over = new AbortController();
    const passing = broker.clock.wait(broker.clock.now() + ANSWER_MS, intent.positionId, over.signal);
    await changed;
    over.abort();
    await passing.catch(() => undefined);
    await tracker.drained();
    if (isEnded(await existingIntent(deps.store, intent.orderRef))) return { complete: true, seen: true };
  }
  return await findOrder(deps, tracker, intent.orderRef);
}

/**
 * The broker repeatedly shows the order nowhere, in complete answers: it died on an earlier day, whose lists are gone. If
 * the account holds what the ledger says, nothing of it filled; otherwise a person must decide.
 */
async function closeAbsent(deps: CancelDeps, tracker: OrderTracker, intent: IntentRow): Promise<void> {
  const { store, broker } = deps;
  const [positions, executions] = await Promise.all([broker.positions(), broker.orders.executions()]);
  await tracker.drained();
  if (!positions.complete || !executions.complete || isEnded(await existingIntent(deps.store, intent.orderRef))) return;
  const held = await compareWithAccount(deps, intent, { positions: positions.rows, executions: executions.rows });
  if (held === 'busy') return;
  const at = broker.clock.now();
  if (held === 'agrees') {
    await store.intents.mark(intent.orderRef, 'CANCELLED', { at, reason: 'the broker no longer lists it' });
    if (!isProtective(intent.role)) await endInactiveAlert(deps, intent.positionId, intent.orderRef);
    return;
  }
  await store.intents.mark(intent.orderRef, 'PARKED', { at, reason: held.difference });
  await alertUnknown(deps, { ...intent, reason: held.difference });
  await untilDecided(deps, intent.orderRef);
}

/** Whether a later status says that the order no longer works. PendingCancel may still fill. */
function isOver(tracker: OrderTracker, orderRef: string): () => boolean {
  const before = tracker.get(orderRef)?.order?.status;
  return () => {
    const status = tracker.get(orderRef)?.order?.status;
    return status !== before && !['PendingCancel', 'Submitted', 'PreSubmitted'].includes(status ?? 'Submitted');
  };
}

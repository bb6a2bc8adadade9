/**
 * Orders that the broker lists as Inactive. IB keeps a refused order so, since TWS 10.48 even among the open ones, and the refusal
 * may have gone to a process that is dead. A held order looks the same, so Inactive alone ends nothing. The broker's answer to a
 * cancel does, or the end of the order's own time if it has one.
 */
import type { Resolution } from '../../contract/activities.js';
import { errorClass } from '../../domain/ib-codes.js';
import { isProtective } from '../../domain/order/protection.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { endInactiveAlert } from './inactive-orders.js';
import { isReachable } from './reach.js';
import type { OrderTracker } from './tracker.js';

/** Ends an order listed as Inactive once it is known to work no more; false while that is not known. */
export async function endIfInactive(
  deps: Pick<BrokerDeps, 'broker' | 'store'>,
  tracker: OrderTracker,
  { orderRef, payload, positionId, role }: IntentRow,
  deadFrom: number,
): Promise<boolean> {
  const { store, broker } = deps;
  const known = tracker.get(orderRef);
  if (known?.order?.status !== 'Inactive') return false;
  const verdict = known.errors.find(({ code, aboutChange }) => !aboutChange && errorClass(code) === 'cancel');
  const at = broker.clock.now();
  const isOver = payload.goodTill !== undefined && at >= deadFrom;
  if (verdict === undefined && !isOver) return false;
  const why = verdict === undefined ? 'its time is over' : `${verdict.code}: ${verdict.text}`;
  await store.intents.mark(orderRef, 'CANCELLED', { at, reason: `The broker lists it as Inactive (${why})` });
  if (!isProtective(role)) await endInactiveAlert(deps, positionId, orderRef);
  return true;
}

/** Cancels of an Inactive resting order that the broker may leave unanswered. */
const CANCELS_MAX = 3;

/**
 * Like `endIfInactive`, for an unknown order. It learns the state by a cancel, which leaves a dead order as it is. A resting order has no
 * end of its own: out of reach, or without an answer, it is left WORKING for a person, so that its position is watched again. `cancels`:
 * how many were sent before.
 */
export async function endInactive(
  deps: Pick<BrokerDeps, 'broker' | 'log' | 'store'>,
  tracker: OrderTracker,
  intent: IntentRow,
  { deadFrom, cancels }: { readonly deadFrom: number; readonly cancels: number },
): Promise<Resolution | 'cancelled' | undefined> {
  if (await endIfInactive(deps, tracker, intent, deadFrom)) return { kind: 'live' };
  const shown = tracker.get(intent.orderRef)?.order;
  if (shown?.status !== 'Inactive') return undefined;
  const reachable = isReachable(intent, shown, deps.broker.state().clientId);
  if (isProtective(intent.role) && (!reachable || cancels >= CANCELS_MAX)) {
    await tracker.leaveInactive(intent.orderRef);
    return { kind: 'live' };
  }
  if (!reachable) return undefined;
  try {
    tracker.cancels(intent.orderRef);
    deps.broker.orders.cancel(shown.orderId, deps.broker.state().epoch);
    return 'cancelled';
  } catch (error) {
    deps.log('warn', 'an inactive order could not be cancelled yet', {
      orderRef: intent.orderRef,
      error: String(error),
    });
  }
  return undefined;
}

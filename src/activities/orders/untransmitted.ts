/**
 * The members of a bracket are held at the broker until the last of them arrives, which transmits them all, and no list shows an order that
 * is held. Where the last one was lost or refused, the others would be held for ever and get exits of the same contracts refused. A
 * cancel ends them; where nothing is held, the broker answers that it knows no such order.
 */
import { isProtective, PROTECTIVE_NAMES } from '../../domain/order/protection.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { OrderTracker } from './tracker.js';

type Deps = Pick<BrokerDeps, 'broker' | 'log' | 'store'>;

/** The orders that left together with this one, in the order of their writes; the order itself is among them. */
async function family({ store }: Pick<Deps, 'store'>, intent: IntentRow): Promise<readonly IntentRow[]> {
  const { positionId, step, attempt } = intent;
  const orders = await store.intents.list({ positionId });
  const members = orders.filter((one) => one.step === step && one.attempt === attempt);
  return [...members].sort((left, right) => (left.orderId ?? 0) - (right.orderId ?? 0));
}

/**
 * Why the order was not transmitted: the broker has refused the last member of its bracket, and shown no sign of the others. One sign is
 * enough to leave all of them alone: they may be live.
 */
export async function whyUntransmitted(deps: Pick<Deps, 'store'>, intent: IntentRow): Promise<string | undefined> {
  const members = await family(deps, intent);
  const last = members.at(-1);
  if (last === undefined || !isProtective(last.role) || last.state !== 'REJECTED') return undefined;
  const others = members.filter((one) => one !== last);
  const isUnseen = others.every(({ state, permId }) => permId === undefined && ['SENDING', 'UNKNOWN'].includes(state));
  if (!isUnseen || last.orderRef === intent.orderRef) return undefined;
  return `it was not transmitted, since the broker refused its ${PROTECTIVE_NAMES[last.role]}: ${last.reason ?? 'without a reason'}`;
}

/**
 * Cancels a member of a bracket that may be held; `why` is told as the reason of its end. False where the order left alone, or from another
 * client id.
 */
export async function cancelUntransmitted(
  deps: Deps,
  tracker: OrderTracker,
  intent: IntentRow,
  why?: string,
): Promise<boolean> {
  const { broker } = deps;
  const { orderRef, orderId } = intent;
  const { clientId, epoch } = broker.state();
  if (orderId === undefined || intent.clientId !== clientId || (await family(deps, intent)).length < 2) return false;
  tracker.cancels(orderRef, why);
  try {
    broker.orders.cancel(orderId, epoch);
    return true;
  } catch (error) {
    deps.log('warn', 'an order that was not transmitted could not be cancelled yet', {
      orderRef,
      error: String(error),
    });
    return false;
  }
}

/**
 * The members of a bracket are held at the broker until the last of them arrives, which transmits them all, and no list shows an order that
 * is held. Where the last one was lost or refused, the others would be held for ever and get exits of the same contracts refused. A
 * cancel ends them; where nothing is held, the broker answers that it knows no such order.
 */
import { isProtective } from '../../domain/order/protection.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { OrderTracker } from './tracker.js';

type Deps = Pick<BrokerDeps, 'broker' | 'log' | 'store'>;

/** The orders that left together with this one, with the last of them at the end; empty for an order that left alone. */
async function family({ store }: Pick<Deps, 'store'>, intent: IntentRow): Promise<readonly IntentRow[]> {
  const { positionId, orderRef, step, attempt } = intent;
  const orders = await store.intents.list({ positionId });
  const others = orders.filter(
    (other) => other.orderRef !== orderRef && other.step === step && other.attempt === attempt,
  );
  if (others.length === 0) return [];
  return [intent, ...others].sort((left, right) => (left.orderId ?? 0) - (right.orderId ?? 0));
}

/** Why the order was not transmitted: the broker has refused the last member of its bracket, and shown no sign of this one. */
export async function refusedSibling(deps: Pick<Deps, 'store'>, intent: IntentRow): Promise<string | undefined> {
  if (intent.orderId === undefined || intent.permId !== undefined) return undefined;
  const last = (await family(deps, intent)).at(-1);
  if (last === undefined || last.orderRef === intent.orderRef || last.state !== 'REJECTED') return undefined;
  const name = last.role === 'target' ? 'profit target' : isProtective(last.role) ? 'protective order' : 'last order';
  return `it was not transmitted, since the broker refused its ${name}: ${last.reason ?? 'without a reason'}`;
}

/** Cancels a member of a bracket that may be held. False where the order left alone, or from another client id. */
export async function cancelUntransmitted(
  deps: Deps,
  tracker: OrderTracker,
  intent: IntentRow,
  why?: string,
): Promise<boolean> {
  const { broker } = deps;
  const { orderRef, orderId } = intent;
  const { clientId, epoch } = broker.state();
  if (orderId === undefined || intent.clientId !== clientId || (await family(deps, intent)).length === 0) return false;
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

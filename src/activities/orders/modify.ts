/**
 * The one way in which a live order is changed: the change committed, where lease and trading state still let it go, and written in
 * the same tick as its last checks.
 */
import type { OrderPayload } from '../../domain/order/order.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../deps.js';
import { lookFor } from './look-for.js';
import { payloadHash } from './payload-hash.js';
import { pricesOf, samePrices } from './prices.js';
import { isEnded } from './progress.js';
import type { OrderTracker } from './tracker.js';

const PROBE_MS = 2_000;
/** Half of what an activity has that changes orders: later, nothing is written any more. */
const WRITE_DEADLINE_MS = 30_000;

/** What a change was decided about: taken before anything is read. */
export interface Decided {
  readonly epoch: number;
  /** Until when it may be written, by `performance.now()`. */
  readonly deadline: number;
}

export interface Modify extends Decided {
  readonly intent: IntentRow;
  readonly payload: OrderPayload;
  /** A person's word that lets a reducing order through a halt. */
  readonly overrideHalt: boolean;
}

export type Modified =
  | { readonly kind: 'written' }
  /** The order is over, in doubt, or was changed by somebody else: what is stored now decides. */
  | { readonly kind: 'settled' }
  /** Nothing was written, for want of time, lease or session, or since it may not leave now; to be decided once more. */
  | { readonly kind: 'again' }
  | { readonly kind: 'unknown'; readonly reason: string };

export function decidedNow({ broker }: BrokerDeps): Decided {
  return { epoch: broker.state().epoch, deadline: performance.now() + WRITE_DEADLINE_MS };
}

/**
 * Writes the change of an order that this very session has shown alive. After a restart a gateway may hand out ids again:
 * there, a change of an order that has filled meanwhile would be taken for a new order.
 */
export async function modifyOrder(deps: BrokerDeps, tracker: OrderTracker, change: Modify): Promise<Modified> {
  const { intent, payload, epoch, deadline, overrideHalt } = change;
  const { broker, store, lease } = deps;
  const { orderRef, orderId } = intent;
  await broker.probe(PROBE_MS);
  await tracker.drained();
  if (tracker.get(orderRef)?.liveEpoch !== epoch) return await notShown(deps, tracker, change);
  const { payloadHash: before } = intent;
  const after = payloadHash(payload);
  if (!lease.valid()) return { kind: 'again' };
  const replacing = { payload, payloadHash: after, replaces: before, at: broker.clock.now() };
  const { token } = lease;
  const stored = await store.intents.changeLive(orderRef, { ...replacing, token, overrideHalt });
  if (!stored) return await heldBack(deps, intent);
  const state = broker.state();
  const shown = tracker.get(orderRef);
  const alive = shown?.liveEpoch === epoch;
  // No await between this check and the write.
  if (
    !alive ||
    performance.now() > deadline ||
    state.epoch !== epoch ||
    !state.usable ||
    state.modifyBlocked ||
    !lease.valid() ||
    orderId === undefined
  ) {
    // Nothing was written: what is stored must not say so.
    await store.intents.replacePayload(orderRef, { ...intent, replaces: after, token, at: broker.clock.now() });
    if (performance.now() > deadline || !lease.valid()) return { kind: 'again' };
    return { kind: 'unknown', reason: 'the session changed before the order could be modified' };
  }
  const parentId = shown?.order?.parentId;
  broker.orders.modify({ payload, orderRef, orderId, account: deps.account(), epoch, ...(parentId && { parentId }) });
  tracker.wrote(orderRef, { epoch, payloadHash: after });
  return { kind: 'written' };
}

/**
 * Whether the stored change was committed and never written: its process died, or lost the answer of the commit. The broker shows
 * the order with other prices, and nothing that was written in this session explains them.
 */
export function isUnwritten(deps: BrokerDeps, tracker: OrderTracker, intent: IntentRow): boolean {
  const { epoch } = deps.broker.state();
  const known = tracker.get(intent.orderRef);
  if (known?.order === undefined || known.liveEpoch !== epoch) return false;
  const written = tracker.lastWritten(intent.orderRef);
  if (written?.epoch === epoch && written.payloadHash === intent.payloadHash) return false;
  return !samePrices(known.order, pricesOf(intent.payload));
}

/** The change was not committed: the order is another one by now, or it may not leave. */
async function heldBack({ store }: BrokerDeps, { orderRef, payloadHash: known }: IntentRow): Promise<Modified> {
  const now = await store.intents.get(orderRef);
  return { kind: now?.state === 'ACKED' && now.payloadHash === known ? 'again' : 'settled' };
}

/** This session has not shown the order alive: the broker is asked, and an order that it does not show is unknown. */
async function notShown(deps: BrokerDeps, tracker: OrderTracker, { intent, epoch }: Modify): Promise<Modified> {
  const { store, broker } = deps;
  const { orderRef } = intent;
  await lookFor(deps, tracker, orderRef);
  const now = await store.intents.get(orderRef);
  if (now === undefined || isEnded(now)) return { kind: 'settled' };
  if (tracker.get(orderRef)?.liveEpoch === epoch || broker.state().epoch !== epoch) return { kind: 'again' };
  const reason = 'the present session does not show it';
  await store.intents.mark(orderRef, 'UNKNOWN', { at: broker.clock.now(), reason });
  return { kind: 'unknown', reason };
}

/**
 * The one way to change a live order. The change is committed if lease and trading state still allow it, written in the same tick
 * as its last checks, and followed to the broker's answer. A refused change leaves the order as it was.
 */
import type { OrderPayload } from '../../domain/order/order.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { findOrder } from './find-order.js';
import { pricesOf, samePrices, withPrices } from './order-prices.js';
import { payloadHash } from './payload-hash.js';
import { isEnded } from './progress.js';
import { isReachable, outOfReach } from './reach.js';
import type { OrderTracker, TrackedOrder, WrittenChange } from './tracker.js';

/** What changing an order needs; it is fenced like a send. */
export type ModifyDeps = Pick<BrokerDeps, 'account' | 'broker' | 'lease' | 'store'>;

const PROBE_MS = 2_000;
/** IB has taken 5 s and more to acknowledge a combo. */
const ANSWER_MS = 10_000;
/** Half the time of an activity that changes orders: nothing is written later. */
const WRITE_DEADLINE_MS = 30_000;

/** The state that the change was decided on, taken before anything is read. */
export interface Decided {
  readonly epoch: number;
  /** Latest moment of the write, by `performance.now()`. */
  readonly deadline: number;
}

export interface Modify extends Decided {
  readonly intent: IntentRow;
  readonly payload: OrderPayload;
  /** Market time, epoch ms, from which nothing may be written in this session. */
  readonly closesAt: number;
  /** A person's permission that lets a reducing order through a halt. */
  readonly overrideHalt: boolean;
}

export type Modified =
  /** The broker shows the order as changed. */
  | { readonly kind: 'taken' }
  /** The order works as it was, and the stored row says so. `code` is the broker's; absent when it did not answer. */
  | { readonly kind: 'refused'; readonly code?: number; readonly reason: string }
  /** The broker shows the order under other ids; nothing was written. */
  | { readonly kind: 'out-of-reach'; readonly reason: string }
  /** The order has ended, is in doubt, or was changed by another process: the stored row decides. */
  | { readonly kind: 'settled' }
  /** Nothing was written, for lack of time, lease or session, or because it may not leave now. It must be decided again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'unknown'; readonly reason: string };

export function decidedNow({ broker }: Pick<BrokerDeps, 'broker'>): Decided {
  return { epoch: broker.state().epoch, deadline: performance.now() + WRITE_DEADLINE_MS };
}

/**
 * Writes a change to an order that this session has shown alive, under its original ids, and waits for the answer. After a restart
 * a gateway may hand out the same ids again: it would take a change to an order that has since filled for a new order.
 */
export async function modifyOrder(deps: ModifyDeps, tracker: OrderTracker, change: Modify): Promise<Modified> {
  const { intent, payload, epoch, overrideHalt } = change;
  const { broker, store, lease } = deps;
  const { orderRef, orderId } = intent;
  await broker.probe(PROBE_MS);
  await tracker.drained();
  if (!isShownAlive(tracker.get(orderRef), epoch)) return await notShown(deps, tracker, change);
  // A change carries the contract as the broker describes it, which a status alone does not contain.
  if (orderId !== undefined && !broker.orders.isDescribed(orderId)) await findOrder(deps, tracker, orderRef);
  const blocked = unreachable(deps, intent, tracker.get(orderRef));
  if (blocked !== undefined) return blocked;
  const { payloadHash: before } = intent;
  const after = payloadHash(payload);
  if (!lease.valid()) return { kind: 'again' };
  const { token } = lease;
  const replacing = { payload, payloadHash: after, replaces: before, token, at: broker.clock.now() };
  if (!(await store.intents.changeLive(orderRef, { ...replacing, overrideHalt }))) return await heldBack(deps, intent);
  const written = writeNow(deps, tracker, change, after);
  if (written !== undefined) {
    // Nothing was written, so the stored row must not say so.
    await store.intents.replacePayload(orderRef, { ...intent, replaces: after, token, at: broker.clock.now() });
    return written;
  }
  return await answered(deps, tracker, change, after);
}

/** Whether the session of the write is still current and shows the order alive. */
function isSameSession(
  { broker }: Pick<BrokerDeps, 'broker'>,
  tracker: OrderTracker,
  { intent, epoch }: Modify,
): boolean {
  return broker.state().epoch === epoch && isShownAlive(tracker.get(intent.orderRef), epoch);
}

function isShownAlive(known: TrackedOrder | undefined, epoch: number): boolean {
  return known?.liveEpoch === epoch;
}

function unreachable(
  { broker }: Pick<BrokerDeps, 'broker'>,
  intent: IntentRow,
  known: TrackedOrder | undefined,
): Modified | undefined {
  if (known?.order === undefined || isReachable(intent, known.order, broker.state().clientId)) return undefined;
  return { kind: 'out-of-reach', reason: outOfReach(intent, known.order) };
}

/** The last checks and the write in one tick; what got in the way, or undefined once it is written. */
function writeNow(deps: ModifyDeps, tracker: OrderTracker, change: Modify, after: string): Modified | undefined {
  const { intent, payload, epoch, deadline, closesAt } = change;
  const { broker, lease } = deps;
  const { orderRef, orderId } = intent;
  const state = broker.state();
  const known = tracker.get(orderRef);
  if (performance.now() > deadline || broker.clock.now() >= closesAt || !lease.valid()) return { kind: 'again' };
  const mayWrite = isSameSession(deps, tracker, change) && state.usable && !state.modifyBlocked;
  if (!mayWrite || orderId === undefined || !broker.orders.isDescribed(orderId)) {
    return { kind: 'unknown', reason: 'the session changed before the order could be modified' };
  }
  const blocked = unreachable(deps, intent, known);
  if (blocked !== undefined) return blocked;
  const parentId = known?.order?.parentId;
  broker.orders.modify({ payload, orderRef, orderId, account: deps.account(), epoch, ...(parentId && { parentId }) });
  tracker.wrote(orderRef, { epoch, payloadHash: after, prices: pricesOf(payload) });
  return undefined;
}

/** The broker's answer to a written change. Without one its lists are read, and what they show counts. */
async function answered(deps: ModifyDeps, tracker: OrderTracker, change: Modify, after: string): Promise<Modified> {
  const { intent, payload } = change;
  const { orderRef } = intent;
  const isOver = () => tracker.lastWritten(orderRef)?.answer !== undefined || !isSameSession(deps, tracker, change);
  await tracker.until(orderRef, isOver, ANSWER_MS);
  await tracker.drained();
  if (answerTo(tracker, orderRef, after) === undefined) await findOrder(deps, tracker, orderRef);
  const answer = answerTo(tracker, orderRef, after);
  if (answer?.kind === 'taken') return { kind: 'taken' };
  const stored = await deps.store.intents.get(orderRef);
  if (stored === undefined || isEnded(stored)) return { kind: 'settled' };
  const known = tracker.get(orderRef);
  if (!isSameSession(deps, tracker, change)) return await notShown(deps, tracker, change);
  const shown = known?.order === undefined ? intent.payload : withPrices(payload, known.order);
  await deps.store.intents.replacePayload(orderRef, {
    payload: shown,
    payloadHash: payloadHash(shown),
    replaces: after,
    token: deps.lease.token,
    at: deps.broker.clock.now(),
  });
  if (answer === undefined) {
    return {
      kind: 'refused',
      reason: `The broker shows the order unchanged ${ANSWER_MS / 1000} s after the change was sent.`,
    };
  }
  return { kind: 'refused', ...refusalOf(answer) };
}

function refusalOf({ code, text }: { readonly code: number; readonly text: string }) {
  return { code, reason: `The broker refused the change (${code}): ${text}` };
}

function answerTo(tracker: OrderTracker, orderRef: string, payloadHash: string): WrittenChange['answer'] {
  const written = tracker.lastWritten(orderRef);
  return written?.payloadHash === payloadHash ? written.answer : undefined;
}

/**
 * Whether the stored change was committed but never written: its process died or lost the answer of the commit. The broker shows
 * the order with other prices, and no write of this session explains them.
 */
export function isUnwritten(deps: ModifyDeps, tracker: OrderTracker, intent: IntentRow): boolean {
  const { epoch } = deps.broker.state();
  const known = tracker.get(intent.orderRef);
  if (known?.order === undefined || known.liveEpoch !== epoch) return false;
  const written = tracker.lastWritten(intent.orderRef);
  const isWritten = written?.epoch === epoch && written.payloadHash === intent.payloadHash;
  // One that was refused after it was shown counts as unwritten again.
  if (isWritten && written.answer?.kind !== 'refused') return false;
  return !samePrices(known.order, pricesOf(intent.payload));
}

/**
 * The refusal of the stored change, where it came after the broker had shown the change: the broker is asked, and shows the order at
 * other prices. Undefined when the change stands.
 */
export async function refusedLate(
  deps: Pick<BrokerDeps, 'broker'>,
  tracker: OrderTracker,
  { orderRef, payload, payloadHash: stored }: IntentRow,
): Promise<{ readonly code: number; readonly reason: string } | undefined> {
  const answer = answerTo(tracker, orderRef, stored);
  if (answer?.kind !== 'refused') return undefined;
  await findOrder(deps, tracker, orderRef);
  const shown = tracker.get(orderRef);
  const isLive = shown?.order !== undefined && shown.liveEpoch === deps.broker.state().epoch;
  if (!isLive || samePrices(shown.order, pricesOf(payload))) return undefined;
  return refusalOf(answer);
}

/** The change was not committed: the order has changed meanwhile, or it may not leave. */
async function heldBack(
  { store }: Pick<BrokerDeps, 'store'>,
  { orderRef, payloadHash: known }: IntentRow,
): Promise<Modified> {
  const now = await store.intents.get(orderRef);
  return { kind: now?.state === 'WORKING' && now.payloadHash === known ? 'again' : 'settled' };
}

/** This session has not shown the order alive. The broker is asked, and an order that it does not show is unknown. */
async function notShown(deps: ModifyDeps, tracker: OrderTracker, { intent, epoch }: Modify): Promise<Modified> {
  const { store, broker } = deps;
  const { orderRef } = intent;
  await findOrder(deps, tracker, orderRef);
  const now = await store.intents.get(orderRef);
  if (now === undefined || isEnded(now)) return { kind: 'settled' };
  if (tracker.get(orderRef)?.liveEpoch === epoch || broker.state().epoch !== epoch) return { kind: 'again' };
  const reason = 'the current session has not shown it';
  await store.intents.mark(orderRef, 'UNKNOWN', { at: broker.clock.now(), reason });
  return { kind: 'unknown', reason };
}

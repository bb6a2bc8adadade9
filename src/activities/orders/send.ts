/**
 * Sending: SENDING committed, the write in the same tick as its last checks, and the first evidence judged. Nothing but a proof
 * is ever read as a rejection.
 */
import type { Placement } from '../../contract/activities.js';
import { provesRejection } from '../../domain/order/errorcodes.js';
import { REQUOTED_MS } from '../../domain/order/possible-net.js';
import { isResting } from '../../domain/order/protection.js';
import { classifyRefusal, type RefusalReaction } from '../../domain/order/refusal.js';
import type { IntentRow } from '../../store/api.js';
import { type BrokerDeps, epochLabel } from '../deps.js';
import type { OrderTracker, TrackedOrder } from './tracker.js';

const ACKNOWLEDGEMENT_MS = 2_000;
/** The children's answers come with their parent's. */
const CHILD_MS = 500;
/** Attempts of one step whose price the broker refuses. */
const REPRICED_MAX = 3;

export interface SendParts {
  readonly deps: BrokerDeps;
  readonly tracker: OrderTracker;
}

/** A parent first and its children, or one order alone. */
export type Family = readonly [IntentRow, ...IntentRow[]];

export interface Leave {
  /** The session whose answers the checks before rest on. */
  readonly epoch: number;
  /** Until when it may be written, by `performance.now()`. */
  readonly deadline: number;
  readonly overrideHalt: boolean;
}

export async function send(
  parts: SendParts,
  family: Family,
  { epoch, deadline, overrideHalt }: Leave,
): Promise<Placement> {
  const { deps, tracker } = parts;
  const { broker, store, lease } = deps;
  const { clientId } = broker.state();
  const ids: number[] = [];
  for (const { orderRef } of family) {
    const orderId = broker.orders.allocateOrderId(await store.intents.highestOrderId(clientId));
    const committed = await store.intents.markSending(orderRef, {
      orderId,
      clientId,
      sessionEpoch: epochLabel(deps, epoch),
      token: lease.token,
      overrideHalt,
      at: broker.clock.now(),
    });
    if (!committed) {
      const reason = 'the intent was taken by another step, the broker lease was lost, or trading was halted meanwhile';
      if (ids.length > 0) return await notWritten(parts, family.slice(0, ids.length), reason);
      return { kind: 'unknown', reason };
    }
    ids.push(orderId);
  }

  for (const [index, { orderRef }] of family.entries()) tracker.track(orderRef, ids[index] ?? 0);
  const [heard, ...heardChildren] = family.map(({ orderRef }) => evidence(tracker, orderRef));
  const state = broker.state();
  const isSameSession = state.epoch === epoch && state.usable && state.reconciled;
  const isInTime = performance.now() <= deadline && broker.clock.now() <= family[0].validUntil;
  // No await between this check and the last write.
  if (!isInTime || !isSameSession || !lease.valid()) {
    return await notWritten(parts, family, 'the session, the lease or the deadline was lost before the write');
  }
  for (const [index, { orderRef, payload }] of family.entries()) {
    const [parentId] = ids;
    const place = { payload, orderRef, orderId: ids[index] ?? 0, account: deps.account(), epoch };
    const child = index > 0 && parentId !== undefined ? { parentId } : {};
    try {
      broker.orders.place({ ...place, ...child, transmit: index === family.length - 1 });
    } catch (error) {
      return await cutOff(parts, family, index, error instanceof Error ? error.message : String(error));
    }
  }
  const placement = await judge(parts, family[0], await heard?.(ACKNOWLEDGEMENT_MS));
  // The children were written in the same tick: what has not been heard of them by now is looked for when they matter.
  for (const [index, hear] of heardChildren.entries()) {
    const child = family[index + 1];
    if (child !== undefined) await judge(parts, child, await hear(CHILD_MS));
  }
  return placement;
}

/** The write of one order threw: neither it nor what follows has left; what was written before it was not transmitted. */
async function cutOff(parts: SendParts, family: Family, index: number, reason: string): Promise<Placement> {
  if (index === 0) return await notWritten(parts, family, reason);
  await notWritten(parts, family.slice(index), reason);
  const at = parts.deps.broker.clock.now();
  for (const { orderRef } of family.slice(0, index)) {
    await parts.deps.store.intents.mark(orderRef, 'UNKNOWN', { at, reason: `its bracket was cut off: ${reason}` });
  }
  return { kind: 'unknown', reason };
}

/** `place` writes or throws: a throw proves that nothing left. */
async function notWritten(parts: SendParts, intents: readonly IntentRow[], reason: string): Promise<Placement> {
  const at = parts.deps.broker.clock.now();
  for (const { orderRef } of intents) {
    await parts.deps.store.intents.mark(orderRef, 'EXPIRED', { at, reason: `not written: ${reason}` });
  }
  return { kind: 'expired' };
}

/** Collects the first sign of the order: an order callback, a fill, or an error that names it. */
function evidence(tracker: OrderTracker, orderRef: string): (timeoutMs: number) => Promise<TrackedOrder | undefined> {
  const speaks = () => {
    const known = tracker.get(orderRef);
    if (known === undefined) return undefined;
    // Inactive comes before the error that explains it.
    const shown = known.order !== undefined && known.order.status !== 'Inactive';
    return shown || known.errors.length > 0 ? known : undefined;
  };
  return (timeoutMs) =>
    new Promise((resolve) => {
      const end = (known: TrackedOrder | undefined) => {
        clearTimeout(timer);
        off();
        resolve(known);
      };
      const timer = setTimeout(() => end(speaks()), timeoutMs);
      const off = tracker.onChange(orderRef, () => {
        const known = speaks();
        if (known !== undefined) end(known);
      });
      const already = speaks();
      if (already !== undefined) end(already);
    });
}

async function judge(parts: SendParts, intent: IntentRow, heard: TrackedOrder | undefined): Promise<Placement> {
  const { store, broker } = parts.deps;
  const at = broker.clock.now();
  const proof = heard?.errors.find(({ code }) =>
    provesRejection(code, { newOrder: true, status: heard.order?.status }),
  );
  if (proof !== undefined && !isWorking(heard)) {
    await store.intents.mark(intent.orderRef, 'REJECTED', { at, reason: `${proof.code}: ${proof.text}` });
    const { reaction } = classifyRefusal(proof.code, proof.text);
    const reason = `The broker rejected the order (${proof.code}): ${proof.text}`;
    // The legs of a market that has just jumped are quoted anew one by one; an exit waits until its price is one again.
    if (reaction === 'reprice' && intent.attempt >= REPRICED_MAX && isWorked(intent)) {
      return { kind: 'later', notBefore: at + REQUOTED_MS, reason };
    }
    return { kind: 'rejected', reaction: reactionOf(intent, reaction), code: proof.code, reason };
  }
  if (heard?.order !== undefined && heard.order.status !== 'Inactive') return { kind: 'live' };
  const why =
    heard === undefined
      ? 'no acknowledgement in time'
      : `a doubtful answer (${heard.errors.map(({ code }) => code).join(', ')})`;
  await store.intents.mark(intent.orderRef, 'UNKNOWN', { at, reason: why });
  return { kind: 'unknown', reason: why };
}

function reactionOf({ attempt, payload }: IntentRow, reaction: RefusalReaction): 'again' | 'legs' | 'stop' {
  if (reaction === 'legs' && payload.legs.length > 1) return 'legs';
  return reaction === 'reprice' && attempt < REPRICED_MAX ? 'again' : 'stop';
}

/** An order of an exit, which does not give up because of a price; a resting order is placed anew by its own rules. */
function isWorked({ purpose, role }: IntentRow): boolean {
  return purpose === 'REDUCE' && !isResting(role);
}

function isWorking(heard: TrackedOrder | undefined): boolean {
  const status = heard?.order?.status;
  return status === 'Submitted' || status === 'PreSubmitted' || status === 'Filled';
}

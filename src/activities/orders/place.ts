/**
 * Placing an order: the one place of the system that writes an order to the broker.
 *
 * 1. The intent is already committed. Gates first, then the wire slot, then a probe whose answer proves the session.
 * 2. SENDING is committed with the reserved order id and the fencing token before the write.
 * 3. The write happens in the same synchronous tick as the check of deadline, session epoch and lease, so an activity
 *    that timed out, or lost its lease, cannot write afterwards.
 * 4. The slot is held until the broker acknowledges, or the acknowledgement is overdue; then the order is UNKNOWN.
 * 5. Nothing but a proof is ever read as a rejection.
 */
import type { Placement } from '../../contract/activities.js';
import { LegworkError } from '../../domain/errors.js';
import { provesRejection } from '../../domain/order/errorcodes.js';
import { classifyRefusal, type RefusalReaction } from '../../domain/order/refusal.js';
import type { IntentRow } from '../../store/api.js';
import { type BrokerDeps, epochLabel } from '../deps.js';
import type { SessionCalendar } from '../watch/session-calendar.js';
import { type Caller, passGates } from './gates.js';
import { checkOverClose } from './over-close.js';
import { waitUntilUsable } from './session.js';
import type { OrderTracker, TrackedOrder } from './tracker.js';
import type { WireSlot } from './wire-slot.js';

/** Well under the activity's start-to-close timeout: later, nothing is written any more. */
const WRITE_DEADLINE_MS = 12_000;
const ACKNOWLEDGEMENT_MS = 2_000;
const PROBE_MS = 2_000;
const NOT_READY = Symbol('the session or the lease is not ready');
const RETRY_LATER_MS = 2_000;
const OVER_CLOSE_LOOKS = 8;
const OVER_CLOSE_GAP_MS = 200;

export interface PlaceParts {
  readonly deps: BrokerDeps;
  readonly tracker: OrderTracker;
  readonly slot: WireSlot;
  readonly calendar: SessionCalendar;
}

export async function placeOrder(parts: PlaceParts, orderRef: string, caller: Caller): Promise<Placement> {
  const deadline = performance.now() + WRITE_DEADLINE_MS;
  const { deps } = parts;
  const intent = await deps.store.intents.get(orderRef);
  if (intent === undefined) return { kind: 'refused', code: 'NOT_FOUND', reason: `No intent ${orderRef} is stored.` };
  const known = alreadyDecided(intent);
  if (known !== undefined) return known;

  const gate = await passGates(deps, parts.calendar, intent, caller);
  if (gate.kind !== 'open') return await leaveUnsent(parts, intent, gate);
  const overrideHalt = caller.by === 'person' && caller.overrideHalt;
  for (let attempt = 1; ; attempt++) {
    const sent = await tryOnce(parts, intent, deadline, overrideHalt);
    if (sent === NOT_READY) {
      if (performance.now() > deadline) {
        const notBefore = deps.broker.clock.now() + RETRY_LATER_MS;
        return await leaveUnsent(parts, intent, {
          kind: 'later',
          notBefore,
          reason: 'the broker session is not ready',
        });
      }
      await new Promise((resolve) => setTimeout(resolve, OVER_CLOSE_GAP_MS));
      await waitUntilUsable(deps.broker, Math.max(0, deadline - performance.now()));
      attempt -= 1;
      continue;
    }
    if (typeof sent !== 'string') return sent;
    if (attempt === OVER_CLOSE_LOOKS || performance.now() > deadline) {
      return await leaveUnsent(parts, intent, { kind: 'refused', code: 'RISK_REFUSED', reason: sent });
    }
    await new Promise((resolve) => setTimeout(resolve, OVER_CLOSE_GAP_MS));
    await parts.tracker.drained();
  }
}

/**
 * Sends, or says why the order would close more than is held. A fill of another order on the same contracts reaches the
 * account a moment before our ledger, so one such look is not yet a refusal; the wire is free between looks.
 */
async function tryOnce(
  parts: PlaceParts,
  intent: IntentRow,
  deadline: number,
  overrideHalt: boolean,
): Promise<Placement | string | typeof NOT_READY> {
  const release = await parts.slot.acquire(intent.purpose);
  try {
    // Nothing is committed yet: a session or a lease that is being renewed is waited for, not doubted.
    if (!(await answers(parts.deps)) || !parts.deps.lease.valid()) return NOT_READY;
    const tooMuch = intent.purpose === 'REDUCE' ? await checkOverClose(parts.deps, intent) : undefined;
    return tooMuch ?? (await send(parts, intent, deadline, overrideHalt));
  } finally {
    release();
  }
}

async function answers({ broker }: BrokerDeps): Promise<boolean> {
  if (!broker.state().usable || !broker.state().reconciled) return false;
  try {
    await broker.probe(PROBE_MS);
    return true;
  } catch (error) {
    if (error instanceof LegworkError && error.code === 'BROKER_UNREACHABLE') return false;
    throw error;
  }
}

/** A second delivery of the same step finds what the first one did. */
function alreadyDecided(intent: IntentRow): Placement | undefined {
  switch (intent.state) {
    case 'PLANNED':
      return undefined;
    case 'ACKED':
    case 'FILLED':
    case 'CANCELLED':
      return { kind: 'live' };
    case 'REJECTED':
    case 'EXPIRED':
      return { kind: 'expired' };
    default:
      return { kind: 'unknown', reason: `the order is ${intent.state}` };
  }
}

/** An order that a gate held back is EXPIRED unsent: the next try is judged anew under the next attempt. */
async function leaveUnsent(
  parts: PlaceParts,
  intent: IntentRow,
  placement: Placement & { kind: 'later' | 'refused' | 'expired' },
): Promise<Placement> {
  const reason = placement.kind === 'expired' ? 'its validity passed before it was sent' : placement.reason;
  await parts.deps.store.intents.expireUnsent(intent.orderRef, reason, parts.deps.broker.clock.now());
  return placement;
}

async function send(parts: PlaceParts, intent: IntentRow, deadline: number, overrideHalt: boolean): Promise<Placement> {
  const { deps, tracker } = parts;
  const { orderRef, payload } = intent;
  const { broker, store, lease } = deps;
  const { epoch, clientId } = broker.state();
  const orderId = broker.orders.allocateOrderId(await store.intents.highestOrderId(clientId));
  const committed = await store.intents.markSending(orderRef, {
    orderId,
    clientId,
    sessionEpoch: epochLabel(deps, epoch),
    token: lease.token,
    overrideHalt,
    at: broker.clock.now(),
  });
  if (!committed)
    return {
      kind: 'unknown',
      reason: 'the intent was taken by another step, the broker lease was lost, or trading was halted meanwhile',
    };

  tracker.track(orderRef, orderId);
  const heard = evidence(tracker, orderRef);
  const state = broker.state();
  // No await between this check and the write.
  if (performance.now() > deadline || state.epoch !== epoch || !state.usable || !lease.valid()) {
    return await notWritten(parts, intent, 'the session, the lease or the deadline was lost before the write');
  }
  try {
    broker.orders.place({ payload, orderRef, orderId, account: deps.account(), epoch });
  } catch (error) {
    return await notWritten(parts, intent, error instanceof Error ? error.message : String(error));
  }
  return await judge(parts, intent, await heard(ACKNOWLEDGEMENT_MS));
}

/** `place` writes or throws: a throw proves that nothing left. */
async function notWritten(parts: PlaceParts, intent: IntentRow, reason: string): Promise<Placement> {
  await parts.deps.store.intents.mark(intent.orderRef, 'EXPIRED', {
    at: parts.deps.broker.clock.now(),
    reason: `not written: ${reason}`,
  });
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

async function judge(parts: PlaceParts, intent: IntentRow, heard: TrackedOrder | undefined): Promise<Placement> {
  const { store, broker } = parts.deps;
  const at = broker.clock.now();
  const proof = heard?.errors.find(({ code }) =>
    provesRejection(code, { newOrder: true, status: heard.order?.status }),
  );
  if (proof !== undefined && !isWorking(heard)) {
    await store.intents.mark(intent.orderRef, 'REJECTED', { at, reason: `${proof.code}: ${proof.text}` });
    const { reaction } = classifyRefusal(proof.code, proof.text);
    return {
      kind: 'rejected',
      reaction: reactionOf(intent, reaction),
      code: proof.code,
      reason: `The broker rejected the order (${proof.code}): ${proof.text}`,
    };
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
  return reaction === 'reprice' && attempt < 3 ? 'again' : 'stop';
}

function isWorking(heard: TrackedOrder | undefined): boolean {
  const status = heard?.order?.status;
  return status === 'Submitted' || status === 'PreSubmitted' || status === 'Filled';
}

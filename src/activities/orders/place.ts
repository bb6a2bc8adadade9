/**
 * Placing an order, alone or with the children of its bracket: the only way for an order to leave (send.ts writes it).
 *
 * 1. The intent is already committed. Gates first, then the wire slot, then a probe whose answer proves the session.
 * 2. SENDING is committed with the reserved order id and the fencing token before the write.
 * 3. The write happens in the same synchronous tick as the check of deadline, session epoch and lease, so an activity
 *    that timed out, or lost its lease, cannot write afterwards.
 * 4. The write frees the slot. Other orders may go while this one waits for its acknowledgement; one that is overdue is UNKNOWN.
 * 5. Nothing but a proof is ever read as a rejection.
 */
import type { Placement } from '../../contract/activities.js';
import { LegworkError, notFound } from '../../domain/errors.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { SessionCalendar } from '../market/session-calendar.js';
import { type Caller, passGates } from './gates.js';
import { checkOverClose } from './over-close.js';
import { type Admission, type Leave, type OrderFamily, send, type Written } from './send.js';
import { waitUntilUsable } from './session.js';
import type { OrderTracker } from './tracker.js';
import type { WireSlot } from './wire-slot.js';

/** Well under the activity's start-to-close timeout: nothing is written later. */
const WRITE_DEADLINE_MS = 12_000;
const PROBE_MS = 2_000;
const NOT_READY = Symbol('the session or the lease is not ready');
const RETRY_LATER_MS = 2_000;
const OVER_CLOSE_LOOKS = 8;
const OVER_CLOSE_GAP_MS = 200;

export interface PlaceParts {
  readonly deps: Pick<BrokerDeps, 'account' | 'broker' | 'lease' | 'meters' | 'processId' | 'settings' | 'store'>;
  readonly tracker: OrderTracker;
  readonly slot: WireSlot;
  readonly calendar: SessionCalendar;
  /** The limits for the first order of a position as it is sent. */
  readonly admission: (positionId: string) => Promise<Admission>;
}

/** A single order; its intent is committed. */
export function placeOrder(parts: PlaceParts, orderRef: string, caller: Caller): Promise<Placement> {
  return placeTogether(parts, orderRef, [], caller);
}

/** An order with the children of its bracket, which leave behind it in the same tick; the parent's gates apply. */
export async function placeTogether(
  parts: PlaceParts,
  orderRef: string,
  childRefs: readonly string[],
  caller: Caller,
): Promise<Placement> {
  const deadline = performance.now() + WRITE_DEADLINE_MS;
  const { deps } = parts;
  const intent = await deps.store.intents.get(orderRef);
  if (intent === undefined) return { kind: 'refused', code: 'NOT_FOUND', reason: notFound('order', orderRef).message };
  const known = alreadyDecided(intent);
  if (known !== undefined) return known;
  const family: OrderFamily = [intent, ...(await readChildren(deps, childRefs))];

  const gate = await passGates(deps, parts.calendar, intent, caller);
  if (gate.kind !== 'open') return await leaveUnsent(parts, family, gate);
  const overrideHalt = caller.by === 'person' && caller.overrideHalt;
  const admit = intent.purpose === 'OPEN' ? await parts.admission(intent.positionId) : undefined;
  for (let attempt = 1; ; attempt++) {
    const sent = await tryOnce(parts, family, { deadline, closesAt: gate.closesAt, overrideHalt, admit });
    if (sent === NOT_READY) {
      if (performance.now() > deadline) {
        const notBefore = deps.broker.clock.now() + RETRY_LATER_MS;
        return await leaveUnsent(parts, family, { kind: 'later', notBefore, reason: whyNotReady(deps) });
      }
      await new Promise((resolve) => setTimeout(resolve, OVER_CLOSE_GAP_MS));
      await waitUntilUsable(deps.broker, Math.max(0, deadline - performance.now()));
      attempt -= 1;
      continue;
    }
    if (typeof sent !== 'string') return sent.kind === 'written' ? await sent.outcome() : sent;
    if (attempt === OVER_CLOSE_LOOKS || performance.now() > deadline) {
      return await leaveUnsent(parts, family, { kind: 'refused', code: 'RISK_REFUSED', reason: sent });
    }
    await new Promise((resolve) => setTimeout(resolve, OVER_CLOSE_GAP_MS));
    await parts.tracker.drained();
  }
}

/**
 * Sends, or says why the order would close more than is held. A fill of another order on the same contracts reaches the
 * account a moment before our ledger, so one such poll is not yet a refusal. The wire is free between polls.
 */
async function tryOnce(
  parts: PlaceParts,
  family: OrderFamily,
  leave: Omit<Leave, 'epoch'>,
): Promise<Placement | Written | string | typeof NOT_READY> {
  const [intent] = family;
  const { deps } = parts;
  const release = await parts.slot.acquire(intent.purpose);
  try {
    const { epoch } = deps.broker.state();
    // Nothing is committed yet, so a session or lease that is being renewed is simply waited for.
    if (!(await answers(deps)) || !deps.lease.valid()) return NOT_READY;
    const tooMuch = intent.purpose === 'REDUCE' ? await checkOverClose(deps, intent) : undefined;
    if (tooMuch !== undefined) return tooMuch;
    const sent = await send(parts, family, { ...leave, epoch });
    return sent.kind === 'later' || sent.kind === 'refused' ? await leaveUnsent(parts, family, sent) : sent;
  } finally {
    release();
  }
}

function whyNotReady({ broker, lease }: Pick<BrokerDeps, 'broker' | 'lease'>): string {
  if (!lease.valid()) return 'the worker could not renew its lease of the broker in Postgres';
  return broker.state().reason ?? 'the broker session is not ready';
}

async function answers({ broker }: Pick<BrokerDeps, 'broker'>): Promise<boolean> {
  if (!broker.state().usable || !broker.state().reconciled) return false;
  try {
    await broker.probe(PROBE_MS);
    return true;
  } catch (error) {
    if (error instanceof LegworkError && error.code === 'BROKER_UNREACHABLE') return false;
    throw error;
  }
}

/** A second delivery of the same step finds what the first one did. The follower of a refused order reads how it ended. */
function alreadyDecided(intent: IntentRow): Placement | undefined {
  switch (intent.state) {
    case 'PLANNED':
      return undefined;
    case 'WORKING':
    case 'FILLED':
    case 'CANCELLED':
    case 'REJECTED':
      return { kind: 'live' };
    case 'EXPIRED':
      return { kind: 'expired' };
    default:
      return { kind: 'unknown', reason: `the order is ${intent.state}` };
  }
}

/** An order that a gate held back is EXPIRED unsent: the next try is checked again under the next attempt. */
async function leaveUnsent(
  parts: PlaceParts,
  family: OrderFamily,
  placement: Placement & { kind: 'later' | 'refused' | 'expired' },
): Promise<Placement> {
  const reason = placement.kind === 'expired' ? 'its validity passed before it was sent' : placement.reason;
  const { store, broker } = parts.deps;
  for (const { orderRef } of family) await store.intents.expireUnsent(orderRef, reason, broker.clock.now());
  return placement;
}

async function readChildren(
  { store }: Pick<BrokerDeps, 'store'>,
  refs: readonly string[],
): Promise<readonly IntentRow[]> {
  const rows = await Promise.all(refs.map((ref) => store.intents.get(ref)));
  return rows.filter((row): row is IntentRow => row?.state === 'PLANNED' && row.cancelRequestedAt === undefined);
}

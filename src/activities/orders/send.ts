/**
 * Sending: SENDING committed, the write in the same tick as its last checks, and the first evidence classified. Nothing but a proof
 * is ever read as a rejection.
 */

import type { Placement } from '../../contract/activities.js';
import { messageOf } from '../../domain/errors.js';
import { provesRejection } from '../../domain/order/error-codes.js';
import type { IntentRow, Intents, OpeningTables } from '../../store/api.js';
import { type BrokerDeps, epochLabel } from '../context/deps.js';
import { refusalOf } from './broker-refusal.js';
import { type Gate, gateOpening } from './gates.js';
import type { OrderTracker, TrackedOrder } from './tracker.js';

/** IB has acknowledged combos after 5 s; another client that waits synthesizes the event after 10 s. */
const ACKNOWLEDGEMENT_MS = 10_000;
/** The children's answers come with their parent's. */
const CHILD_MS = 500;

/** Checks an opening against every limit in the transaction that commits it as sent; undefined: it may go. */
export type Admission = (
  tables: OpeningTables,
) => Promise<Pick<Extract<Placement, { kind: 'refused' }>, 'code' | 'reason'> | undefined>;

export interface SendParts {
  readonly deps: Pick<BrokerDeps, 'account' | 'broker' | 'lease' | 'meters' | 'processId' | 'settings' | 'store'>;
  readonly tracker: OrderTracker;
}

/** A parent and then its children, or one order alone. */
export type OrderFamily = readonly [IntentRow, ...IntentRow[]];

export interface Leave {
  /** The session whose answers the earlier checks used. */
  readonly epoch: number;
  /** Latest moment of the write, by `performance.now()`. */
  readonly deadline: number;
  /** Market time, epoch ms, from which nothing may be written in this session. */
  readonly closesAt: number;
  readonly overrideHalt: boolean;
  /** For openings. */
  readonly admit?: Admission | undefined;
}

/** Written. Its outcome follows from the broker's answer, which the wire need not wait for. */
export interface Written {
  readonly kind: 'written';
  outcome(): Promise<Placement>;
}

export async function send(
  parts: SendParts,
  family: OrderFamily,
  { epoch, deadline, closesAt, overrideHalt, admit }: Leave,
): Promise<Placement | Written> {
  const { deps, tracker } = parts;
  const { broker, store, lease } = deps;
  const { clientId } = broker.state();
  const ids: number[] = [];
  for (const { orderRef } of family) {
    const orderId = broker.orders.allocateOrderId(await store.intents.highestOrderId(clientId));
    const sending = {
      ...{ orderId, clientId, overrideHalt },
      sessionEpoch: epochLabel(deps, epoch),
      token: lease.token,
      at: broker.clock.now(),
    };
    const gated = admit !== undefined && ids.length === 0;
    const committed = gated
      ? await commitOpening(deps, orderRef, sending, admit)
      : await store.intents.markSending(orderRef, sending);
    if (typeof committed === 'object') return committed;
    if (!committed) {
      const reason = 'another step took the order, the broker lease was lost, or trading was halted';
      if (ids.length > 0) return await notWritten(parts, family.slice(0, ids.length), reason);
      return { kind: 'unknown', reason };
    }
    ids.push(orderId);
  }

  for (const [index, { orderRef }] of family.entries()) tracker.track(orderRef, ids[index] ?? 0);
  const hearing = family.map(({ orderRef }) => evidence(parts, orderRef, epoch));
  const state = broker.state();
  const isSameSession = state.epoch === epoch && state.usable && state.reconciled;
  const now = broker.clock.now();
  const isInTime = performance.now() <= deadline && now <= family[0].validUntil && now < closesAt;
  // No await between this check and the last write.
  if (!isInTime || !isSameSession || !lease.valid()) {
    return await notWritten(
      parts,
      family,
      'the session or the lease was lost, or the deadline or the close of the market passed, before the write',
    );
  }
  for (const [index, { orderRef, payload }] of family.entries()) {
    const [parentId] = ids;
    const place = { payload, orderRef, orderId: ids[index] ?? 0, account: deps.account(), epoch };
    const child = index > 0 && parentId !== undefined ? { parentId } : {};
    try {
      broker.orders.place({ ...place, ...child, transmit: index === family.length - 1 });
    } catch (error) {
      return await bracketInterrupted(parts, family, index, messageOf(error));
    }
  }
  deps.meters.written(family[0].positionId, family[0].purpose);
  const writtenAt = performance.now();
  return { kind: 'written', outcome: () => outcomeOf(parts, family, hearing, writtenAt) };
}

/** No other opening reads the limits or commits between this read and this commit. */
function commitOpening(
  { settings, store }: SendParts['deps'],
  orderRef: string,
  sending: Parameters<Intents['markSending']>[1],
  admit: Admission,
): Promise<boolean | Exclude<Gate, { kind: 'open' }>> {
  return store.openingsInTurn(async (tables) => {
    const gate = await gateOpening({ settings, store: tables }, sending.at);
    if (gate.kind !== 'open') return gate;
    const refusal = await admit(tables);
    if (refusal !== undefined) return { kind: 'refused', ...refusal };
    return await tables.intents.markSending(orderRef, sending);
  });
}

type Hearing = (timeoutMs: number) => Promise<TrackedOrder | undefined>;

async function outcomeOf(
  parts: SendParts,
  family: OrderFamily,
  [hear, ...hearChildren]: readonly Hearing[],
  writtenAt: number,
): Promise<Placement> {
  const heard = await hear?.(ACKNOWLEDGEMENT_MS);
  if (heard !== undefined) parts.deps.meters.acknowledged(family[0].purpose, writtenAt);
  const placement = await classifyAnswer(parts, family[0], heard);
  // The children were written in the same tick. A child without an answer by now is searched for when it matters.
  for (const [index, hearChild] of hearChildren.entries()) {
    const child = family[index + 1];
    if (child !== undefined) await classifyAnswer(parts, child, await hearChild(CHILD_MS));
  }
  return placement;
}

/** The write of one order threw: neither it nor the rest has left, and the earlier ones were not transmitted. */
async function bracketInterrupted(
  parts: SendParts,
  family: OrderFamily,
  index: number,
  reason: string,
): Promise<Placement> {
  if (index === 0) return await notWritten(parts, family, reason);
  await notWritten(parts, family.slice(index), reason);
  const at = parts.deps.broker.clock.now();
  for (const { orderRef } of family.slice(0, index)) {
    await parts.deps.store.intents.mark(orderRef, 'UNKNOWN', {
      at,
      reason: `the bracket order was interrupted: ${reason}`,
    });
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

/**
 * Collects the first sign of the order: an order callback, a fill, or an error that names it. The end of the session ends the wait.
 * The sign is kept as it came: the same packet may refuse the order before its waiter runs, and the error comes after that.
 */
function evidence({ deps, tracker }: SendParts, orderRef: string, epoch: number): Hearing {
  return async (timeoutMs) => {
    let heard: TrackedOrder | undefined;
    const isHeard = () => {
      heard ??= signOf(tracker.get(orderRef));
      return heard !== undefined;
    };
    const isOver = () => deps.broker.state().epoch !== epoch || !deps.broker.state().usable;
    await tracker.until(orderRef, () => isHeard() || isOver(), timeoutMs);
    return heard;
  };
}

function signOf(known: TrackedOrder | undefined): TrackedOrder | undefined {
  if (known === undefined) return undefined;
  // Inactive comes before the error that explains it.
  const shown = known.order !== undefined && known.order.status !== 'Inactive';
  return shown || known.executed || known.errors.length > 0 ? known : undefined;
}

async function classifyAnswer(
  parts: SendParts,
  intent: IntentRow,
  heard: TrackedOrder | undefined,
): Promise<Placement> {
  const { store, broker } = parts.deps;
  const at = broker.clock.now();
  const proof = heard?.errors.find(({ code }) =>
    provesRejection(code, { newOrder: true, status: heard.order?.status }),
  );
  if (proof !== undefined && !isWorking(heard)) {
    const rejected = await store.intents.mark(intent.orderRef, 'REJECTED', {
      at,
      reason: `${proof.code}: ${proof.text}`,
    });
    const refusal = await refusalOf(store, rejected);
    if (refusal !== undefined) return refusal;
  }
  const shown = heard?.order !== undefined && heard.order.status !== 'Inactive';
  if (shown || heard?.executed) return { kind: 'live', ...stepFrom(intent, at) };
  const why =
    heard === undefined
      ? `no acknowledgement within ${ACKNOWLEDGEMENT_MS / 1000} s, or before the session ended`
      : `a doubtful answer (${heard.errors.map(({ code }) => code).join(', ')})`;
  await store.intents.mark(intent.orderRef, 'UNKNOWN', { at, reason: why });
  return { kind: 'unknown', reason: why };
}

/** The step of a walk begins with the acknowledgement, which may have taken seconds. */
function stepFrom({ walk, createdAt }: IntentRow, acknowledgedAt: number): { readonly stepEndsAt?: number } {
  if (walk === undefined) return {};
  const late = Math.max(0, acknowledgedAt - createdAt);
  return { stepEndsAt: Math.min(walk.endsAt, walk.stepEndsAt + late) };
}

function isWorking(heard: TrackedOrder | undefined): boolean {
  const status = heard?.order?.status;
  return status === 'Submitted' || status === 'PreSubmitted' || status === 'Filled';
}

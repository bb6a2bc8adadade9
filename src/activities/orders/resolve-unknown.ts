/**
 * Settling an order that may or may not work at the broker.
 *
 * Found anywhere (open, executed, completed): followed. Seen nowhere: searched for until its own time at the broker is over and 10 s
 * more, since IB has shown orders seconds after taking them; then, absent from two complete answers, it is dead and may be placed
 * again. Evidence that contradicts itself is parked for a person. An outage is waited out; complete evidence never leaves an order
 * unknown, and no session is ended for one order.
 */
import { Context } from '@temporalio/activity';
import type { Resolution } from '../../contract/activities.js';
import { orderRefPrefix } from '../../domain/ids.js';
import { suggestsRefusal } from '../../domain/order/error-codes.js';
import { classifyEvidence, deadFrom, type EvidenceSnapshot } from '../../domain/order/evidence.js';
import { isProtective } from '../../domain/order/protection.js';
import type { IntentRow } from '../../store/api.js';
import { assertStaying, type BrokerDeps } from '../context/deps.js';
import { compareWithAccount } from './account-evidence.js';
import { cancelDuplicates } from './cancel-duplicates.js';
import { readOrderLists } from './find-order.js';
import { endInactive } from './inactive.js';
import { endInactiveAlert } from './inactive-orders.js';
import { POLL_MS, pauseBetweenPolls } from './poll-pace.js';
import { isEnded } from './progress.js';
import { waitUntilUsable } from './session.js';
import type { OrderTracker } from './tracker.js';
import { alertUnknown, resolveUnknownAlert } from './unknown-alert.js';
import { cancelUntransmitted, whyUntransmitted } from './untransmitted.js';

type Deps = Pick<BrokerDeps, 'broker' | 'log' | 'stopping' | 'store'>;

/** Between polls of an order whose time is not over: short at first, since most are only late. */
const PAUSE_MS = { first: 1_000, most: 10_000 };
const PATIENCE_MS = 5_000;

export async function resolveOrder(deps: Deps, tracker: OrderTracker, orderRef: string): Promise<Resolution> {
  const first = await deps.store.intents.get(orderRef);
  if (first?.state === 'PARKED') await untilDecided(deps, orderRef);
  const resolution = await settleByEvidence(deps, tracker, orderRef);
  if (first === undefined || resolution.kind === 'parked') return resolution;
  await resolveUnknownAlert(deps, first);
  // The alert about a protective order lasts until another one is in its place.
  if (!isProtective(first.role)) await endInactiveAlert(deps, first.positionId, orderRef);
  return resolution;
}

async function settleByEvidence(deps: Deps, tracker: OrderTracker, orderRef: string): Promise<Resolution> {
  const looks: EvidenceSnapshot[] = [];
  let rest = PAUSE_MS.first;
  let usableSince = performance.now();
  let cancels = 0;
  for (let told = false; ; told = true) {
    Context.current().cancellationSignal.throwIfAborted();
    assertStaying(deps);
    await tracker.drained();
    const intent = await neverSentOr(deps, orderRef);
    const settled = intent === undefined ? { kind: 'absent' as const } : byState(intent);
    if (settled !== undefined || intent === undefined) return settled ?? { kind: 'absent' };
    // The step that sent it is gone or got no answer: from now on a person may decide as well.
    if (intent.state === 'SENDING') {
      const reason = intent.reason ?? 'the step that sent it got no answer';
      await deps.store.intents.mark(orderRef, 'UNKNOWN', { at: deps.broker.clock.now(), reason });
    }
    if (!told) await alertUnknown(deps, intent, deadFromOf(tracker, intent));
    if (!(await waitUntilUsable(deps.broker, PATIENCE_MS, Context.current().cancellationSignal))) {
      looks.length = 0; // A look before an outage says nothing about what arrived during it.
      usableSince = performance.now();
      continue;
    }
    const why = cancels === 0 ? await whyUntransmitted(deps, intent) : undefined;
    if (why !== undefined && (await cancelUntransmitted(deps, tracker, intent, why))) cancels += 1;
    const until = deadFromOf(tracker, intent);
    const isWarm = performance.now() - usableSince >= warmUpOf(intent);
    const verdict = await collectEvidence(deps, tracker, intent, { looks, until, isWarm, cancels });
    if (verdict === 'cancelled') cancels += 1;
    else if (verdict !== undefined) return verdict;
    looks.splice(0, looks.length - 2);
    await pauseBetweenPolls(deps, tracker, intent, { until, wallMs: rest });
    rest = Math.min(rest * 2, PAUSE_MS.most);
  }
}

function deadFromOf(tracker: OrderTracker, { orderRef, payload, sentAt, createdAt }: IntentRow): number {
  const errors = tracker.get(orderRef)?.errors ?? [];
  const refused = errors.some(({ code, aboutChange }) => !aboutChange && suggestsRefusal(code));
  return deadFrom(payload, { sentAt: sentAt ?? createdAt, refused });
}

/** Closes an intent whose placing step failed before SENDING: no step that still sleeps may send it later. */
async function neverSentOr(deps: Deps, orderRef: string): Promise<IntentRow | undefined> {
  const { intents } = deps.store;
  await intents.expireUnsent(orderRef, 'it was never sent', deps.broker.clock.now());
  return await intents.get(orderRef);
}

function byState(intent: IntentRow): Resolution | undefined {
  if (intent.state === 'WORKING') return { kind: 'live' };
  // The broker has had it: the follower reads what filled, and why it ended.
  if (isEnded(intent)) return { kind: intent.state === 'EXPIRED' ? 'absent' : 'live' };
  return intent.state === 'PARKED' ? { kind: 'parked', reason: intent.reason ?? 'a person must decide' } : undefined;
}

/**
 * Wall time that a session must have existed before absence in it counts. A new one may not know everything yet, and a second
 * opening is worse than a late one.
 */
function warmUpOf(intent: IntentRow): number {
  return intent.purpose === 'OPEN' ? 15_000 : 5_000;
}

interface Look {
  readonly looks: EvidenceSnapshot[];
  readonly until: number;
  readonly isWarm: boolean;
  /** How often a cancel was sent: because the order is Inactive, or may be held untransmitted. */
  readonly cancels: number;
}

/** Asks the broker once for everything that could show the order, and records what it finds. */
async function collectEvidence(
  deps: Deps,
  tracker: OrderTracker,
  intent: IntentRow,
  { looks, until, isWarm, cancels }: Look,
): Promise<Resolution | 'cancelled' | undefined> {
  const { broker, store } = deps;
  const asked = broker.clock.now();
  const [{ open, completed, executions }, positions] = await Promise.all([readOrderLists(broker), broker.positions()]);
  looks.push({
    at: asked,
    open: open.rows,
    openComplete: open.complete,
    completed: completed.rows,
    completedComplete: completed.complete,
    fills: executions.rows,
    fillsComplete: executions.complete,
    positionsComplete: positions.complete,
    positions: positions.rows.map(({ conId, quantity }) => ({ conId, quantity })),
  });
  const verdict = classifyEvidence({
    orderRef: intent.orderRef,
    prefix: orderRefPrefix(intent),
    permId: intent.permId ?? 0,
    looks,
    deadFrom: until,
  });
  const at = broker.clock.now();
  switch (verdict.kind) {
    case 'found': {
      // An order with the intent's permId is this order, whatever attempt its reference names.
      const permId = intent.permId ?? 0;
      const mine = <T extends { readonly orderRef: string; readonly permId: number }>(rows: readonly T[]): T[] =>
        rows
          .filter((row) => row.orderRef === intent.orderRef || (permId > 0 && row.permId === permId))
          .map((row) => ({ ...row, orderRef: intent.orderRef }));
      await tracker.ingest([...mine(open.rows), ...mine(completed.rows)], mine(executions.rows));
      const after = await store.intents.get(intent.orderRef);
      if (after === undefined) return { kind: 'absent' };
      return byState(after) ?? (await endInactive(deps, tracker, after, { deadFrom: until, cancels }));
    }
    case 'may-live':
    case 'absent': {
      if (!isWarm || (verdict.kind === 'may-live' && !verdict.isSteady)) return undefined;
      const held = await compareWithAccount(deps, intent, { positions: positions.rows, executions: executions.rows });
      if (held === 'busy') return undefined;
      // Its fill is in the account, and no longer in any list.
      if (held !== 'agrees') {
        await store.intents.mark(intent.orderRef, 'PARKED', { at, reason: held.difference });
        return { kind: 'parked', reason: held.difference };
      }
      if (verdict.kind === 'may-live') return undefined;
      if (cancels === 0 && (await cancelUntransmitted(deps, tracker, intent))) return 'cancelled';
      await store.intents.mark(intent.orderRef, 'EXPIRED', {
        at,
        reason: 'absent from two complete answers of the broker after its time was over',
      });
      return { kind: 'absent' };
    }
    case 'two-live':
      await cancelDuplicates(deps, tracker, intent, verdict.reason);
      looks.length = 0;
      return undefined;
    default:
      return undefined;
  }
}

/** A person decides with `legwork orders resolve`, which changes the stored state. */
export async function untilDecided(deps: Deps, orderRef: string): Promise<void> {
  for (;;) {
    const intent = await deps.store.intents.get(orderRef);
    if (intent?.state !== 'PARKED') return;
    Context.current().cancellationSignal.throwIfAborted();
    assertStaying(deps);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

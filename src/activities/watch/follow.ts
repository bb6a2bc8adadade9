/** Follows a live order until it ends, its step ends, a message or a rule requests something, or the link is lost. */
import { Context } from '@temporalio/activity';
import type { FollowResult, Progress, WatchActivities } from '../../contract/activities.js';
import type { ExitCommand } from '../../contract/requests.js';
import { type ErrorCodeClass, errorClass } from '../../domain/ib-codes.js';
import { URGENCY_RANK, type Urgency } from '../../domain/rules/decision.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existingIntent } from '../context/existing.js';
import type { PositionWaits } from '../context/waits.js';
import { findOrder } from '../orders/find-order.js';
import { whyCancelled } from '../orders/over-close.js';
import { isEnded, readProgress } from '../orders/progress.js';
import type { OrderTracker } from '../orders/tracker.js';
import type { AttachedMonitor, MonitorPool } from './monitor-pool.js';

type Deps = Pick<BrokerDeps, 'broker' | 'store'>;

export interface FollowParts {
  readonly deps: Deps;
  readonly tracker: OrderTracker;
  readonly waits: PositionWaits;
  readonly monitors: MonitorPool;
}

/** Market time between two reads of the trading state while an opening works. */
const TRADING_STATE_MS = 15_000;
/** Wall time that the reason of a cancel may take to arrive. */
const REASON_MS = 1_000;

type Input = Parameters<WatchActivities['followOrder']>[0];

export async function followOrder(parts: FollowParts, input: Input): Promise<FollowResult> {
  const { deps, tracker, waits } = parts;
  const wait = waits.open(input.positionId);
  const offOrder = tracker.onChange(input.orderRef, () => wait.wake());
  const offSession = tracker.onSession(() => wait.wake());
  const { cancellationSignal } = Context.current();
  const onCancel = () => wait.wake();
  cancellationSignal.addEventListener('abort', onCancel);
  let monitor: AttachedMonitor | undefined;
  let doubts = 0;
  // What came from outside before this call is news to it.
  let changed = true;
  try {
    // The rules go on while an order works: they may request more urgency, or an exit during the entry.
    monitor = await parts.monitors.attach(input.positionId, () => wait.wake());
    for (;;) {
      cancellationSignal.throwIfAborted();
      const signal = wait.next();
      const told = doubtsAbout(tracker, input.orderRef);
      if (told > doubts) await findOrder(deps, tracker, input.orderRef);
      doubts = told;
      const endedBy = wait.endedBy();
      changed ||= endedBy !== undefined;
      const asked = await monitor?.poll((one) => isNews(input, one));
      const seen = await stateOf(parts, input, { asked, endedBy, changed });
      changed = false;
      if (seen !== undefined) return seen;
      const again = input.purpose === 'OPEN' ? deps.broker.clock.now() + TRADING_STATE_MS : input.until;
      await deps.broker.clock.wait(Math.min(input.until, again), input.positionId, signal);
    }
  } finally {
    offOrder();
    offSession();
    cancellationSignal.removeEventListener('abort', onCancel);
    monitor?.close();
    wait.close();
  }
}

/** A rejection of an acknowledged order may come without a status. */
const DOUBTFUL: readonly ErrorCodeClass[] = ['ambiguous', 'cancel', 'rejection'];

/**
 * Errors about the order after which only the broker's own lists show its state and price: a modify of a filled or missing order
 * reached nobody else, and one refused late was shown as taken before.
 */
function doubtsAbout(tracker: OrderTracker, orderRef: string): number {
  const errors = tracker.get(orderRef)?.errors ?? [];
  return errors.filter(({ code, aboutChange, late }) => (!aboutChange || late) && DOUBTFUL.includes(errorClass(code)))
    .length;
}

/** While opening, every exit is news; while exiting, only more urgency is. A rule's decision is news once. */
function isNews(input: Input, asked: { readonly rule: string; readonly urgency: Urgency }): boolean {
  if (input.heard?.includes(asked.rule)) return false;
  return input.purpose === 'OPEN' || URGENCY_RANK[asked.urgency] < URGENCY_RANK[input.urgency];
}

async function stateOf(
  { deps, tracker }: FollowParts,
  input: Input,
  {
    asked,
    endedBy,
    changed,
  }: {
    readonly asked: ExitCommand | undefined;
    readonly endedBy: string | undefined;
    readonly changed: boolean;
  },
): Promise<FollowResult | undefined> {
  await tracker.drained();
  const intent = await existingIntent(deps.store, input.orderRef);
  if (isEnded(intent)) return { kind: 'settled', progress: await readExplained(deps, tracker, intent) };
  const progress = await readProgress(deps.store, intent);
  if (intent.state === 'UNKNOWN' || intent.state === 'SENDING') {
    return { kind: 'unknown', reason: intent.reason ?? 'the order was never acknowledged', progress };
  }
  // The step that follows cancels it.
  if (changed && (await whyCancelled(deps, intent)) !== undefined) return { kind: 'step-ended', progress };
  if (asked !== undefined) return { kind: 'decision', command: asked, progress };
  if (endedBy !== undefined) return { kind: 'ended', progress };
  if (deps.broker.clock.now() >= input.until) return { kind: 'step-ended', progress };
  // A halt ends an opening that works: the step that follows cancels it.
  if (input.purpose === 'OPEN' && (await deps.store.trading.state()).state !== 'ACTIVE') {
    return { kind: 'step-ended', progress };
  }
  return undefined;
}

/** Progress of an ended order. The reason of a cancel that nobody here requested may come a moment after its status. */
async function readExplained(deps: Deps, tracker: OrderTracker, intent: IntentRow): Promise<Progress> {
  const progress = await readProgress(deps.store, intent);
  const isExplained = intent.state !== 'CANCELLED' || progress.timedOut || intent.reason !== undefined;
  if (isExplained || intent.cancelRequestedAt !== undefined || hasReason(tracker, intent.orderRef)) return progress;
  await tracker.until(intent.orderRef, () => hasReason(tracker, intent.orderRef), REASON_MS);
  await tracker.drained();
  return await readProgress(deps.store, (await deps.store.intents.get(intent.orderRef)) ?? intent);
}

function hasReason(tracker: OrderTracker, orderRef: string): boolean {
  return tracker.get(orderRef)?.errors.some(({ code }) => code === 202) === true;
}

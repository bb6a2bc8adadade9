/**
 * watchPosition: one long activity a position. It returns only when there is something to do: a confirmed decision, the end
 * of the session, a message, or a position that is flat without our doing.
 */
import { Context } from '@temporalio/activity';
import type { WatchActivities, WatchResult } from '../../contract/activities.js';
import type { PositionWaits } from '../context/waits.js';
import { followUpOf } from '../orders/broken-alert.js';
import { type CompareParts, reconcileNow } from '../positions/reconcile-now.js';
import { BrokenWatch } from './broken.js';
import { commandOf } from './command.js';
import { Monitor, type MonitorParts } from './monitor.js';
import { recordLedgerDecision } from './record.js';

const HEARTBEAT_MS = 1_000;
/** Wall time between two looks when ticks stream in. */
const LOOK_GAP_MS = 100;

export async function watchPosition(
  parts: MonitorParts & CompareParts,
  waits: PositionWaits,
  input: Parameters<WatchActivities['watchPosition']>[0],
): Promise<WatchResult> {
  const { positionId, paused } = input;
  const { clock } = parts.deps.broker;
  const context = Context.current();
  const wait = waits.open(positionId);
  clock.join(positionId);
  const beating = setInterval(() => context.heartbeat(positionId), HEARTBEAT_MS);
  const onCancel = () => wait.wake();
  context.cancellationSignal.addEventListener('abort', onCancel);
  const polled = parts.deps.settings().watch.mode === 'poll';
  let monitor: Monitor | undefined;
  try {
    // Within: a gateway or a database that is away must not leave a beating interval behind at every try.
    monitor = await Monitor.open(parts, positionId, () => {
      if (!polled) wait.wake();
    });
    if (monitor === undefined) return { kind: 'flat', reason: 'The position is not stored.' };
    let sessionSeen = false;
    const broken = new BrokenWatch();
    for (;;) {
      context.cancellationSignal.throwIfAborted();
      const signal = wait.next();
      const endedBy = wait.endedBy();
      if (endedBy !== undefined) return { kind: 'ended', reason: endedBy };
      const look = await monitor.look(() => !paused);
      if (look.flat) return { kind: 'flat', reason: 'The ledger says that nothing is held any more.' };
      // Nobody trades what has expired: the account is asked how it ended, and what that says ends this watch.
      if (look.settling) await reconcileNow(parts);
      if (look.session.isOpen) sessionSeen = true;
      else if (sessionSeen) return { kind: 'session-end' };
      const rest =
        look.session.isOpen && !paused
          ? broken.observe(monitor.position, clock.now(), followUpOf(parts.deps, monitor.position))
          : {};
      if (rest.decision !== undefined) await recordLedgerDecision(parts.deps, monitor.position, rest.decision);
      const decision = rest.decision ?? look.decision;
      const command = decision === undefined ? undefined : commandOf(positionId, decision);
      if (decision !== undefined && command !== undefined) return { kind: 'decision', decision, command };
      const at = look.session.isOpen
        ? Math.min(look.lookAgainAt, rest.lookAgainAt ?? look.lookAgainAt)
        : look.session.nextOpen;
      await clock.wait(polled && look.session.isOpen ? pollAt(parts, look.session.close) : at, positionId, signal);
      if (!polled) await pauseBetweenLooks(parts);
    }
  } finally {
    clearInterval(beating);
    context.cancellationSignal.removeEventListener('abort', onCancel);
    monitor?.close();
    wait.close();
  }
}

function pollAt(parts: Pick<MonitorParts, 'deps'>, close: number): number {
  const { broker, settings } = parts.deps;
  return Math.min(close, broker.clock.now() + settings().watch.intervalSeconds * 1000);
}

/** Ticks of many legs come one by one: a short gap makes one look of them. Nothing waits on it in a stepped clock's time. */
function pauseBetweenLooks(parts: Pick<MonitorParts, 'deps'>): Promise<void> | undefined {
  if (parts.deps.stepped()) return undefined;
  return new Promise((resolve) => setTimeout(resolve, LOOK_GAP_MS));
}

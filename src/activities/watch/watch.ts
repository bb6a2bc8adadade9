/**
 * watchPosition: one long activity per position. It returns only when there is something to do: a confirmed decision, the
 * end of the session, a message, or a position that became flat without our doing.
 */
import { Context } from '@temporalio/activity';
import type { WatchActivities, WatchResult } from '../../contract/activities.js';
import { OBSERVED_CAUSES, reasonsOf } from '../../domain/position/attention.js';
import type { PositionWaits } from '../context/waits.js';
import { followUpOf } from '../orders/broken-alert.js';
import { EXIT_UNFILLED } from '../orders/exit-alert.js';
import { type CompareParts, reconcileNow } from '../positions/reconcile-now.js';
import { detailsOf } from '../positions/summary.js';
import { LastDayWatch } from './last-day-watch.js';
import { Monitor, type MonitorParts } from './monitor.js';
import { recordLedgerDecision } from './record.js';
import { commandOf } from './rule-command.js';
import { sleepBefore, waitBefore } from './sleep.js';
import { UnbalancedWatch } from './unbalanced-watch.js';

type WatchInput = Parameters<WatchActivities['watchPosition']>[0];

/** Wall time between two polls while ticks stream in. */
const POLL_GAP_MS = 100;

export async function watchPosition(
  parts: MonitorParts & CompareParts,
  waits: PositionWaits,
  input: WatchInput,
): Promise<WatchResult> {
  const { positionId, paused } = input;
  const { clock } = parts.deps.broker;
  const context = Context.current();
  const wait = waits.open(positionId);
  clock.join(positionId);
  const onCancel = () => wait.wake();
  context.cancellationSignal.addEventListener('abort', onCancel);
  const polled = parts.deps.settings().watch.mode === 'poll';
  let monitor: Monitor | undefined;
  try {
    // No exit of the position works while it is watched.
    await parts.deps.store.alerts.end({ rule: EXIT_UNFILLED, positionId }, clock.now());
    monitor = await Monitor.open(parts, positionId, () => {
      if (!polled) wait.wake();
    });
    if (monitor === undefined) return { kind: 'flat', reason: 'The position is not stored.' };
    let sessionSeen = false;
    const broken = new UnbalancedWatch();
    const lastDay = new LastDayWatch(parts.deps);
    for (;;) {
      context.cancellationSignal.throwIfAborted();
      const signal = wait.next();
      const endedBy = wait.endedBy();
      if (endedBy !== undefined) return { kind: 'ended', reason: endedBy, ...(await page(parts, monitor)) };
      const poll = await monitor.poll(() => !paused);
      if (poll.flat) return { kind: 'flat', reason: 'The ledger shows no open contracts any more.' };
      // Expired contracts do not trade: the account is asked how they ended, and its answer ends this watch.
      if (poll.settling) await reconcileNow(parts);
      if (poll.session.isOpen) sessionSeen = true;
      else if (sessionSeen) return { kind: 'session-end' };
      if (poll.session.isOpen) {
        await lastDay.observe(monitor.position, poll.session.facts.untilCloseMs, monitor.underlyingPrice());
      }
      const rest =
        poll.session.isOpen && !paused
          ? broken.observe(monitor.position, clock.now(), followUpOf(parts.deps, monitor.position))
          : {};
      if (rest.decision !== undefined) await recordLedgerDecision(parts.deps, monitor.position, rest.decision);
      const decision = rest.decision ?? poll.decision;
      const command = decision === undefined ? undefined : commandOf(positionId, decision);
      if (decision !== undefined && command !== undefined)
        return { kind: 'decision', decision, command, ...(await page(parts, monitor)) };
      const news = await newsFor(parts, monitor, input);
      if (news !== undefined) return news;
      const sleepMs = input.maySleep && !poll.session.isOpen ? sleepBefore(clock, poll.session.nextOpen) : undefined;
      if (sleepMs !== undefined && wait.endedBy() === undefined) return { kind: 'closed', sleepMs };
      const at = poll.session.isOpen
        ? Math.min(poll.nextPollAt, rest.nextPollAt ?? poll.nextPollAt)
        : waitBefore(clock, poll.session.nextOpen);
      await clock.wait(polled && poll.session.isOpen ? pollAt(parts, poll.session.close) : at, positionId, signal);
      if (!polled) await pauseBetweenPolls(parts);
    }
  } finally {
    context.cancellationSignal.removeEventListener('abort', onCancel);
    monitor?.close();
    wait.close();
  }
}

/** What the run of the position is to show: other reasons for attention than it knows, or its page once in a run. */
async function newsFor(parts: MonitorParts, monitor: Monitor, input: WatchInput): Promise<WatchResult | undefined> {
  const observed = reasonsOf(monitor.position.attentionReasons, OBSERVED_CAUSES);
  if (input.observed !== undefined && JSON.stringify(observed) !== JSON.stringify(input.observed)) {
    const reason = 'the reasons for attention changed';
    return { kind: 'ended', reason, observed, ...(await page(parts, monitor)) };
  }
  if (input.renew !== true || monitor.seen === undefined) return undefined;
  const renewed = await page(parts, monitor);
  if (renewed.details === undefined) return undefined;
  return { kind: 'ended', reason: 'the page of the position is renewed', ...renewed };
}

/** The page never holds up what the watch has to say. */
async function page(
  { deps: { broker, store, log } }: Pick<MonitorParts, 'deps'>,
  { position, seen }: Monitor,
): Promise<{ readonly details?: string }> {
  try {
    return { details: await detailsOf(store, position, broker.clock.now(), seen) };
  } catch (error) {
    log('warn', 'the page of a position could not be renewed', { error: String(error) });
    return {};
  }
}

function pollAt(parts: Pick<MonitorParts, 'deps'>, close: number): number {
  const { broker, settings } = parts.deps;
  return Math.min(close, broker.clock.now() + settings().watch.intervalSeconds * 1000);
}

/** Ticks of many legs come one by one; a short gap turns them into one poll. A stepped clock does not wait for it. */
function pauseBetweenPolls(parts: Pick<MonitorParts, 'deps'>): Promise<void> | undefined {
  if (parts.deps.stepped()) return undefined;
  return new Promise((resolve) => setTimeout(resolve, POLL_GAP_MS));
}

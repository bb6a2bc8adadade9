/** waitUntil: a position waits for market time, and can be woken by a message. */
import { Context } from '@temporalio/activity';
import type { WatchActivities } from '../../contract/activities.js';
import type { BrokerDeps } from '../context/deps.js';
import type { PositionWaits } from '../context/waits.js';
import { sleepBefore, waitBefore } from './sleep.js';

export interface WaitParts {
  readonly deps: Pick<BrokerDeps, 'broker'>;
  readonly waits: PositionWaits;
}

/** True when the time has come, false when a message ended the wait; or the wall time that the run is to sleep first. */
export async function waitUntil(
  parts: WaitParts,
  { positionId, at, maySleep }: Parameters<WatchActivities['waitUntil']>[0],
): ReturnType<WatchActivities['waitUntil']> {
  const { clock } = parts.deps.broker;
  const context = Context.current();
  const wait = parts.waits.open(positionId);
  clock.join(positionId);
  const onCancel = () => wait.wake();
  context.cancellationSignal.addEventListener('abort', onCancel);
  try {
    for (;;) {
      context.cancellationSignal.throwIfAborted();
      const signal = wait.next();
      if (wait.endedBy() !== undefined) return false;
      const sleepMs = maySleep ? sleepBefore(clock, at) : undefined;
      if (sleepMs !== undefined) return { sleepMs };
      const next = maySleep ? waitBefore(clock, at) : at;
      if ((await clock.wait(next, positionId, signal)) === 'reached' && next === at) return true;
    }
  } finally {
    context.cancellationSignal.removeEventListener('abort', onCancel);
    wait.close();
  }
}

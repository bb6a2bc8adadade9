/** waitUntil: a position waits for market time, and can be woken by a message. */
import { Context } from '@temporalio/activity';
import type { BrokerDeps } from '../context/deps.js';
import type { PositionWaits } from '../context/waits.js';

export interface WaitParts {
  readonly deps: Pick<BrokerDeps, 'broker'>;
  readonly waits: PositionWaits;
}

/** True when the time has come, false when a message ended the wait. */
export async function waitUntil(parts: WaitParts, positionId: string, at: number): Promise<boolean> {
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
      if ((await clock.wait(at, positionId, signal)) === 'reached') return true;
    }
  } finally {
    context.cancellationSignal.removeEventListener('abort', onCancel);
    wait.close();
  }
}

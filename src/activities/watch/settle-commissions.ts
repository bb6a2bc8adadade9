/** The end of a position's P&L: commission reports come after their fills. */
import { Context } from '@temporalio/activity';
import { effectiveFills } from '../../domain/position/ledger.js';
import type { BrokerDeps } from '../context/deps.js';
import type { PositionWaits } from '../context/waits.js';
import type { OrderTracker } from '../orders/tracker.js';

export interface SettleParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'store'>;
  readonly tracker: OrderTracker;
  readonly waits: PositionWaits;
}

/** Market time after which the broker is asked for reports that did not come: it repeats them with the executions of the day. */
const PATIENCE_MS = 30_000;
/** Market time from then until the P&L stands with the known commissions; later reports still correct it. */
const REPEATED_MS = 10_000;

export async function settleCommissions(parts: SettleParts, positionId: string): Promise<void> {
  const { tracker, waits, deps } = parts;
  const { clock } = deps.broker;
  const context = Context.current();
  clock.join(positionId);
  let until = clock.now() + PATIENCE_MS;
  let asked = false;
  const wait = waits.open(positionId);
  const off = tracker.onCommission(() => wait.wake());
  const onCancel = () => wait.wake();
  context.cancellationSignal.addEventListener('abort', onCancel);
  try {
    for (;;) {
      context.cancellationSignal.throwIfAborted();
      const signal = wait.next();
      await tracker.drained();
      if ((await allReported(parts, positionId)) || wait.endedBy() !== undefined) break;
      if (clock.now() >= until) {
        if (asked) break;
        asked = true;
        // The reports come with the answer. A broker that is away repeats them with the next session.
        await deps.broker.orders.executions().catch(() => undefined);
        until = clock.now() + REPEATED_MS;
        continue;
      }
      await clock.wait(until, positionId, signal);
    }
  } finally {
    off();
    context.cancellationSignal.removeEventListener('abort', onCancel);
    wait.close();
  }
  await tracker.projectNow(positionId);
}

async function allReported(parts: SettleParts, positionId: string): Promise<boolean> {
  const fills = effectiveFills(await parts.deps.store.fills.ofPosition(positionId));
  return fills.every((fill) => fill.secType === 'BAG' || fill.commission !== undefined);
}

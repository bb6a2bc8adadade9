/** How often the broker is asked about an order that it does not show, or that can only be waited for. */
import { Context } from '@temporalio/activity';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { OrderTracker } from './tracker.js';

export const POLL_MS = 1_000;

/** Waits some wall time; the end of the order's own time, or news about it, ends the wait sooner. */
export async function pauseBetweenPolls(
  { broker }: Pick<BrokerDeps, 'broker'>,
  tracker: OrderTracker,
  { orderRef, positionId }: IntentRow,
  { until, wallMs }: { readonly until: number; readonly wallMs: number },
): Promise<void> {
  // After the order's time only the next poll is awaited, and a stepped clock stands still.
  if (broker.clock.now() >= until) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    return;
  }
  const over = new AbortController();
  const end = () => over.abort();
  const { cancellationSignal } = Context.current();
  cancellationSignal.addEventListener('abort', end);
  const timer = setTimeout(end, wallMs);
  const off = tracker.onChange(orderRef, end);
  try {
    await broker.clock.wait(until, positionId, over.signal);
  } finally {
    clearTimeout(timer);
    off();
    cancellationSignal.removeEventListener('abort', end);
  }
}

/** Takes up every new broker session: reads open orders, executions and completed orders before anything may be sent. */
import { reconcileSession } from '../activities/orders/reconcile.js';
import type { BrokerParts } from '../activities/parts.js';

const AGAIN_MS = 500;

/** `onTakenUp` is called each time a session has been taken up. */
export function startReconciler(parts: Pick<BrokerParts, 'deps' | 'tracker'>, onTakenUp: () => void): { stop(): void } {
  const { broker, log } = parts.deps;
  let stopped = false;
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  const run = async () => {
    if (running || stopped) return;
    const state = broker.state();
    if (!state.usable || (state.reconciled && !state.modifyBlocked)) return;
    running = true;
    let done = false;
    try {
      done = await reconcileSession(parts.deps, parts.tracker);
    } catch (error) {
      log('warn', 'the session could not be reconciled yet', { error: String(error) });
    } finally {
      running = false;
    }
    if (done) onTakenUp();
    if (stopped || done) return;
    timer = setTimeout(() => void run(), AGAIN_MS);
  };
  const off = broker.onState(() => void run());
  void run();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      off();
    },
  };
}

/** Waits for a usable broker session, in wall time: an outage concerns processes, not the market. */
import type { Broker } from '../../broker/api.js';
import { LegworkError } from '../../domain/errors.js';

const SESSION_WAIT_MS = 30_000;

/** True once the session is usable and reconciled; false when `timeoutMs` of wall time pass first. */
export async function waitUntilUsable(broker: Broker, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  const good = () => broker.state().usable && broker.state().reconciled;
  if (good()) return true;
  return await new Promise<boolean>((resolve) => {
    const end = (result: boolean) => {
      clearTimeout(timer);
      off();
      signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const onAbort = () => end(false);
    const timer = setTimeout(() => end(good()), timeoutMs);
    const off = broker.onState(() => {
      if (good()) end(true);
    });
    signal?.addEventListener('abort', onAbort);
  });
}

/** Throws BROKER_UNREACHABLE, which is retried, when the session cannot be used in time. */
export async function assertUsable(broker: Broker): Promise<void> {
  if (await waitUntilUsable(broker, SESSION_WAIT_MS)) return;
  throw new LegworkError('BROKER_UNREACHABLE', broker.state().reason ?? 'The broker session is not ready.');
}

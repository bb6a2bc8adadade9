/**
 * Tells alerts to the outside by a web hook that takes the body of Slack's. What was raised is told, however often we restart;
 * a hook that is away or asks for patience is tried again, and an alert that it will not take does not hold back the
 * others. One process does it, by a lease of its own: a worker or the watchdog.
 */

import type { Log } from '../activities/context/deps.js';
import { defined } from '../domain/defined.js';
import { httpRequest } from '../outbound/http.js';
import type { AlertRow, Store } from '../store/api.js';
import { tryLease } from './lease.js';

const LEASE = 'alerts';
const POLL_MS = 2_000;
const BATCH = 20;
/** The same alert is told again at most this often while it keeps being raised. */
const REPEAT_MS = 3_600_000;
const ANSWER_MS = 10_000;
/** Hooks take about one message a second. */
const GAP_MS = 1_100;
const PATIENCE_MS = { first: 5_000, most: 300_000 };

export interface AlertSender {
  stop(): Promise<void>;
}

export function startAlertSender(parts: {
  readonly store: Store;
  readonly url: string;
  readonly holder: string;
  readonly log: Log;
  /** Wall time before a refused alert is tried again, doubled up to its most. */
  readonly patienceMs?: { readonly first: number; readonly most: number };
  /** Wall time that the hook has for an answer. */
  readonly answerMs?: number;
}): AlertSender {
  const { store, url, holder, log, patienceMs = PATIENCE_MS, answerMs = ANSWER_MS } = parts;
  const ended = new AbortController();
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        ended.signal.removeEventListener('abort', done);
        resolve();
      }
      ended.signal.addEventListener('abort', done);
    });
  /** Alerts whose body the hook refused, and when each is tried again, monotonic wall ms. */
  const refused = new Map<string, { until: number; patience: number }>();
  const put = (alert: AlertRow, error: HookRefused) => {
    const patience = Math.min((refused.get(alert.alertId)?.patience ?? patienceMs.first / 2) * 2, patienceMs.most);
    refused.set(alert.alertId, { until: performance.now() + patience, patience });
    log('warn', 'the web hook does not take an alert', { rule: alert.rule, error: String(error) });
  };
  const turn = async (): Promise<number> => {
    const waiting = [...refused].filter(([, { until }]) => until > performance.now()).map(([alertId]) => alertId);
    for (const alert of await store.deliveries.due(REPEAT_MS, BATCH, waiting)) {
      if (ended.signal.aborted) return 0;
      try {
        await postAlert(url, alert, { answerMs, stop: ended.signal });
      } catch (error) {
        if (!(error instanceof HookRefused) || error.mayPass) throw error;
        put(alert, error);
        await pause(GAP_MS);
        continue;
      }
      refused.delete(alert.alertId);
      await store.deliveries.done(alert.alertId, alert.count);
      await pause(GAP_MS);
    }
    return POLL_MS;
  };
  const loop = async () => {
    let patience = patienceMs.first;
    while (!ended.signal.aborted) {
      const lease = await tryLease(store.leases, LEASE, holder, log).catch(() => undefined);
      if (lease === undefined) {
        await pause(POLL_MS * 5);
        continue;
      }
      try {
        while (!ended.signal.aborted && lease.valid()) {
          await pause(await turn());
          patience = patienceMs.first;
        }
      } catch (error) {
        log('warn', 'an alert could not be told', { error: String(error) });
        await pause(error instanceof HookRefused && error.retryAfterMs ? error.retryAfterMs : patience);
        patience = Math.min(patience * 2, patienceMs.most);
      } finally {
        await lease.release();
      }
    }
  };
  const done = loop();
  return {
    stop: async () => {
      ended.abort();
      await done;
    },
  };
}

class HookRefused extends Error {
  constructor(
    private readonly status: number,
    readonly retryAfterMs: number | undefined,
  ) {
    super(`the web hook answered ${status}`);
  }

  /** Whether the same body may be taken later: the hook is busy or broken. Otherwise it is the body that it refuses. */
  get mayPass(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** One POST of JSON: `text` for hooks that show a message, the alert's own fields for those that read them. */
export async function postAlert(
  url: string,
  alert: AlertRow,
  { answerMs = ANSWER_MS, stop }: { readonly answerMs?: number; readonly stop?: AbortSignal } = {},
): Promise<void> {
  const { type, severity, title, message, rule, symbol, positionId, count } = alert;
  const where = [symbol, positionId].filter((part) => part !== undefined).join(' ');
  const over = alert.status === 'ACTIVE' ? '' : ` [${alert.status.toLowerCase()} meanwhile]`;
  const text = `[${severity}] ${title}${where === '' ? '' : ` (${where})`}: ${message}${count > 1 ? ` (raised ${count} times)` : ''}${over}`;
  const response = await httpRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, alert: { type, severity, title, message, rule, symbol, positionId, count } }),
    deadlineMs: answerMs,
    statusOnly: true,
    ...defined({ stop }),
  });
  if (response.ok) return;
  const after = Number(response.headers.get('retry-after'));
  throw new HookRefused(response.status, Number.isFinite(after) && after > 0 ? after * 1000 : undefined);
}

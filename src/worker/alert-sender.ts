/**
 * Delivers alerts by the channels of the settings. What was raised is delivered, however often we restart; a channel that is
 * away or asks for patience is tried again, and an alert that it will not take does not hold back the others. One process does
 * it, by a lease for each channel: a worker or the watchdog.
 */

import { defined } from '../domain/defined.js';
import type { Log } from '../domain/log.js';
import { type AlertChannel, ChannelRefused } from '../outbound/alert-channels.js';
import type { AlertRow, Store } from '../store/api.js';
import { tryLease } from './lease.js';

/** That of the webhook has its name from when there was no other channel. */
const LEASE = { webhook: 'alerts', email: 'alerts-email' } as const;
const POLL_MS = 2_000;
const BATCH = 20;
/** The same alert is delivered again at most this often while it keeps being raised. */
const REPEAT_MS = 3_600_000;
/** Hooks take about one message a second. */
const GAP_MS = 1_100;
const PATIENCE_MS = { first: 5_000, most: 300_000 };

export interface AlertSender {
  stop(): Promise<void>;
}

export function startAlertSender(parts: {
  readonly store: Store;
  readonly channel: AlertChannel;
  readonly holder: string;
  readonly log: Log;
  /** Wall time before a refused alert is tried again, doubled up to its most. */
  readonly patienceMs?: { readonly first: number; readonly most: number };
  /** Wall time that the channel has for an answer. */
  readonly answerMs?: number;
}): AlertSender {
  const { store, channel, holder, log, patienceMs = PATIENCE_MS, answerMs } = parts;
  const { name, severities } = channel;
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
  /** Alerts that the channel refused, and when each is tried again, monotonic wall ms. */
  const refused = new Map<string, { until: number; patience: number }>();
  const put = (alert: AlertRow, error: ChannelRefused) => {
    const patience = Math.min((refused.get(alert.alertId)?.patience ?? patienceMs.first / 2) * 2, patienceMs.most);
    refused.set(alert.alertId, { until: performance.now() + patience, patience });
    log('warn', 'a channel did not accept an alert', { channel: name, rule: alert.rule, error: String(error) });
  };
  const due = { name, severities, repeatMs: REPEAT_MS, limit: BATCH };
  const turn = async (): Promise<number> => {
    const waiting = [...refused].filter(([, { until }]) => until > performance.now()).map(([alertId]) => alertId);
    for (const alert of await store.deliveries.due({ ...due, except: waiting })) {
      if (ended.signal.aborted) return 0;
      try {
        await channel.send(alert, { ...defined({ answerMs }), stop: ended.signal });
      } catch (error) {
        if (!(error instanceof ChannelRefused) || error.mayPass) throw error;
        put(alert, error);
        await pause(GAP_MS);
        continue;
      }
      refused.delete(alert.alertId);
      await store.deliveries.done(name, alert.alertId, alert.count);
      await pause(GAP_MS);
    }
    return POLL_MS;
  };
  const loop = async () => {
    let patience = patienceMs.first;
    while (!ended.signal.aborted) {
      const lease = await tryLease(store.leases, LEASE[name], holder, log).catch(() => undefined);
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
        log('warn', 'an alert could not be delivered', { channel: name, error: String(error) });
        await pause(error instanceof ChannelRefused && error.retryAfterMs ? error.retryAfterMs : patience);
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

/**
 * The watchdog: a process that notices when no worker watches, or when one holds the broker session and a position is stuck all the same.
 * While positions are open, and no worker has held the broker
 * session or the database has not answered for two minutes (`alerts.unmonitoredSeconds`), it posts to the webhook and its
 * log: repeatedly while the market trades, once while it is closed.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Client } from '@temporalio/client';
import type { Log } from '../domain/log.js';
import { type AlertChannel, channelsOf } from '../outbound/alert-channels.js';
import { RenewedConnection } from '../outbound/renewed-connection.js';
import type { AlertRow, Store } from '../store/api.js';
import { openStore } from '../store/index.js';
import { startAlertSender } from './alert-sender.js';
import { resolveWorkerTarget, type WorkerTarget } from './endpoints.js';
import { createLogger, logOf } from './logger.js';
import { startStuckCheck } from './stuck-schedule.js';
import { CoverageCheck, type Finding } from './unwatched.js';

const POLL_MS = 1_000;
const PATIENCE_MS = 120_000;
/** The interval of its repeats. */
const REPEAT_MS = 900_000;
/** Time until it is tried again when neither the webhook nor the database took it. */
const RETRY_MS = 10_000;
const RULE = 'nobody_watches';

/** Runs until SIGTERM or SIGINT; returns the exit code. */
export async function runWatchdog(): Promise<number> {
  const target = resolveWorkerTarget({ cwd: process.cwd(), env: process.env });
  const log = logOf(createLogger());
  const store = openStore({ url: target.databaseUrl, log, poolSize: 2 });
  const { alerts } = target.loaded.settings;
  const channels = channelsOf(alerts);
  let stop: () => void = () => undefined;
  const stopped = new Promise<'stop'>((resolve) => {
    stop = () => resolve('stop');
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  process.stdout.write(`watchdog ready (process ${process.pid})\n`);
  const watch = new Watchdog(store, channels, log, alerts.unmonitoredSeconds * 1000);
  // Alerts that a worker raised before it died are delivered, too.
  const holder = `watchdog-${randomUUID()}`;
  const senders = channels.map((channel) => startAlertSender({ store, channel, holder, log }));
  const temporal = new TemporalLink(target.temporal, log);
  const { settings } = target.loaded;
  const stuck = startStuckCheck({ store, client: () => temporal.client(), settings: () => settings, log });
  for (;;) {
    await watch.check(performance.now());
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<'again'>((resolve) => {
      timer = setTimeout(() => resolve('again'), POLL_MS);
    });
    const next = await Promise.race([stopped, pause]);
    clearTimeout(timer);
    if (next === 'stop') break;
  }
  await stuck.stop();
  await temporal.close();
  await Promise.all(senders.map((sender) => sender.stop()));
  await store.close();
  return 0;
}

/** Connected when first needed, and tried again by the next call while the server is away. */
class TemporalLink {
  private connected: { readonly client: Client; readonly link: RenewedConnection } | undefined;

  constructor(
    private readonly target: WorkerTarget['temporal'],
    private readonly log: Log,
  ) {}

  async client(): Promise<Client> {
    if (this.connected !== undefined) return this.connected.client;
    const link = await RenewedConnection.open({ ...this.target, log: this.log });
    const client = new Client({ connection: link.connection, namespace: this.target.namespace });
    this.connected = { client, link };
    return client;
  }

  async close(): Promise<void> {
    await this.connected?.link.close();
  }
}

export class Watchdog {
  private readonly coverage: CoverageCheck;
  private since: number | undefined;
  private told: { readonly dueAgain: number; readonly inSession: boolean } | undefined;
  /** An alert may be open, even from an earlier process. */
  private open = true;

  constructor(
    private readonly store: Store,
    private readonly channels: readonly AlertChannel[],
    private readonly log: Log,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.coverage = new CoverageCheck(store);
  }

  /** One check at monotonic wall time `now`, ms. */
  async check(now: number): Promise<void> {
    const found = await this.coverage.check(now);
    if (found === undefined) {
      if (this.open) await this.over();
      this.since = undefined;
      this.told = undefined;
      return;
    }
    this.since ??= now;
    if (now - this.since < this.patienceMs || !this.isDue(found, now)) return;
    this.open = true;
    const { inSession } = found;
    const repeatMs = inSession ? REPEAT_MS : Number.POSITIVE_INFINITY;
    this.told = { dueAgain: now + ((await this.notify(found)) ? repeatMs : RETRY_MS), inSession };
  }

  /** An alert sent while the market was closed is sent again when it opens. */
  private isDue({ inSession }: Finding, now: number): boolean {
    if (this.told === undefined || now >= this.told.dueAgain) return true;
    return inSession && !this.told.inSession;
  }

  /** Uses the channels itself, since no worker does. The database gets its row if possible. */
  private async notify({ message, inSession }: Finding): Promise<boolean> {
    this.log('error', message);
    const alert: AlertRow = {
      alertId: '',
      type: inSession ? 'CRITICAL' : 'WARNING',
      severity: inSession ? 'IMMEDIATE' : 'HIGH',
      status: 'ACTIVE',
      title: `Open positions are not monitored (${hostname()})`,
      message: inSession ? message : `${message} The market is closed.`,
      rule: RULE,
      metadata: {},
      count: 1,
      createdAt: Date.now(),
      lastAt: Date.now(),
    };
    const delivered = await this.deliver(alert);
    const stored = await this.store.alerts.raise(alert).catch(() => undefined);
    if (stored !== undefined) {
      for (const name of delivered) {
        await this.store.deliveries.done(name, stored.alertId, stored.count).catch(() => undefined);
      }
    }
    // A row that a channel did not take is delivered by its sender.
    return delivered.length > 0 || stored !== undefined || this.channels.length === 0;
  }

  /**
   * By every channel at once, whatever its severities: nothing is more serious. Returns the names of the channels that took
   * it.
   */
  private async deliver(alert: AlertRow): Promise<readonly AlertChannel['name'][]> {
    const sent = await Promise.all(
      this.channels.map(async ({ name, send }) => {
        try {
          await send(alert);
          return [name];
        } catch (error) {
          this.log('error', 'a channel did not accept an alert', { channel: name, error: String(error) });
          return [];
        }
      }),
    );
    return sent.flat();
  }

  private async over(): Promise<void> {
    try {
      await this.store.alerts.end({ rule: RULE }, Date.now());
      this.open = false;
    } catch (error) {
      this.log('warn', 'an alert could not be resolved yet', { error: String(error) });
    }
  }
}

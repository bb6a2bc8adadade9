/**
 * The watchdog: a process that notices when nobody watches. While positions are open and no worker has held the broker
 * session for two minutes (`alerts.nobodyWatchesSeconds`), or the database has not answered for as long, it says so by the web hook and in its log.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Log } from '../activities/deps.js';
import type { AlertRow, Store } from '../store/api.js';
import { openStore } from '../store/index.js';
import { postAlert, startAlertSender } from './alert-sender.js';
import { LEASE_NAME } from './lease.js';
import { createLogger, logOf } from './logger.js';
import { resolveWorkerTarget } from './target.js';

const LOOK_MS = 1_000;
const PATIENCE_MS = 120_000;
/** Said again while it lasts. */
const REPEAT_MS = 900_000;
/** Until it is tried again when neither the hook nor the database took it. */
const RETRY_MS = 10_000;
const RULE = 'nobody_watches';

/** What one look found: undefined when all is well. */
export async function whatIsWrong(store: Store): Promise<string | undefined> {
  try {
    const [open, lease] = await Promise.all([store.executions.get_open_strategies(), store.leases.current(LEASE_NAME)]);
    if (open.length === 0 || (lease !== undefined && !lease.expired)) return undefined;
    return `${open.length} positions are open and no worker holds the broker session; start \`legwork worker\`.`;
  } catch (error) {
    return `The database does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Runs until SIGTERM or SIGINT; returns the exit code. */
export async function runWatchdog(): Promise<number> {
  const target = resolveWorkerTarget({ cwd: process.cwd(), env: process.env });
  const log = logOf(createLogger());
  const store = openStore({ url: target.databaseUrl, log, poolSize: 2 });
  const { webhookUrl, nobodyWatchesSeconds } = target.loaded.settings.alerts;
  let stop: () => void = () => undefined;
  const stopped = new Promise<'stop'>((resolve) => {
    stop = () => resolve('stop');
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  process.stdout.write(`watchdog ready (process ${process.pid})\n`);
  const watch = new Watchdog(store, webhookUrl, log, nobodyWatchesSeconds * 1000);
  // What a worker raised before it died is told, too.
  const sender = webhookUrl && startAlertSender({ store, url: webhookUrl, holder: `watchdog-${randomUUID()}`, log });
  for (;;) {
    await watch.look(performance.now());
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<'again'>((resolve) => {
      timer = setTimeout(() => resolve('again'), LOOK_MS);
    });
    const next = await Promise.race([stopped, pause]);
    clearTimeout(timer);
    if (next === 'stop') break;
  }
  if (sender) await sender.stop();
  await store.close();
  return 0;
}

export class Watchdog {
  private since: number | undefined;
  private toldAt: number | undefined;
  /** An alert may be open: also one of a process before this one. */
  private open = true;

  constructor(
    private readonly store: Store,
    private readonly webhookUrl: string | undefined,
    private readonly log: Log,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** One look at monotonic wall time `now`, ms. */
  async look(now: number): Promise<void> {
    const wrong = await whatIsWrong(this.store);
    if (wrong === undefined) {
      if (this.open) await this.over();
      this.since = undefined;
      this.toldAt = undefined;
      return;
    }
    this.since ??= now;
    if (now - this.since < this.patienceMs) return;
    if (this.toldAt !== undefined && now - this.toldAt < REPEAT_MS) return;
    this.toldAt = now;
    this.open = true;
    if (!(await this.tell(wrong))) this.toldAt = now - REPEAT_MS + RETRY_MS;
  }

  /** The hook directly: with nobody at work there is nobody else to tell it. The database gets its row if it can. */
  private async tell(message: string): Promise<boolean> {
    this.log('error', message);
    const alert: AlertRow = {
      alertId: '',
      type: 'CRITICAL',
      severity: 'IMMEDIATE',
      status: 'ACTIVE',
      title: `Nobody watches (${hostname()})`,
      message,
      rule: RULE,
      metadata: {},
      count: 1,
      createdAt: Date.now(),
      lastAt: Date.now(),
    };
    const posted = await this.post(alert);
    const stored = await this.store.alerts.raise(alert).catch(() => undefined);
    if (posted && stored !== undefined)
      await this.store.deliveries.done(stored.alertId, stored.count).catch(() => undefined);
    // A row that was not posted is told by the sender.
    return posted || stored !== undefined || this.webhookUrl === undefined;
  }

  private async post(alert: AlertRow): Promise<boolean> {
    if (this.webhookUrl === undefined) return false;
    try {
      await postAlert(this.webhookUrl, alert);
      return true;
    } catch (error) {
      this.log('error', 'the web hook could not be told', { error: String(error) });
      return false;
    }
  }

  private async over(): Promise<void> {
    try {
      for (const alert of await this.store.alerts.list({ status: 'ACTIVE' })) {
        if (alert.rule === RULE) await this.store.alerts.move(alert.alertId, 'RESOLVED', Date.now());
      }
      this.open = false;
    } catch (error) {
      this.log('warn', 'an alert could not be taken back yet', { error: String(error) });
    }
  }
}

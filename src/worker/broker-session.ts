/**
 * The session of the lease holder: the broker adapter, the parts of its activities, and two activity workers, one for
 * orders and short work and one for the long waits.
 */
import type { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import type { BrokerDeps, Log } from '../activities/context/deps.js';
import { ordersQueueActivities, watchQueueActivities } from '../activities/index.js';
import { makeParts } from '../activities/parts.js';
import { BrokerValueCheck } from '../activities/positions/broker-value.js';
import type { StoreParts } from '../activities/positions/revive.js';
import { connectBroker } from '../broker/index.js';
import { withWireNames } from '../contract/activity-names.js';
import { ordersQueue, watchQueue } from '../contract/task-queues.js';
import type { Store } from '../store/api.js';
import { brokerOptions } from './broker-options.js';
import type { CrashPoints } from './crash-points.js';
import { DaySummarySchedule } from './day-summary.js';
import { isStepped } from './gateway-mode.js';
import type { HeldLease } from './lease.js';
import type { LiveSettings } from './live-settings.js';
import { ReconcileScheduler } from './reconcile-scheduler.js';
import { startReconciler } from './reconciler.js';
import { reviveAll } from './revival.js';
import { SessionTroubles } from './session-troubles.js';
import { startStuckCheck } from './stuck-schedule.js';

const ORDER_SLOTS = 50;
const REVIVE_MS = 60_000;
const RECONCILE_MS = 30_000;
const NOTE_CLOCK_MS = 5_000;
const COMPARE_VALUES_MS = 60_000;

export interface SessionParts {
  readonly live: LiveSettings;
  readonly store: Store;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly client: Client;
  readonly storeParts: StoreParts;
  readonly processId: string;
  readonly log: Log;
  readonly crash: CrashPoints;
}

export interface BrokerSession {
  /** Rejects when one of the workers failed by itself. */
  readonly failed: Promise<never>;
  /** Watches stop first, then orders (written ones are settled), then the connection. */
  stop(): Promise<void>;
}

export async function startBrokerSession(parts: SessionParts, lease: HeldLease): Promise<BrokerSession> {
  const { live, store, log, processId, client, storeParts } = parts;
  const { settings } = live.current();
  const stopping = new AbortController();
  const broker = parts.crash.broker(connectBroker(brokerOptions(settings, log)));
  const stepped = await isStepped(settings);
  const revive = () =>
    reviveAll({ client, storeParts, log, leave: (entryId) => broker.clock.leave(entryId) }).catch((error: unknown) =>
      log('warn', 'positions without a run could not be searched for', { error: String(error) }),
    );
  const shared = makeParts({
    store,
    broker,
    settings: () => live.current().settings,
    configHash: () => live.current().hash,
    account: () => settings.ib.accounts[0] ?? broker.state().accounts[0] ?? '',
    lease,
    processId,
    revive,
    hasSearchAttributes: storeParts.hasSearchAttributes,
    stepped: () => stepped,
    stopping: stopping.signal,
    log,
  });
  shared.tracker.start();
  const comparing = new ReconcileScheduler(shared);
  const reconciler = startReconciler(shared, () => comparing.soon());
  const troubles = new SessionTroubles(shared.deps);
  const offForeign = shared.tracker.onForeignFill(() => comparing.soon());
  const offPosition = broker.onPosition((change) => comparing.positionChanged(change));
  const offLoss = shared.tracker.onLoss(() => comparing.soon());
  await joinClock(shared.deps);
  const alias = settings.ib.accountAlias;
  const common = {
    connection: parts.connection,
    namespace: parts.namespace,
    maxHeartbeatThrottleInterval: '2s',
  } as const;
  const orders = await Worker.create({
    ...common,
    taskQueue: ordersQueue(alias),
    activities: withWireNames(parts.crash.activities({ ...ordersQueueActivities(shared) })),
    maxConcurrentActivityTaskExecutions: ORDER_SLOTS,
    shutdownGraceTime: '45s',
  });
  const watch = await Worker.create({
    ...common,
    taskQueue: watchQueue(alias),
    activities: withWireNames(parts.crash.activities({ ...watchQueueActivities(shared) })),
    maxConcurrentActivityTaskExecutions: Math.ceil(settings.watch.positionsMax * 1.2),
    shutdownGraceTime: 0,
  });
  const running = [watch.run(), orders.run()];
  const failed = Promise.race(running.map((run) => run.then(() => new Promise<never>(() => undefined))));
  failed.catch(() => undefined);

  void revive();
  const timer = setInterval(() => void revive(), REVIVE_MS);
  const compare = setInterval(() => comparing.soon(), RECONCILE_MS);
  const values = new BrokerValueCheck(shared);
  const compareValues = setInterval(() => void values.check(), COMPARE_VALUES_MS);
  const summaries = new DaySummarySchedule(shared);
  const stuck = startStuckCheck({ store, client: async () => client, settings: shared.deps.settings, log });
  const noteClock = setInterval(() => void noteMarketClock(shared.deps), NOTE_CLOCK_MS);
  return {
    failed,
    stop: async () => {
      stopping.abort();
      clearInterval(timer);
      clearInterval(compare);
      clearInterval(compareValues);
      clearInterval(noteClock);
      await stuck.stop();
      await end(watch, running[0]);
      await end(orders, running[1]);
      reconciler.stop();
      await troubles.stop();
      offForeign();
      offPosition();
      offLoss();
      await comparing.stop();
      await values.stop();
      await summaries.stop();
      shared.tracker.close();
      await shared.tracker.drained();
      await broker.close();
    },
  };
}

/** A stepped clock waits for every open position from the start, so that time stands until each has been taken up. */
async function joinClock({ store, broker }: Pick<BrokerDeps, 'store' | 'broker'>): Promise<void> {
  for (const { positionId } of await store.executions.get_open_strategies()) broker.clock.join(positionId);
  for (const entry of await store.entries.unfinished())
    if (entry.positionId === undefined) broker.clock.join(entry.entryId);
}

/** For the watchdog, which has no broker to ask whether the market is open. */
async function noteMarketClock({ broker, store, log }: Pick<BrokerDeps, 'broker' | 'store' | 'log'>): Promise<void> {
  if (!broker.state().usable) return;
  try {
    await store.marketClock.note(broker.clock.now());
  } catch (error) {
    log('warn', 'the market clock could not be recorded', { error: String(error) });
  }
}

async function end(worker: Worker, run: Promise<void> | undefined): Promise<void> {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  await run?.catch(() => undefined);
}

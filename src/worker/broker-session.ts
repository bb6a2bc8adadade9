/**
 * The session of the lease holder: the broker adapter, the parts of its activities, and two activity workers, one for
 * orders and short work and one for the long waits.
 */
import type { Client } from '@temporalio/client';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import type { BrokerDeps } from '../activities/context/deps.js';
import type { Meters } from '../activities/context/meters.js';
import { ordersQueueActivities, watchQueueActivities } from '../activities/index.js';
import { type BrokerParts, makeParts } from '../activities/parts.js';
import { BrokerValueCheck } from '../activities/positions/broker-value.js';
import type { StoreParts } from '../activities/positions/revive.js';
import type { Broker } from '../broker/api.js';
import { connectBroker } from '../broker/index.js';
import type { Settings } from '../config/index.js';
import { withWireNames } from '../contract/activity-names.js';
import { ordersQueue, watchQueue } from '../contract/task-queues.js';
import type { Log } from '../domain/log.js';
import type { Store } from '../store/api.js';
import { WaitingLog } from './await-part.js';
import { brokerOptions } from './broker-options.js';
import type { CrashPoints } from './crash-points.js';
import { DaySummarySchedule } from './day-summary.js';
import { Ends } from './ends.js';
import { isStepped } from './gateway-mode.js';
import type { HeldLease } from './lease.js';
import type { LiveSettings } from './live-settings.js';
import { unnamed } from './logger.js';
import { startMeterSampler } from './meter-sampler.js';
import { ReconcileScheduler } from './reconcile-scheduler.js';
import { startReconciler } from './reconciler.js';
import { reviveAll } from './revival.js';
import { SessionTroubles } from './session-troubles.js';
import { wakePosition } from './starter.js';
import { startStuckCheck } from './stuck-schedule.js';
import type { WorkerConnections } from './temporal-connections.js';
import type { Traces } from './traces.js';

const ORDER_SLOTS = 50;
const REVIVE_MS = 60_000;
const RECONCILE_MS = 30_000;
const NOTE_CLOCK_MS = 5_000;
const COMPARE_VALUES_MS = 60_000;
const GATEWAY_MS = 1_000;
/** A gateway takes a moment to greet. */
const GREETING_MS = 5_000;

export interface SessionParts {
  readonly live: LiveSettings;
  readonly store: Store;
  readonly connections: Pick<WorkerConnections, 'createWorker'>;
  readonly client: Client;
  readonly storeParts: StoreParts;
  readonly processId: string;
  readonly log: Log;
  readonly meters: Meters;
  readonly traces: Traces;
  readonly crash: CrashPoints;
}

export interface BrokerSession {
  /** Rejects when one of the workers failed by itself. */
  readonly failed: Promise<never>;
  /** Watches stop first, then orders (written ones are settled), then the connection. */
  stop(): Promise<void>;
}

/** What it has begun is ended again when it throws: the gateway takes the client id of one session at a time. */
export async function startBrokerSession(parts: SessionParts, lease: HeldLease): Promise<BrokerSession> {
  const ends = new Ends(parts.log);
  try {
    const { failed } = await begin(parts, lease, ends);
    return { failed, stop: () => ends.all() };
  } catch (error) {
    await ends.all();
    throw error;
  }
}

async function begin(parts: SessionParts, lease: HeldLease, ends: Ends): Promise<Pick<BrokerSession, 'failed'>> {
  const { live, store, log, processId, client, storeParts } = parts;
  const { settings } = live.current();
  const stopping = new AbortController();
  const broker = parts.crash.broker(connectBroker(brokerOptions(settings, unnamed(log))));
  ends.add('the connection to the gateway', () => broker.close());
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
    wake: (positionId) =>
      wakePosition(client, positionId).catch((error: unknown) =>
        log('warn', 'a run was not told that its position has changed', { positionId, error: String(error) }),
      ),
    hasSearchAttributes: storeParts.hasSearchAttributes,
    stepped: () => stepped,
    stopping: stopping.signal,
    log,
    meters: parts.meters,
  });
  shared.tracker.start();
  ends.add('what the broker reported', () => {
    shared.tracker.close();
    return shared.tracker.drained();
  });
  const summaries = new DaySummarySchedule(shared);
  ends.add("the day's summary", () => summaries.stop());
  const values = new BrokerValueCheck(shared);
  ends.add('the comparison of values', () => values.stop());
  const comparing = new ReconcileScheduler(shared);
  ends.add('the comparison with the account', () => comparing.stop());
  const listeners = [
    shared.tracker.onForeignFill(() => comparing.soon()),
    shared.tracker.onLoss(() => comparing.soon()),
    broker.onPosition((change) => comparing.positionChanged(change)),
  ];
  for (const off of listeners) ends.add('the listeners', off);
  const troubles = new SessionTroubles(shared.deps);
  ends.add('the alerts about the gateway', () => troubles.stop());
  const stuck = startStuckCheck({ store, client: async () => client, settings: shared.deps.settings, log });
  ends.add('the check for stuck positions', () => stuck.stop());
  ends.add('the meters', startMeterSampler(shared.deps));
  const reconciler = startReconciler(shared, () => comparing.soon());
  ends.add('the reconciler', () => reconciler.stop());
  await joinClock(shared.deps);
  const failed = await startActivityWorkers(parts, shared, ends);
  const every = (ms: number, work: () => unknown) => {
    const timer = setInterval(work, ms);
    ends.add('a timer', () => clearInterval(timer));
  };
  every(GATEWAY_MS, noteGateway(settings, broker, log));
  void revive();
  every(REVIVE_MS, () => void revive());
  every(RECONCILE_MS, () => comparing.soon());
  every(COMPARE_VALUES_MS, () => void values.check());
  every(NOTE_CLOCK_MS, () => void noteMarketClock(shared.deps));
  ends.add('the waits', () => stopping.abort());
  return failed;
}

/** Rejects when one of the two failed by itself. */
async function startActivityWorkers(
  { connections, live, crash, traces }: SessionParts,
  shared: BrokerParts,
  ends: Ends,
): Promise<Pick<BrokerSession, 'failed'>> {
  const { ib, watch: limits } = live.current().settings;
  const common = { interceptors: { activity: traces.activity } };
  // Run as soon as it is there: one that never ran could not be ended.
  const run = async (name: string, options: Omit<WorkerOptions, 'connection' | 'namespace' | keyof typeof common>) => {
    const worker = await connections.createWorker({ ...common, ...options });
    const running = worker.run();
    ends.add(name, () => end(worker, running));
    return { failed: running.then(() => new Promise<never>(() => undefined)) };
  };
  const orders = await run('the orders worker', {
    taskQueue: ordersQueue(ib.accountAlias),
    activities: withWireNames(crash.activities({ ...ordersQueueActivities(shared) })),
    maxConcurrentActivityTaskExecutions: ORDER_SLOTS,
    // Order work is short and rare: its worker is heard of often.
    maxHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: '45s',
  });
  const watch = await run('the watch worker', {
    taskQueue: watchQueue(ib.accountAlias),
    activities: withWireNames(crash.activities({ ...watchQueueActivities(shared) })),
    maxConcurrentActivityTaskExecutions: Math.ceil(limits.positionsMax * 1.2),
    shutdownGraceTime: 0,
  });
  const failed = Promise.race([orders.failed, watch.failed]);
  failed.catch(() => undefined);
  return { failed };
}

/** Says once a minute that the gateway is away, and why. */
function noteGateway({ ib }: Settings, broker: Pick<Broker, 'state'>, log: Log): () => void {
  const waiting = new WaitingLog({ name: 'the gateway', where: `${ib.host}:${ib.port}` }, log, GREETING_MS);
  return () => {
    const { usable, reason = 'the session is being set up' } = broker.state();
    if (usable) waiting.there();
    else waiting.away(reason);
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

async function end(worker: Worker, run: Promise<void>): Promise<void> {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  await run.catch(() => undefined);
}

/**
 * The worker process. It always polls the workflow queue, and with the broker lease also the broker's queues. A process without
 * the lease stands by and takes over within seconds of the holder's end. The holder's build gets the workflow tasks.
 */

import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { Meters } from '../activities/context/meters.js';
import type { StoreParts } from '../activities/positions/revive.js';
import type { Log } from '../domain/log.js';
import { isRunning } from '../outbound/temporal-runs.js';
import { openStore } from '../store/index.js';
import { BROKER_LEASE } from '../store/leases.js';
import { startAlertSenders } from './alert-senders.js';
import { awaitPart, isAway, pause, WaitingLog } from './await-part.js';
import { type BrokerSession, startBrokerSession } from './broker-session.js';
import { type CrashPoints, crashPoints } from './crash-points.js';
import { untilDrained } from './drain.js';
import { databasePart, resolveWorkerTarget, temporalPart, type WorkerTarget } from './endpoints.js';
import { Ends } from './ends.js';
import { holdHardEnd } from './hard-end.js';
import { type HeldLease, tryLease } from './lease.js';
import { LiveSettings } from './live-settings.js';
import { createLogger, logOf, unnamed } from './logger.js';
import { NamespaceUpkeep } from './namespace.js';
import { promote } from './promotion.js';
import { installRuntime } from './runtime.js';
import { notifyEntry, startPosition } from './starter.js';
import { WorkerConnections } from './temporal-connections.js';
import { startTraces, type Traces } from './traces.js';
import { startWorkflowWorker, type WorkflowWorker } from './workflow-worker.js';

const LEASE_RETRY_MS = 1_000;
/** What is away while the session is taken up is waited for; another failure that repeats ends the process. */
const SESSION_FAILURES_MAX = 10;

export interface WorkerRunOptions {
  /** This build becomes the current one although nobody knows whether it can carry on the open runs. */
  readonly skipReplay: boolean;
  /** Only the runs of this build are carried on: no broker session, and no migration. It ends by itself once there are none. */
  readonly workflowsOnly: boolean;
}

/**
 * Runs until SIGTERM or SIGINT; returns the exit code. Waits for a database, a Temporal server or a gateway that is away. Throws the error
 * that ended it: LegworkError when a part refuses the worker.
 */
export async function runWorker(options: WorkerRunOptions): Promise<number> {
  const target = resolveWorkerTarget({ cwd: process.cwd(), env: process.env });
  const logger = createLogger();
  const log = logOf(logger);
  const meters = installRuntime(target.loaded.settings.observability, log);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log('info', 'stopping', { signal });
      stop.abort();
    });
  }
  return await serve({ target, log, meters, ...options }, stop.signal);
}

interface ProcessParts extends WorkerRunOptions {
  readonly target: WorkerTarget;
  readonly log: Log;
  readonly meters: Meters;
}

/** Ends by itself only when a part of it fails. */
async function serve(parts: ProcessParts, stop: AbortSignal): Promise<number> {
  const { log } = parts;
  const hardEnd = holdHardEnd(log);
  const ends = new Ends(log);
  const asked = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()));
  const served = start(parts, stop, ends);
  served.catch(() => undefined);
  try {
    await Promise.race([asked, served]);
    return 0;
  } catch (error) {
    if (stop.aborted) return 0;
    log('error', 'the worker failed', { error: String(error) });
    // The command exits with the code of the error.
    throw error;
  } finally {
    hardEnd.begin(() => ends.open);
    await ends.all();
  }
}

/** Starts every part, waiting for what is away; the promise of its end, which comes only when one of them fails. */
async function start(parts: ProcessParts, stop: AbortSignal, ends: Ends): Promise<void> {
  const { target, log } = parts;
  const traces = await startTraces(target.loaded.settings.observability, process.env, log);
  ends.add('the traces', () => traces.stop());
  const { address, namespace } = target.temporal;
  const { ib, temporal: settings } = target.loaded.settings;
  const crash = crashPoints(process.env);
  const store = crash.store(openStore({ url: target.databaseUrl, log: unnamed(log) }));
  ends.add('the connections to Postgres', () => store.close());
  await awaitPart(databasePart(target), () => (parts.workflowsOnly ? store.ping() : store.migrate()), { log, stop });
  const temporal = temporalPart(target);
  const connections = await awaitPart(temporal, () => WorkerConnections.open(target.temporal, log), { log, stop });
  ends.add('the connection to Temporal', () => connections.close());
  const { connection } = connections;
  const client = new Client({ connection, namespace });
  const upkeep = await NamespaceUpkeep.start(connection, namespace, log);
  ends.add('the upkeep of the namespace', async () => upkeep.stop());
  const storeParts: StoreParts = {
    store,
    accountAlias: () => ib.accountAlias,
    startPosition: (input) => startPosition(client, input),
    hasSearchAttributes: () => upkeep.hasSearchAttributes(),
    isRunning: (workflowId) => isRunning(client, workflowId),
    notifyEntry: (entryWorkflowId, settled) => notifyEntry(client, entryWorkflowId, settled),
    wallNow: () => Date.now(),
  };
  const shared = { connections, storeParts, crash, traces, deployment: settings.deployment };
  const workflows = await awaitPart(temporal, () => startWorkflowWorker(shared), { log, stop });
  ends.add('the workflow worker', () => workflows.stop());
  process.stdout.write(`worker ready (process ${process.pid}, Temporal ${address})\n`);
  if (parts.workflowsOnly) {
    await Promise.race([workflows.run, untilDrained({ client, buildId: workflows.buildId, log }, stop)]);
    return;
  }
  const session = holdSession({ ...parts, ...shared, store, client, workflows }, ends);
  await Promise.race([workflows.run, session.failed]);
}

/** Tries to hold the broker session from now on, and sends what alerts there are. */
function holdSession(parts: Omit<HolderParts, 'live' | 'processId'>, ends: Ends): { readonly failed: Promise<never> } {
  const { target, store, log } = parts;
  const again = () => resolveWorkerTarget({ cwd: process.cwd(), env: process.env }).loaded;
  const live = new LiveSettings(target.loaded, again, log);
  const processId = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const session = holdLease({ ...parts, live, processId });
  const settings = () => live.current().settings.alerts;
  const senders = startAlertSenders({ store, settings, holder: processId, log });
  ends.add('the alert channels', () => senders.stop());
  ends.add('the broker session', () => session.stop());
  return session;
}

interface HolderParts extends ProcessParts {
  readonly traces: Traces;
  readonly live: LiveSettings;
  readonly store: ReturnType<typeof openStore>;
  readonly client: Client;
  readonly storeParts: StoreParts;
  readonly connections: WorkerConnections;
  readonly processId: string;
  readonly crash: CrashPoints;
  readonly workflows: WorkflowWorker;
}

/** Stands by for the lease, runs the broker session while it is held, stands by again when it was taken. */
function holdLease(parts: HolderParts): { readonly failed: Promise<never>; stop(): Promise<void> } {
  const { log, store, processId } = parts;
  const ended = new AbortController();
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const whenEnded = new Promise<void>((resolve) => ended.signal.addEventListener('abort', () => resolve()));
  const database = new WaitingLog(databasePart(parts.target), log);

  const serveOnce = async (lease: HeldLease): Promise<void> => {
    let session: BrokerSession | undefined;
    const promoting = new AbortController();
    try {
      session = await startBrokerSession(parts, lease);
      void promote({ ...parts, ...parts.workflows }, promoting.signal);
      log('info', 'this process holds the broker session', { token: lease.token });
      process.stdout.write('broker session held\n');
      await Promise.race([lease.lost, whenEnded, session.failed]);
    } finally {
      promoting.abort();
      await session?.stop();
      await lease.release();
    }
    if (!ended.signal.aborted) log('warn', 'the broker lease was taken by another process; standing by');
  };
  let failures = 0;
  const loop = async () => {
    while (!ended.signal.aborted) {
      const lease = await tryLease(store.leases, BROKER_LEASE, processId, log).then(
        (held) => {
          database.there();
          return held;
        },
        (error: unknown) => database.away(error instanceof Error ? error.message : String(error)),
      );
      if (lease === undefined) {
        await pause(LEASE_RETRY_MS, ended.signal);
        continue;
      }
      try {
        await serveOnce(lease);
        failures = 0;
      } catch (error) {
        if (!isAway(error)) failures += 1;
        log('error', 'the broker session could not be held', { error: String(error), failures });
        if (failures >= SESSION_FAILURES_MAX) throw error;
        await pause(LEASE_RETRY_MS, ended.signal);
      }
    }
  };
  const done = loop().catch(fail);
  return {
    failed,
    stop: async () => {
      ended.abort();
      await done;
    },
  };
}

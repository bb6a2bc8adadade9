/**
 * The worker process. It always polls the workflow queue, and with the broker lease also the broker's queues. A process without
 * the lease stands by and takes over within seconds of the holder's end.
 */

import { randomUUID } from 'node:crypto';
import { Client, type Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { workflowQueueActivities } from '../activities/index.js';
import type { StoreParts } from '../activities/positions/revive.js';
import { type TemporalCredentials, temporalCredentials } from '../config/temporal-credentials.js';
import { withWireNames } from '../contract/activity-names.js';
import { WORKFLOW_QUEUE } from '../contract/task-queues.js';
import { LegworkError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { channelsOf } from '../outbound/alert-channels.js';
import { within } from '../outbound/deadline.js';
import { connectTemporalClient } from '../outbound/temporal.js';
import { openStore } from '../store/index.js';
import { BROKER_LEASE } from '../store/leases.js';
import { startAlertSender } from './alert-sender.js';
import { type BrokerSession, startBrokerSession } from './broker-session.js';
import { workflowBundle } from './bundle.js';
import { type CrashPoints, crashPoints } from './crash-points.js';
import { resolveWorkerTarget, type WorkerTarget } from './endpoints.js';
import { type HeldLease, tryLease } from './lease.js';
import { LiveSettings } from './live-settings.js';
import { createLogger, logOf } from './logger.js';
import { prepareNamespace } from './namespace.js';
import { notifyEntry, startPosition } from './starter.js';

/**
 * How long one step of a workflow may compute, wall time. A process that the machine suspends during a step sees it as computing
 * all the while. When node breaks such a step off, it can end the whole process (exit code 1, "async hook stack has become
 * corrupted", nodejs/node issue 38503). So the limit is far above the SDK's 5 s. The SDK takes this option but does not name it
 * in its types.
 */
const STEP_LIMIT = { isolateExecutionTimeout: '60s' };
const CONNECT_MS = 10_000;
const LEASE_RETRY_MS = 1_000;
/** A database that fails over while the session is taken up is waited out; a failure that repeats ends the process. */
const SESSION_FAILURES_MAX = 10;

/**
 * Runs until SIGTERM or SIGINT; returns the exit code. Throws the error that ended it: LegworkError when a part cannot be
 * reached.
 */
export async function runWorker(): Promise<number> {
  const target = resolveWorkerTarget({ cwd: process.cwd(), env: process.env });
  const logger = createLogger();
  const log = logOf(logger);
  Runtime.install({
    logger: {
      log: (level, message) => level !== 'TRACE' && level !== 'DEBUG' && level !== 'INFO' && log('warn', message),
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: (message, meta) => log('warn', message, { error: String(meta?.error ?? '') }),
      error: (message, meta) => log('error', message, { error: String(meta?.error ?? '') }),
    },
    shutdownSignals: [],
  });
  const stop = new Promise<'asked'>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve('asked'));
  });
  return await serve(target, log, stop);
}

async function serve(target: WorkerTarget, log: Log, stop: Promise<'asked'>): Promise<number> {
  const { address, namespace } = target.temporal;
  const crash = crashPoints(process.env);
  const store = crash.store(openStore({ url: target.databaseUrl, log }));
  await store.migrate();
  const [connection, native] = await connectTemporal(address, await temporalCredentials(process.env));
  const client = new Client({ connection, namespace });
  const attributes = await prepareNamespace(connection, namespace, log);
  const storeParts: StoreParts = {
    store,
    accountAlias: () => target.loaded.settings.ib.accountAlias,
    startPosition: (input) => startPosition(client, attributes, input),
    notifyEntry: (entryWorkflowId, settled) => notifyEntry(client, entryWorkflowId, settled),
    wallNow: () => Date.now(),
  };
  const workflows = await Worker.create({
    connection: native,
    namespace,
    taskQueue: WORKFLOW_QUEUE,
    workflowBundle: await workflowBundle(),
    activities: withWireNames(crash.activities({ ...workflowQueueActivities(storeParts) })),
    shutdownGraceTime: '10s',
    ...STEP_LIMIT,
    maxHeartbeatThrottleInterval: '2s',
  });
  const run = workflows.run();
  const again = () => resolveWorkerTarget({ cwd: process.cwd(), env: process.env }).loaded;
  const live = new LiveSettings(target.loaded, again, log);
  const processId = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const session = holdLease({ target, live, log, store, client, storeParts, native, processId, crash });
  const senders = channelsOf(target.loaded.settings.alerts).map((channel) =>
    startAlertSender({ store, channel, holder: processId, log }),
  );
  process.stdout.write(`worker ready (process ${process.pid}, Temporal ${address})\n`);
  try {
    await Promise.race([stop, run.then(() => 'ended'), session.failed]);
    return 0;
  } catch (error) {
    log('error', 'the worker failed', { error: String(error) });
    // The command exits with the code of the error.
    throw error;
  } finally {
    await session.stop();
    await Promise.all(senders.map((sender) => sender.stop()));
    if (workflows.getState() === 'RUNNING') workflows.shutdown();
    await run.catch(() => undefined);
    await connection.close().catch(() => undefined);
    await native.close().catch(() => undefined);
    await store.close();
  }
}

async function connectTemporal(
  address: string,
  credentials: TemporalCredentials,
): Promise<[Connection, NativeConnection]> {
  try {
    return [
      await connectTemporalClient({ ...credentials, address, connectTimeout: CONNECT_MS }),
      await within(CONNECT_MS, () => NativeConnection.connect({ ...credentials, address })),
    ];
  } catch (error) {
    throw new LegworkError('TEMPORAL_UNREACHABLE', `Temporal does not answer at ${address}.`, {}, { cause: error });
  }
}

interface HolderParts {
  readonly target: WorkerTarget;
  readonly live: LiveSettings;
  readonly log: Log;
  readonly store: ReturnType<typeof openStore>;
  readonly client: Client;
  readonly storeParts: StoreParts;
  readonly native: NativeConnection;
  readonly processId: string;
  readonly crash: CrashPoints;
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

  const serveOnce = async (lease: HeldLease): Promise<void> => {
    let session: BrokerSession | undefined;
    try {
      session = await startBrokerSession(
        { ...parts, live: parts.live, connection: parts.native, namespace: parts.target.temporal.namespace },
        lease,
      );
      log('info', 'this process holds the broker session', { token: lease.token });
      process.stdout.write('broker session held\n');
      await Promise.race([lease.lost, whenEnded, session.failed]);
    } finally {
      await session?.stop();
      await lease.release();
    }
    if (!ended.signal.aborted) log('warn', 'the broker lease was taken by another process; standing by');
  };
  let failures = 0;
  const loop = async () => {
    while (!ended.signal.aborted) {
      const lease = await tryLease(store.leases, BROKER_LEASE, processId, log).catch((error: unknown) => {
        log('warn', 'the broker lease could not be requested', { error: String(error) });
        return undefined;
      });
      if (lease !== undefined) {
        await serveOnce(lease).then(
          () => {
            failures = 0;
          },
          async (error: unknown) => {
            failures += 1;
            log('error', 'the broker session could not be held', { error: String(error), failures });
            if (failures >= SESSION_FAILURES_MAX) throw error;
            await Promise.race([whenEnded, new Promise((resolve) => setTimeout(resolve, LEASE_RETRY_MS))]);
          },
        );
      } else await Promise.race([whenEnded, new Promise((resolve) => setTimeout(resolve, LEASE_RETRY_MS))]);
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

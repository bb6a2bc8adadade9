/** A real Temporal server with the real workflow code, and workers whose activities are a scripted desk. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { kill } from '../../../chaos/servers.js';
import { withWireNames } from '../../../src/contract/activity-names.js';
import type { ExitInput, ExitOutcome, PositionInput, PositionWorkflow } from '../../../src/contract/requests.js';
import { ordersQueue, WORKFLOW_QUEUE, watchQueue } from '../../../src/contract/task-queues.js';
import { exitWorkflowId, positionWorkflowId } from '../../../src/contract/workflow-ids.js';
import { startTemporal } from '../../../src/stack/temporal.js';
import type { exitWorkflow } from '../../../src/workflows/exit.js';
import { bundledOnce } from './bundled.js';
import { Desk, ORDERS_ACTIVITIES, type Script, STORE_ACTIVITIES, WATCH_ACTIVITIES } from './desk.js';
import { ALIAS, exitInput, positionInput } from './requests.js';

export interface TestServer {
  readonly client: Client;
  readonly desk: Desk;
  /** Starts the run of a position of the desk. */
  start(script: Script, input?: Partial<PositionInput>): Promise<PositionHandle>;
  /** A position that has been opened and is watched. */
  opened(id: string, options?: PositionOptions): Promise<{ readonly script: Script; readonly handle: PositionHandle }>;
  /** Requests an exit as a person would, under the request id `r-<position>`, and waits for its result. */
  exit(positionId: string, action: ExitInput['action'], extra?: Partial<ExitInput>): Promise<ExitOutcome>;
  stop(): Promise<void>;
}

export interface PositionOptions {
  readonly combos?: number;
  readonly symbol?: string;
}

export type PositionHandle = Awaited<ReturnType<typeof startRun>>;

/** Starts server and workers: some four seconds, once a file. */
export async function startServer(dynamicConfig: readonly string[] = []): Promise<TestServer> {
  quiet();
  const [temporal, workflowBundle] = await Promise.all([
    startTemporal({
      log: () => undefined,
      args: dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]),
    }),
    bundledOnce(),
  ]);
  const desk = new Desk();
  const native = await NativeConnection.connect({ address: temporal.address });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const common = {
    connection: native,
    shutdownGraceTime: 0,
    shutdownForceTime: '5s',
    // A pause reaches an activity with its next heartbeat.
    maxHeartbeatThrottleInterval: '1s',
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: WORKFLOW_QUEUE,
      workflowBundle,
      activities: withWireNames(desk.activities(STORE_ACTIVITIES)),
    }),
    Worker.create({
      ...common,
      taskQueue: ordersQueue(ALIAS),
      activities: withWireNames(desk.activities(ORDERS_ACTIVITIES)),
    }),
    Worker.create({
      ...common,
      taskQueue: watchQueue(ALIAS),
      activities: withWireNames(desk.activities(WATCH_ACTIVITIES)),
    }),
  ]);
  const runs = workers.map((worker) => worker.run());
  return {
    client,
    desk,
    start: (script, input = {}) => startRun(client, script, input),
    opened: async (id, options) => {
      const script = desk.position(id, options);
      const handle = await startRun(client, script, {});
      await script.called('watchPosition');
      return { script, handle };
    },
    exit: (positionId, action, extra = {}) => {
      const { requestId = `r-${positionId}` } = extra;
      return client.workflow.execute<typeof exitWorkflow>('exitWorkflow', {
        workflowId: exitWorkflowId(requestId),
        taskQueue: WORKFLOW_QUEUE,
        args: [exitInput(positionId, requestId, action, extra)],
      });
    },
    stop: async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.allSettled(runs);
      await connection.close();
      await native.close();
      await kill(temporal);
    },
  };
}

/** Only errors are news in a test; installed once a process. */
export function quiet(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
      shutdownSignals: [],
    });
  } catch {
    // Installed by an earlier call in this process.
  }
}

async function startRun(client: Client, script: Script, input: Partial<PositionInput>) {
  return await client.workflow.start<PositionWorkflow>('positionWorkflow', {
    workflowId: positionWorkflowId(script.positionId),
    taskQueue: WORKFLOW_QUEUE,
    args: [positionInput(script.positionId, { symbol: script.symbol, ...input })],
  });
}

/** A request id of its own. */
export function newRequestId(): string {
  return `r-${randomUUID().slice(0, 8)}`;
}

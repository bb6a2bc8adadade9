/** The worker of the workflow queue: workflows, and activities that need only the database. Every process has one; tasks go to those of the current build. */
import type { ReplayWorkerOptions } from '@temporalio/worker';
import { workflowQueueActivities } from '../activities/index.js';
import type { StoreParts } from '../activities/positions/revive.js';
import type { Settings } from '../config/index.js';
import { withWireNames } from '../contract/activity-names.js';
import { DEPLOYMENT } from '../contract/deployment.js';
import { WORKFLOW_QUEUE } from '../contract/task-queues.js';
import { buildIdOf, workflowBundle } from './bundle.js';
import type { CrashPoints } from './crash-points.js';
import type { WorkerConnections } from './temporal-connections.js';
import type { Traces } from './traces.js';

/**
 * How long one step of a workflow may compute, wall time. A process that the machine suspends during a step sees it as computing
 * all the while. When node breaks such a step off, it can end the whole process (exit code 1, "async hook stack has become
 * corrupted", nodejs/node issue 38503). So the limit is far above the SDK's 5 s. The SDK takes this option but does not name it
 * in its types.
 */
const STEP_LIMIT = { isolateExecutionTimeout: '60s' };

export interface WorkflowWorker {
  readonly buildId: string;
  /** What a replay runs. */
  readonly code: Pick<ReplayWorkerOptions, 'workflowBundle' | 'sinks'>;
  /** Settles when it has ended: rejects when it failed. */
  readonly run: Promise<void>;
  stop(): Promise<void>;
}

export interface WorkflowWorkerParts {
  readonly connections: Pick<WorkerConnections, 'createWorker'>;
  readonly storeParts: StoreParts;
  readonly crash: CrashPoints;
  readonly traces: Traces;
  readonly deployment: Settings['temporal']['deployment'];
}

/** Throws the library's error when the server does not take it. */
export async function startWorkflowWorker(parts: WorkflowWorkerParts): Promise<WorkflowWorker> {
  const { connections, storeParts, crash, traces, deployment } = parts;
  const bundle = await workflowBundle(traces.bundle);
  const buildId = buildIdOf(bundle);
  const code = { workflowBundle: bundle, sinks: traces.sinks };
  const worker = await connections.createWorker({
    ...code,
    taskQueue: WORKFLOW_QUEUE,
    activities: withWireNames(crash.activities({ ...workflowQueueActivities(storeParts) })),
    shutdownGraceTime: '10s',
    ...STEP_LIMIT,
    interceptors: { activity: traces.activity },
    maxHeartbeatThrottleInterval: '2s',
    workerDeploymentOptions: {
      version: { deploymentName: DEPLOYMENT, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: deployment === 'pinned' ? 'PINNED' : 'AUTO_UPGRADE',
    },
  });
  const run = worker.run();
  const stop = async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await run.catch(() => undefined);
  };
  return { buildId, code, run, stop };
}

/** What the Temporal server says about runs and task queues. Every call has the deadline of its connection. */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { defined } from '../domain/defined.js';
import type { StuckFinding } from '../domain/stuck/finding.js';
import {
  type PendingActivity,
  type QueueState,
  type RunState,
  stuckBuild,
  stuckQueue,
  stuckRun,
  UNKNOWN_PROBLEM,
  UNVERSIONED,
} from '../domain/stuck/runs.js';
import { currentBuild } from './temporal-deployment.js';

type Raw = WorkflowExecutionDescription['raw'];
type RawPending = NonNullable<Raw['pendingActivities']>[number];
type Time = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

/** Values of temporal.api.enums.v1. */
const STARTED = 2;
const PAUSED = 4;
const PINNED = 1;
const RUN_PAUSED = 8;
const VERSIONED = 2;
const QUEUE_TYPE = { workflows: 1, activities: 2 } as const;
/** The server writes why a task fails only after some more failures; until then it is said without the reason. */
const TASK_ATTEMPTS = 3;
/** A poll lasts a minute at most; the server remembers pollers for five minutes after they leave. */
const FRESH_MS = 65_000;
const AT_ONCE = 8;
/** What a server gives at once, at most. */
const PAGE = 1_000;

export interface TemporalQuery {
  /** The queue of the workflows, and those of the broker. */
  readonly workflowQueue: string;
  readonly brokerQueues: readonly string[];
  /** The worker deployment whose current version gets the workflow tasks. */
  readonly deployment: string;
  /** Position ids by the ids of their workflows. */
  readonly positions: ReadonlyMap<string, string>;
  /** Workflows to be read, besides those that the server itself reports. */
  readonly workflowIds: readonly string[];
  /** Whether a worker holds the broker session. */
  readonly isHeld: boolean;
  /** The broker session is away, which has an alert of its own. */
  readonly isBrokerAway: boolean;
  /** Wall time, epoch ms. */
  readonly wallNow: number;
}

/** Runs and queues that do not go on. Throws the library's error when the server does not answer. */
export async function temporalFindings(client: Client, query: TemporalQuery): Promise<readonly StuckFinding[]> {
  const { workflowQueue, brokerQueues, deployment, positions, workflowIds, isHeld, isBrokerAway, wallNow } = query;
  const [troubled, current, workflows, ...queues] = await Promise.all([
    troubledWorkflows(client, workflowQueue),
    currentBuild(client, deployment),
    queueState(client, workflowQueue, 'workflows', wallNow),
    ...brokerQueues.map((name) => queueState(client, name, 'activities', wallNow)),
  ]);
  const runs = await runStates(client, [...new Set([...troubled, ...workflowIds])]);
  return [
    ...runs.flatMap((run) =>
      stuckRun(run, positions.get(run.workflowId), { builds: workflows.builds, isBrokerAway, wallNow }),
    ),
    ...queues.flatMap((queue) => stuckQueue(queue, isHeld) ?? []),
    ...stuckBuild(current && buildOf({ deploymentName: deployment, buildId: current }), workflows.builds),
  ];
}

/** Ids of open workflows that fail or are paused, by one query. A server without these attributes of its own knows none. */
async function troubledWorkflows(client: Client, queue: string): Promise<readonly string[]> {
  const trouble = 'TemporalReportedProblems IS NOT NULL OR TemporalPauseInfo IS NOT NULL';
  const ids: string[] = [];
  try {
    for await (const { workflowId } of client.workflow.list({
      query: `TaskQueue = '${queue}' AND CloseTime IS NULL AND (${trouble})`,
    }))
      ids.push(workflowId);
  } catch (error) {
    if (!/invalid|search attribute/i.test(causesOf(error))) throw error;
  }
  return ids;
}

/** The runs that are open, a few at a time. */
async function runStates(client: Client, workflowIds: readonly string[]): Promise<readonly RunState[]> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  const found: RunState[] = [];
  const rest = [...workflowIds];
  const next = async () => {
    for (let id = rest.shift(); id !== undefined; id = rest.shift()) {
      try {
        const described = await client.workflow.getHandle(id).describe();
        if (described.closeTime === undefined) found.push(runState(described));
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return found;
}

function runState({ workflowId, runId, raw }: WorkflowExecutionDescription): RunState {
  const info = raw.workflowExecutionInfo;
  const problem = problemOf(raw);
  const { behavior, deploymentVersion, versioningOverride } = info?.versioningInfo ?? {};
  const overridden = versioningOverride?.pinned?.version;
  const version =
    overridden ?? (behavior === PINNED && !versioningOverride?.autoUpgrade ? deploymentVersion : undefined);
  return {
    workflowId,
    runId,
    isPaused: Number(info?.status) === RUN_PAUSED,
    pending: (raw.pendingActivities ?? []).map(pendingActivity),
    ...defined({ problem, pinnedTo: version ? buildOf(version) : undefined }),
  };
}

function problemOf({ workflowExecutionInfo, pendingWorkflowTask }: Raw): string | undefined {
  const data = workflowExecutionInfo?.searchAttributes?.indexedFields?.TemporalReportedProblems?.data;
  const said = data == null ? '' : Buffer.from(data).toString('utf8');
  const [, cause] = /cause=(?:WorkflowTaskFailedCause)?(\w+)/.exec(said) ?? [];
  if (cause !== undefined) return cause;
  if (said !== '') return said;
  const attempt = pendingWorkflowTask?.attempt ?? 0;
  return attempt >= TASK_ATTEMPTS ? UNKNOWN_PROBLEM : undefined;
}

function pendingActivity(raw: RawPending): PendingActivity {
  const { activityId, activityType, attempt, state, paused, lastFailure, lastStartedTime } = raw;
  const failureCode = lastFailure?.applicationFailureInfo?.type || undefined;
  const failure = lastFailure?.cause?.message || lastFailure?.message || undefined;
  return {
    activityId: activityId ?? '',
    name: activityType?.name ?? '',
    attempt: attempt ?? 1,
    isPaused: paused === true || Number(state) >= PAUSED,
    ...defined({ failure, failureCode, startedAt: Number(state) === STARTED ? msOf(lastStartedTime) : undefined }),
  };
}

/** The build of each worker that polls the queue, `deployment:build`. */
export async function buildsPolling(client: Client, queue: string, wallNow: number): Promise<readonly string[]> {
  return (await queueState(client, queue, 'workflows', wallNow)).builds;
}

/** `wallNow`, epoch ms: pollers that have not asked since a minute before are gone. */
async function queueState(
  client: Client,
  name: string,
  kind: keyof typeof QUEUE_TYPE,
  wallNow: number,
): Promise<QueueState> {
  const { pollers, stats } = await client.connection.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name },
    taskQueueType: QUEUE_TYPE[kind],
    reportStats: true,
  });
  const fresh = (pollers ?? []).filter(({ lastAccessTime }) => msOf(lastAccessTime) >= wallNow - FRESH_MS);
  return {
    name,
    waiting: Number(stats?.approximateBacklogCount ?? 0),
    waitingMs: msOf(stats?.approximateBacklogAge),
    builds: fresh.map(({ deploymentOptions }) =>
      Number(deploymentOptions?.workerVersioningMode) === VERSIONED ? buildOf(deploymentOptions ?? {}) : UNVERSIONED,
    ),
  };
}

function buildOf(version: { readonly deploymentName?: string | null; readonly buildId?: string | null }): string {
  return `${version.deploymentName ?? ''}:${version.buildId ?? ''}`;
}

function msOf(time: Time): number {
  return Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
}

function causesOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${causesOf(error.cause)}` : '';
}

/** Ids of all workflows of a queue that go on, by one query. The index that answers it lags behind by moments. */
export async function openWorkflows(client: Client, queue: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const open = client.workflow.list({ query: `TaskQueue = '${queue}' AND CloseTime IS NULL`, pageSize: PAGE });
  for await (const { workflowId } of open) ids.add(workflowId);
  return ids;
}

/** Whether a workflow has a run that goes on. */
export async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { closeTime } = await client.workflow.getHandle(workflowId).describe();
    // One that is paused goes on as well.
    return closeTime === undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

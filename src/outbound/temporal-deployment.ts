/** The versions of a worker deployment, as the Temporal server keeps them: workflow tasks go to the workers of the current one. */
import { type Client, isGrpcServiceError } from '@temporalio/client';

/** NOT_FOUND of gRPC. */
const NO_SUCH = 5;

/** Values of temporal.api.enums.v1.WorkerDeploymentVersionStatus. */
const STATUSES = ['unknown', 'inactive', 'current', 'ramping', 'draining', 'drained', 'created'] as const;

export interface Version {
  readonly buildId: string;
  /** Draining: runs are pinned to it. */
  readonly status: (typeof STATUSES)[number];
}

/** A build as a version of a deployment. */
export interface Build {
  readonly deployment: string;
  readonly buildId: string;
}

/** List filter: open runs of the queue that only workers of this build may carry on. */
export function pinnedRuns(queue: string, { deployment, buildId }: Build): string {
  const version = `TemporalWorkerDeploymentVersion = '${deployment}:${buildId}'`;
  return `${openRuns(queue)} AND TemporalWorkflowVersioningBehavior = 'Pinned' AND ${version}`;
}

/** List filter: open runs of the queue that workers of this build get once it is current. */
export function receivedRuns(queue: string, { deployment, buildId }: Build): string {
  const version = `TemporalWorkerDeploymentVersion = '${deployment}:${buildId}'`;
  return `${openRuns(queue)} AND (TemporalWorkflowVersioningBehavior IS NULL OR TemporalWorkflowVersioningBehavior != 'Pinned' OR ${version})`;
}

function openRuns(queue: string): string {
  return `TaskQueue = '${queue}' AND CloseTime IS NULL`;
}

/** The latest first. */
export async function versionsOf(client: Client, deploymentName: string): Promise<readonly Version[]> {
  const info = await describe(client, deploymentName);
  return (info?.versionSummaries ?? []).flatMap(({ deploymentVersion, status }) =>
    deploymentVersion?.buildId
      ? [{ buildId: deploymentVersion.buildId, status: STATUSES[Number(status)] ?? 'unknown' }]
      : [],
  );
}

/** Build id of the current version. Undefined: none is, so that tasks go to workers without a version. */
export async function currentBuild(client: Client, deploymentName: string): Promise<string | undefined> {
  const info = await describe(client, deploymentName);
  return info?.routingConfig?.currentDeploymentVersion?.buildId || undefined;
}

async function describe(client: Client, deploymentName: string) {
  const { namespace } = client.options;
  try {
    const answer = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName });
    return answer.workerDeploymentInfo;
  } catch (error) {
    if (isNoSuch(error)) return undefined;
    throw error;
  }
}

/** False: the server does not know this version yet, whose workers have just begun to poll. Throws the library's error. */
export async function makeCurrent(client: Client, deploymentName: string, buildId: string): Promise<boolean> {
  const { namespace, identity } = client.options;
  try {
    await client.workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId, identity });
    return true;
  } catch (error) {
    if (isNoSuch(error)) return false;
    throw error;
  }
}

function isNoSuch(error: unknown): boolean {
  return isGrpcServiceError(error) && error.code === NO_SUCH;
}

/** The versions of a worker deployment, as the Temporal server keeps them: workflow tasks go to the workers of the current one. */
import { type Client, isGrpcServiceError } from '@temporalio/client';

/** NOT_FOUND of gRPC. */
const NO_SUCH = 5;

/** Build id of the current version. Undefined: none is, so that tasks go to workers without a version. */
export async function currentBuild(client: Client, deploymentName: string): Promise<string | undefined> {
  const { namespace } = client.options;
  try {
    const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId || undefined;
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

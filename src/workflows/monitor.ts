/** monitorWorkflow: what the rules say now of one position, or of every open one; nothing is done about it. */
import { ActivityFailure } from '@temporalio/workflow';
import type { Evaluation, NotEvaluated } from '../contract/activities.js';
import { readFailure } from './activity-failure.js';
import { proxiesFor } from './proxies.js';

export interface MonitorInput {
  readonly accountAlias: string;
  readonly positionId?: string;
}

export async function monitorWorkflow(input: MonitorInput): Promise<readonly (Evaluation | NotEvaluated)[]> {
  const { store, position } = proxiesFor(input.accountAlias);
  const ids = input.positionId === undefined ? await store.openPositionIds({}) : [input.positionId];
  // One position that cannot be evaluated never hides the others, nor itself.
  return await Promise.all(
    ids.map((positionId) =>
      position.evaluatePosition({ positionId }).catch((error: unknown): NotEvaluated => {
        if (!(error instanceof ActivityFailure)) throw error;
        const unknown = { code: 'BROKER_UNREACHABLE', reason: 'The worker gave no answer in time.' };
        return { positionId, failed: readFailure(error, unknown).reason };
      }),
    ),
  );
}

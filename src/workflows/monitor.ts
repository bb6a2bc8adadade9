/** monitorWorkflow: what the rules say now about one position, or about every open one; nothing follows from it. */
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
  // A position that cannot be evaluated is reported and never hides the others.
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

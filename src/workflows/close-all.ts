/**
 * closeAllWorkflow: closes every open position (of a symbol), each by its own exit; one failure never stops the others.
 */
import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import type { CloseAllInput, CloseAllResult, ExitOutcome } from '../contract/requests.js';
import { closeAllRequestId, exitWorkflowId } from '../contract/workflow-ids.js';
import { exitWorkflow } from './exit.js';
import { proxiesFor } from './proxies.js';

export async function closeAllWorkflow(input: CloseAllInput): Promise<CloseAllResult> {
  const { store } = proxiesFor(input.accountAlias);
  const positionIds = await store.openPositionIds(input.symbol === undefined ? {} : { symbol: input.symbol });
  const outcomes = await Promise.all(positionIds.map((positionId) => closeOne(input, positionId)));
  return { requestId: input.requestId, outcomes };
}

async function closeOne(input: CloseAllInput, positionId: string): Promise<ExitOutcome> {
  const requestId = closeAllRequestId(input.requestId, positionId);
  try {
    return await executeChild(exitWorkflow, {
      workflowId: exitWorkflowId(requestId),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `close ${positionId} (close-all)`,
      args: [
        {
          accountAlias: input.accountAlias,
          positionId,
          requestId,
          action: 'CLOSE',
          rule: 'manual_close_all',
          overrideHalt: input.overrideHalt ?? false,
        },
      ],
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      requestId,
      positionId,
      result: 'FAILED',
      reason,
      filledCombos: 0,
      openCombos: 0,
      code: 'INVARIANT_BROKEN',
    };
  }
}

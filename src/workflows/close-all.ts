/**
 * closeAllWorkflow: closes every open position (of a symbol), each by its own exit; one failure never stops the others.
 */
import { executeChild, ParentClosePolicy, patched } from '@temporalio/workflow';
import { CLOSE_ALL_BATCHES } from '../contract/patches.js';
import type { CloseAllInput, CloseAllResult, ExitOutcome } from '../contract/requests.js';
import { closeAllBatchId, closeAllRequestId, exitWorkflowId } from '../contract/workflow-ids.js';
import { exitWorkflow } from './exit.js';
import { proxiesFor } from './proxies.js';

/** Exits that one run starts. The server takes 2,000 children at once (`limit.numPendingChildExecutions.error`), and fails the task of more. */
const BATCH = 100;

export async function closeAllWorkflow(input: CloseAllInput): Promise<CloseAllResult> {
  const { requestId, symbol } = input;
  const { store } = proxiesFor(input.accountAlias);
  const positionIds = input.positionIds ?? (await store.openPositionIds(symbol === undefined ? {} : { symbol }));
  const closed =
    positionIds.length > BATCH && patched(CLOSE_ALL_BATCHES)
      ? batchesOf(positionIds).map((batch, index) => closeBatch(input, batch, index + 1))
      : positionIds.map(async (positionId) => [await closeOne(input, positionId)]);
  return { requestId, outcomes: (await Promise.all(closed)).flat() };
}

function batchesOf(positionIds: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(positionIds.length / BATCH);
  return Array.from({ length: count }, (_, index) => positionIds.slice(index * BATCH, (index + 1) * BATCH));
}

async function closeBatch(
  input: CloseAllInput,
  positionIds: readonly string[],
  batch: number,
): Promise<readonly ExitOutcome[]> {
  const { requestId } = input;
  try {
    const { outcomes } = await executeChild(closeAllWorkflow, {
      workflowId: closeAllBatchId(requestId, batch),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `close ${positionIds.length} positions (close-all)`,
      args: [{ ...input, positionIds }],
    });
    return outcomes;
  } catch (error) {
    return positionIds.map((positionId) => failed(closeAllRequestId(requestId, positionId), positionId, error));
  }
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
    return failed(requestId, positionId, error);
  }
}

function failed(requestId: string, positionId: string, error: unknown): ExitOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  const nothing = { filledCombos: 0, openCombos: 0 } as const;
  return { requestId, positionId, result: 'FAILED', reason, ...nothing, code: 'INVARIANT_BROKEN' };
}

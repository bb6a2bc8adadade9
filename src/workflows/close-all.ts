/**
 * closeAllWorkflow: closes every open position (of a symbol), each by its own exit; one failure never stops the others.
 */
import { executeChild, ParentClosePolicy, patched, setCurrentDetails, uuid4 } from '@temporalio/workflow';
import { CLOSE_ALL_AGAIN, CLOSE_ALL_BATCHES } from '../contract/patches.js';
import type { CloseAllInput, CloseAllResult, ExitOutcome } from '../contract/requests.js';
import { closeAllBatchId, closeAllRequestId, exitWorkflowId } from '../contract/workflow-ids.js';
import { defined } from '../domain/defined.js';
import { exitWorkflow } from './exit.js';
import { proxiesFor } from './proxies.js';
import { isAlreadyStarted } from './start-position.js';
import { uncancelled } from './uncancelled.js';

const GOES_ON = 'Cancelling does not stop the exits: each position works its own. To stop what leaves: `legwork halt`.';
/** Exits that one run starts. The server takes 2,000 children at once (`limit.numPendingChildExecutions.error`), and fails the task of more. */
const BATCH = 100;

export function closeAllWorkflow(input: CloseAllInput): Promise<CloseAllResult> {
  return uncancelled(
    () => run(input),
    () => setCurrentDetails(GOES_ON),
  );
}

async function run(input: CloseAllInput): Promise<CloseAllResult> {
  const { requestId, symbol } = input;
  const { store } = proxiesFor(input.accountAlias);
  const positionIds = input.positionIds ?? (await store.openPositionIds({ rolling: true, ...defined({ symbol }) }));
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
    if (isAgain(error)) return await closeBatch(renamed(input), positionIds, batch);
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
    if (isAgain(error)) return await closeOne(renamed(input), positionId);
    return failed(requestId, positionId, error);
  }
}

/** This run was reset after it had started the child. */
function isAgain(error: unknown): boolean {
  return isAlreadyStarted(error) && patched(CLOSE_ALL_AGAIN);
}

/** A request of its own joins the exit at work, and is answered with it. */
function renamed(input: CloseAllInput): CloseAllInput {
  return { ...input, requestId: `${input.requestId}-${uuid4().slice(0, 8)}` };
}

function failed(requestId: string, positionId: string, error: unknown): ExitOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  const nothing = { filledCombos: 0, openCombos: 0 } as const;
  return { requestId, positionId, result: 'FAILED', reason, ...nothing, code: 'INVARIANT_BROKEN' };
}

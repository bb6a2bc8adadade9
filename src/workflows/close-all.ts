/**
 * closeAllWorkflow: closes every open position (of a symbol), each by its own exit; one failure never stops the others.
 */
import { executeChild, ParentClosePolicy, patched, setCurrentDetails, uuid4 } from '@temporalio/workflow';
import { CLOSE_ALL_AGAIN } from '../contract/patches.js';
import type { CloseAllInput, CloseAllResult, ExitOutcome } from '../contract/requests.js';
import { closeAllRequestId, exitWorkflowId } from '../contract/workflow-ids.js';
import { exitWorkflow } from './exit.js';
import { proxiesFor } from './proxies.js';
import { isAlreadyStarted } from './start-position.js';
import { uncancelled } from './uncancelled.js';

const GOES_ON = 'Cancelling does not stop the exits: each position works its own. To stop what leaves: `legwork halt`.';

export function closeAllWorkflow(input: CloseAllInput): Promise<CloseAllResult> {
  return uncancelled(
    () => run(input),
    () => setCurrentDetails(GOES_ON),
  );
}

async function run(input: CloseAllInput): Promise<CloseAllResult> {
  const { store } = proxiesFor(input.accountAlias);
  const positionIds = await store.openPositionIds(input.symbol === undefined ? {} : { symbol: input.symbol });
  const outcomes = await Promise.all(positionIds.map((positionId) => closeOne(input, positionId)));
  return { requestId: input.requestId, outcomes };
}

async function closeOne(
  input: CloseAllInput,
  positionId: string,
  requestId = closeAllRequestId(input.requestId, positionId),
): Promise<ExitOutcome> {
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
    if (isAlreadyStarted(error) && patched(CLOSE_ALL_AGAIN)) {
      // A request of its own joins the exit at work, and is answered with it.
      return await closeOne(
        input,
        positionId,
        closeAllRequestId(`${input.requestId}-${uuid4().slice(0, 8)}`, positionId),
      );
    }
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

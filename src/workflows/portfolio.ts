/** closeAllWorkflow: closes every open position (of a symbol), each by its own exit; one failure never stops the rest. */
import { ActivityFailure, executeChild, ParentClosePolicy, TimeoutFailure } from '@temporalio/workflow';
import type { Evaluation, SignalVerdict } from '../contract/activities.js';
import { exitCommand } from '../contract/exit-command.js';
import type {
  CancelInput,
  CancelResult,
  CloseAllInput,
  CloseAllResult,
  DryRun,
  EntryInput,
  ExerciseInput,
  ExerciseResult,
  ExitInput,
  ExitOutcome,
  SettledLine,
  SettleInput,
} from '../contract/requests.js';
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

export interface MonitorInput {
  readonly accountAlias: string;
  readonly positionId?: string;
}

/** monitorWorkflow: what the rules say now of one position, or of every open one; nothing is done about it. */
export async function monitorWorkflow(input: MonitorInput): Promise<readonly Evaluation[]> {
  const { store, position } = proxiesFor(input.accountAlias);
  const ids = input.positionId === undefined ? await store.openPositionIds({}) : [input.positionId];
  const evaluations = await Promise.allSettled(ids.map((positionId) => position.evaluatePosition({ positionId })));
  // One position that cannot be judged never hides the others.
  return evaluations.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** signalWorkflow: evaluates the entry signal only. */
export async function signalWorkflow(input: EntryInput): Promise<SignalVerdict> {
  return await proxiesFor(input.accountAlias).entry.evaluateSignal({ request: input.request, signalOnly: true });
}

/** dryRunWorkflow: what an exit would send now. */
export async function dryRunWorkflow(input: ExitInput): Promise<DryRun> {
  const { accountAlias, positionId, requestId, ratio, dte } = input;
  const action = input.action === 'HOLD' ? 'CLOSE' : input.action;
  const { urgency, pricing, overrideHalt } = input;
  const reason = 'dry run';
  const command = exitCommand({ requestId, action, urgency, reason, by: 'person', pricing, overrideHalt, ratio, dte });
  return await proxiesFor(accountAlias).position.previewExit({ positionId, command });
}

/** cancelOrderWorkflow: cancels one order because a person asks. */
export async function cancelOrderWorkflow({ accountAlias, ...order }: CancelInput): Promise<CancelResult> {
  return await proxiesFor(accountAlias).settle.cancelByUser(order);
}

/** exerciseWorkflow: a long leg is exercised because a person asks. One attempt: what did not answer is never sent blindly again. */
export async function exerciseWorkflow(input: {
  readonly accountAlias: string;
  readonly exercise: ExerciseInput;
}): Promise<ExerciseResult> {
  const { exercise } = input;
  try {
    return await proxiesFor(input.accountAlias).place.exerciseLeg(exercise);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || !isUnanswered(error)) throw error;
    const { positionId, legNo, contracts = 0 } = exercise;
    const reason = 'the step that sends it did not answer: look at Exercise in TWS whether the instruction is there';
    return { positionId, legNo, contracts, result: 'UNKNOWN', reason };
  }
}

/** The worker died or took too long; what the activity itself refused has its own code. */
function isUnanswered({ cause }: ActivityFailure): boolean {
  return cause instanceof TimeoutFailure;
}

/** settleWorkflow: settles expired legs by what a person or the broker's statement says; no order is sent. */
export async function settleWorkflow(input: {
  readonly accountAlias: string;
  readonly settle: SettleInput;
}): Promise<readonly SettledLine[]> {
  return await proxiesFor(input.accountAlias).position.settlePositions(input.settle);
}

/** reconcileWorkflow: compares the broker with the database, now. */
export async function reconcileWorkflow(input: { readonly accountAlias: string }) {
  return await proxiesFor(input.accountAlias).position.reconcileNow();
}

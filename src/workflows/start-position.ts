/** Starts a position from a workflow: from an entry, or from the position that is rolled into it. */
import { ParentClosePolicy, startChild, TemporalFailure, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { PositionInput, PositionWorkflow } from '../contract/requests.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';
import { ASKS_FOR_ATTRIBUTES } from './attributes.js';

/**
 * The position outlives the workflow that starts it: it is abandoned, and only its start is awaited. One that has its run already was
 * started before this workflow was reset.
 */
export async function startChildPosition(position: PositionInput): Promise<void> {
  try {
    await startChild<PositionWorkflow>('positionWorkflow', {
      workflowId: positionWorkflowId(position.positionId),
      args: [position],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      staticSummary: position.title,
      memo: ASKS_FOR_ATTRIBUTES,
    });
  } catch (error) {
    if (!isAlreadyStarted(error)) throw error;
  }
}

/** The child has a run already: it was started before this workflow was reset. The class of the error is not exported to workflows. */
export function isAlreadyStarted(error: unknown): boolean {
  return error instanceof TemporalFailure && error.name === 'WorkflowExecutionAlreadyStartedError';
}

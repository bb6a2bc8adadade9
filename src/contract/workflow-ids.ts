/** Workflow ids are functions of their subject; they are made only here. */

export function positionWorkflowId(positionId: string): string {
  return `position-${positionId}`;
}

/** The position whose run has this id; undefined for any other workflow. */
export function positionOfWorkflow(workflowId: string): string | undefined {
  return /^position-(.+)$/.exec(workflowId)?.[1];
}

export function entryWorkflowId(entryId: string): string {
  return `entry-${entryId}`;
}

export function exitWorkflowId(requestId: string): string {
  return `exit-${requestId}`;
}

export function closeAllWorkflowId(requestId: string): string {
  return `close-all-${requestId}`;
}

/** Batches are counted from 1. */
export function closeAllBatchId(requestId: string, batch: number): string {
  return `${closeAllWorkflowId(requestId)}-batch-${batch}`;
}

/** Request id of one position within a close-all: the same run addresses each position once. */
export function closeAllRequestId(requestId: string, positionId: string): string {
  return `${requestId}-${positionId}`;
}

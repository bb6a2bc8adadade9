/** Starts the run of a position from outside a workflow, with its fields for the Web UI. */
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { changedSignal, type OpeningSettled, openingSettledSignal } from '../contract/messages.js';
import type { PositionInput } from '../contract/requests.js';
import { ATTRIBUTES_ASKED, ATTRIBUTES_MEMO_KEY } from '../contract/search-attributes.js';
import { WORKFLOW_QUEUE } from '../contract/task-queues.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';

/** Starts it; an existing run is success. */
export async function startPosition(client: Client, input: PositionInput): Promise<void> {
  try {
    await client.workflow.start('positionWorkflow', {
      workflowId: positionWorkflowId(input.positionId),
      taskQueue: WORKFLOW_QUEUE,
      args: [input],
      // Only positions that are open in the database and have no run are started here.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: input.title,
      memo: { [ATTRIBUTES_MEMO_KEY]: ATTRIBUTES_ASKED },
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Notifies an entry that its opening has ended; an entry that is over is ignored. */
export async function notifyEntry(client: Client, entryWorkflowId: string, settled: OpeningSettled): Promise<void> {
  try {
    await client.workflow.getHandle(entryWorkflowId).signal(openingSettledSignal, settled);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** Ends the sleep of a position's run; one that is over is ignored. */
export async function wakePosition(client: Client, positionId: string): Promise<void> {
  try {
    await client.workflow.getHandle(positionWorkflowId(positionId)).signal(changedSignal);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

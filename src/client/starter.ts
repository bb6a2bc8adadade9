/** Starts Legwork's workflows: one way for all of them, so that every run carries a summary. */
import { setMaxListeners } from 'node:events';
import { WORKFLOW_QUEUE } from '../contract/task-queues.js';
import type { TemporalConnection } from './connections.js';

export interface Start<I> {
  readonly workflow: string;
  readonly workflowId: string;
  readonly input: I;
  /** One line for the Web UI. */
  readonly summary: string;
}

/** A started run; `joined` when a run of this id already existed and is followed instead. */
export interface Started<O> {
  readonly workflowId: string;
  readonly joined: boolean;
  /** The result; aborting ends the wait, not the run. */
  result(signal: AbortSignal): Promise<O>;
}

/** Starts a run, or joins the one that already has this id: the same id twice acts once. */
export async function startRun<I, O>(link: TemporalConnection, start: Start<I>): Promise<Started<O>> {
  const { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } = await import('@temporalio/client');
  const { workflowId } = start;
  try {
    const handle = await link.client.workflow.start<(input: I) => Promise<O>>(start.workflow, {
      workflowId,
      taskQueue: WORKFLOW_QUEUE,
      args: [start.input],
      staticSummary: start.summary,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    });
    return { workflowId, joined: false, result: (signal) => abortable(link, signal, () => handle.result()) };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const handle = link.client.workflow.getHandle<(input: I) => Promise<O>>(workflowId);
    return { workflowId, joined: true, result: (signal) => abortable(link, signal, () => handle.result()) };
  }
}

/**
 * A poll for a result lasts as long as the run, and would keep the process alive if left behind. The client polls again every
 * minute and listens to the signal each time; these many listeners are no leak, since they end with the signal.
 */
function abortable<O>({ client }: TemporalConnection, signal: AbortSignal, ask: () => Promise<O>): Promise<O> {
  setMaxListeners(0, signal);
  return client.connection.withAbortSignal(signal, ask);
}

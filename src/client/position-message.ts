/** Pausing and resuming: an update, which answers at once, or a signal, which waits for the next worker. */
import type { Accepted } from '../contract/messages.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';
import { LegworkError } from '../domain/errors.js';
import type { PositionRow } from '../store/api.js';
import type { TemporalConnection } from './connections.js';

const ANSWER_MS = 10_000;

/**
 * Sends the message. `queued`: no worker answered, so it was left as a signal for the next worker; the same request id
 * makes both count once. A position without a run throws NOT_FOUND.
 */
export async function messagePosition(
  { client }: TemporalConnection,
  execution: PositionRow,
  kind: 'pause' | 'resume',
  requestId: string,
): Promise<Accepted & { readonly queued: boolean }> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  const handle = client.workflow.getHandle(positionWorkflowId(execution.positionId));
  // Loaded here: the definitions bring in the workflow library, which most commands never need.
  const { pauseSignal, pauseUpdate, resumeSignal, resumeUpdate } = await import('../contract/messages.js');
  const [update, signal] = kind === 'pause' ? [pauseUpdate, pauseSignal] : [resumeUpdate, resumeSignal];
  const message = { requestId };
  try {
    const accepted = await client.connection.withDeadline(Date.now() + ANSWER_MS, () =>
      handle.executeUpdate(update, { args: [message], updateId: requestId }),
    );
    return { ...accepted, queued: false };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw withoutRun(execution);
    if (!isTimeout(error)) throw error;
  }
  await handle.signal(signal, message);
  return { requestId, joined: false, queued: true };
}

function withoutRun({ positionId }: PositionRow): LegworkError {
  return new LegworkError(
    'NOT_FOUND',
    `position id: ${positionId} has no run; a worker revives it when it reconciles (\`legwork reconcile\`).`,
  );
}

/** gRPC DEADLINE_EXCEEDED or CANCELLED, wherever the client library has wrapped it. */
function isTimeout(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name.includes('TimeoutOrCancelled')) return true;
    if ('code' in cause && (cause.code === 4 || cause.code === 1)) return true;
  }
  return false;
}

/** A pending request, and the answer to one that needs no run. */
import type { ExitOutcome } from '../contract/requests.js';
import type { PositionRow } from '../store/api.js';
import type { Follow, Waited } from './waiting.js';

/** A pending request: its id, and a way to wait for the answer. */
export interface PendingRequest<T> {
  readonly id: string;
  readonly workflowId: string;
  /** The same id was requested before; this is that run. */
  readonly joined: boolean;
  wait(follow?: Follow): Promise<Waited<T>>;
}

/** Nothing is open and nothing can follow: closed, or never opened. */
export function isOver(execution: PositionRow): boolean {
  return execution.status === 'CLOSED' || execution.status === 'FAILED';
}

/** The answer for a position that is over, in the form of a request. `next`: the position that it was to be rolled into. */
export function alreadyClosed(
  requestId: string,
  execution: PositionRow,
  next: PositionRow | undefined,
): PendingRequest<ExitOutcome> {
  const { status } = execution;
  const closed = ['The position is already closed.', ...(next ? [rolledText(next)] : [])].join(' ');
  const value: ExitOutcome = {
    requestId,
    positionId: execution.positionId,
    result: 'ALREADY_CLOSED',
    reason: status === 'FAILED' ? 'The position was never opened.' : closed,
    filledCombos: 0,
    openCombos: 0,
  };
  return { id: requestId, workflowId: '', joined: true, wait: async () => ({ kind: 'done', value }) };
}

function rolledText({ positionId, openedCombos }: PositionRow): string {
  return openedCombos > 0 ? `It was rolled into ${positionId}.` : `Its roll into ${positionId} did not open.`;
}

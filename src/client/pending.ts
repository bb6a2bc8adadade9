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

/** The answer for a position that is over, in the form of a request. */
export function alreadyClosed(requestId: string, execution: PositionRow): PendingRequest<ExitOutcome> {
  const value: ExitOutcome = {
    requestId,
    positionId: execution.positionId,
    result: 'ALREADY_CLOSED',
    reason: execution.status === 'FAILED' ? 'The position was never opened.' : 'The position is already closed.',
    filledCombos: 0,
    openCombos: 0,
  };
  return { id: requestId, workflowId: '', joined: true, wait: async () => ({ kind: 'done', value }) };
}

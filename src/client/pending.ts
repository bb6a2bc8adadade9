/** A request under way, and the answer to one that needs no way at all. */
import type { ExitOutcome } from '../contract/requests.js';
import type { PositionRow } from '../store/api.js';
import type { Follow, Waited } from './waiting.js';

/** A request on its way: its id, and a way to wait for the answer. */
export interface PendingRequest<T> {
  readonly id: string;
  readonly workflowId: string;
  /** The same id had been asked before; this is that run. */
  readonly joined: boolean;
  wait(follow?: Follow): Promise<Waited<T>>;
}

/** Nothing is open and nothing can come: closed, or never opened. */
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

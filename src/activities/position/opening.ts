/** What the opening of a position has come to, by its fills. */
import type { PositionSummary } from '../../contract/activities.js';
import { LegworkError } from '../../domain/errors.js';
import type { ExecutionRow } from '../../store/api.js';
import type { BrokerParts } from '../parts.js';
import { isOver, summaryOf } from './summary.js';

/** Reads a position, and makes it count for a stepped clock while it is not over. */
export async function readPosition(parts: BrokerParts, positionId: string): Promise<PositionSummary> {
  const { broker } = parts.deps;
  const row = await existing(parts, positionId);
  if (!isOver(row)) broker.clock.join(positionId);
  return await summaryOf(parts.deps, row);
}

/** Folds the opening's fills. Filled whole: FILLED; in part: PARTIAL, which is a position as well; not at all: FAILED. */
export async function recordOpening(
  parts: BrokerParts,
  input: { readonly positionId: string; readonly reason: string },
): Promise<PositionSummary> {
  const { store, broker } = parts.deps;
  const { positionId, reason } = input;
  const at = broker.clock.now();
  const row = await parts.tracker.projectNow(positionId);
  if (row.openedCombos === 0 && row.legs.every((leg) => leg.openQuantity === 0)) {
    await store.executions.update_execution_status(positionId, 'FAILED', at, { failReason: reason });
  } else if (!isOver(row)) {
    await store.executions.update_execution_status(positionId, openStatus(row), at);
  }
  return await summaryOf(parts.deps, await existing(parts, positionId));
}

/** The status of a position that is open and has no exit under way. */
export function openStatus(row: ExecutionRow): 'FILLED' | 'PARTIAL' {
  return row.openedCombos >= row.quantity ? 'FILLED' : 'PARTIAL';
}

export async function existing(parts: BrokerParts, positionId: string): Promise<ExecutionRow> {
  const row = await parts.deps.store.executions.get_execution(positionId);
  if (row === undefined) throw new LegworkError('NOT_FOUND', `position id: ${positionId} does not exist.`);
  return row;
}

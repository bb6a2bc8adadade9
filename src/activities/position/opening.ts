/** What the opening of a position has come to, by its fills. */
import type { PositionSummary } from '../../contract/activities.js';
import { LegworkError } from '../../domain/errors.js';
import { reportOpening } from '../../domain/position/opening-report.js';
import type { ExecutionRow } from '../../store/api.js';
import type { BrokerParts } from '../parts.js';
import { wasOpenedByLegs } from './legs.js';
import { isOver, summaryOf } from './summary.js';

/** Exit rule of a position whose opening was taken back. */
const UNWOUND = 'unwound';

/** Reads a position, and makes it count for a stepped clock while it is not over. */
export async function readPosition(parts: BrokerParts, positionId: string): Promise<PositionSummary> {
  const { broker } = parts.deps;
  const row = await existing(parts, positionId);
  if (!isOver(row)) broker.clock.join(positionId);
  return await summaryOf(parts.deps, row);
}

/**
 * Folds the opening's fills. Filled whole: FILLED; in part: PARTIAL, which is a position as well; not at all: FAILED; taken back
 * again whole, because some legs did not fill: CLOSED, with what that cost.
 */
export async function recordOpening(
  parts: BrokerParts,
  input: { readonly positionId: string; readonly reason: string },
): Promise<PositionSummary> {
  const { store, broker } = parts.deps;
  const { positionId, reason } = input;
  const at = broker.clock.now();
  const row = await parts.tracker.projectNow(positionId);
  if (row.status !== 'CLOSED' && row.status !== 'FAILED') await settleStatus(parts, row, reason, at);
  const now = await existing(parts, positionId);
  const report = reportOpening(now.plan, await store.fills.ofPosition(positionId), await wasOpenedByLegs(store, now));
  return { ...(await summaryOf(parts.deps, now)), opening: report };
}

async function settleStatus(parts: BrokerParts, row: ExecutionRow, reason: string, at: number): Promise<void> {
  const { executions } = parts.deps.store;
  const { positionId } = row;
  if (!isOver(row)) {
    if (row.legs.some((leg) => leg.openQuantity !== 0)) {
      return await executions.update_execution_status(positionId, openStatus(row), at);
    }
    return await executions.update_execution_status(positionId, 'FAILED', at, { failReason: reason });
  }
  // An opened combo that is closed again is the exit's to record.
  if (row.openedCombos > 0) return;
  const more = { exitRule: UNWOUND, exitAction: 'CLOSE', failReason: reason } as const;
  await executions.update_execution_status(positionId, 'CLOSED', at, more);
  parts.book.remove(positionId);
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

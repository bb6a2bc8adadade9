/** The day's result so far: everything that is open and everything that was closed today. */
import { easternDay, easternTime } from 'market-time';
import { defined } from '../../domain/defined.js';
import type { Micros } from '../../domain/money.js';
import { resultOfDay } from '../../domain/risk/day-result.js';
import type { OpeningTables, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

/** The day is New York's. A position without a mark counts by its fills alone, with no profit assumed. */
export async function todaysResult(
  { broker }: Pick<BrokerDeps, 'broker'>,
  { executions, fills, snapshots }: Pick<OpeningTables, 'executions' | 'fills' | 'snapshots'>,
  open: readonly PositionRow[],
): Promise<Micros> {
  const dayStart = easternTime(easternDay(broker.clock.now()), 0);
  const positions = [...open, ...(await executions.closedSince(dayStart))];
  const ids = positions.map(({ positionId }) => positionId);
  const ledger = await fills.ofPositions(ids);
  const marks = await snapshots.lastMarks(ids);
  const marksBefore = await snapshots.lastMarks(ids, dayStart);
  return positions.reduce((sum, { positionId, plan }) => {
    const marked = defined({ marked: marks.get(positionId), markedBefore: marksBefore.get(positionId) });
    return sum + resultOfDay({ plan, fills: ledger.get(positionId) ?? [], ...marked }, dayStart);
  }, 0);
}

/** What the day has brought so far, over everything that is open and everything that was closed today. */
import { easternDay, easternTime } from 'market-time';
import type { Micros } from '../../domain/money.js';
import { resultOfDay } from '../../domain/risk/day-result.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

/** The day is that of New York. A position without a mark counts by its fills alone: as nothing, not as profit. */
export async function todaysResult(
  { store, broker }: Pick<BrokerDeps, 'store' | 'broker'>,
  open: readonly PositionRow[],
): Promise<Micros> {
  const dayStart = easternTime(easternDay(broker.clock.now()), 0);
  const closed = await store.executions.closedSince(dayStart);
  const results = await Promise.all(
    [...open, ...closed].map(async ({ positionId, plan }) => {
      const [fills, marked, markedBefore] = await Promise.all([
        store.fills.ofPosition(positionId),
        store.snapshots.lastMark(positionId),
        store.snapshots.lastMark(positionId, dayStart),
      ]);
      const marks = { ...(marked !== undefined && { marked }), ...(markedBefore !== undefined && { markedBefore }) };
      return resultOfDay({ plan, fills, ...marks }, dayStart);
    }),
  );
  return results.reduce((sum, result) => sum + result, 0);
}

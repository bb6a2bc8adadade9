/** What became of an entry whose run cannot say it any more: its position knows. */

import { isProtective } from '../../domain/order/protection.js';
import type { EntryRow, Store } from '../../store/api.js';

/** Status and reasons for an entry that has no run; undefined while its position still opens, which may fill. */
export async function entryOutcome(
  store: Pick<Store, 'executions' | 'intents'>,
  { positionId }: Pick<EntryRow, 'positionId'>,
  why: readonly string[],
): Promise<Pick<EntryRow, 'status' | 'reasons'> | undefined> {
  const row = positionId === undefined ? undefined : await store.executions.get_execution(positionId);
  if (row === undefined) return { status: 'FAILED', reasons: why };
  if (row.status === 'FAILED') {
    return { status: 'FAILED', reasons: [...why, `Nothing was opened: ${row.failReason ?? 'no order was filled'}.`] };
  }
  if (row.status === 'PENDING') return undefined;
  const unsettled = await store.intents.unsettled(row.positionId);
  if (unsettled.some(({ purpose, role }) => purpose === 'OPEN' && !isProtective(role))) return undefined;
  const opened = `${row.openedCombos} of ${row.quantity} combos were opened as ${row.positionId}.`;
  return { status: row.openedCombos > 0 ? 'OPENED' : 'FAILED', reasons: [...why, opened] };
}

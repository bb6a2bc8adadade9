/** The position as its fills make it, written beside the ledger. Called after every fill, so a crash loses no more than one. */
import { foldPosition } from '../../domain/position/ledger.js';
import type { ExecutionRow, Store } from '../../store/api.js';

/** Folds the ledger into the position's row; the row as it is afterwards, or undefined when there is no such position. */
export async function projectPosition(store: Store, positionId: string, at: number): Promise<ExecutionRow | undefined> {
  const row = await store.executions.get_execution(positionId);
  if (row === undefined) return undefined;
  const folded = foldPosition({ plan: row.plan, fills: await store.fills.ofPosition(positionId) });
  await store.executions.applyLedger(positionId, folded, at);
  // The first fill makes it a position; whether it is whole is said when the opening has ended.
  if (row.status === 'PENDING' && folded.openedCombos > 0) {
    await store.executions.update_execution_status(positionId, 'PARTIAL', at);
  }
  return await store.executions.get_execution(positionId);
}

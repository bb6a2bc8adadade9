/** The position as its fills make it, written beside the ledger. Called after every fill, so a crash loses no more than one. */
import { isReversed } from '../../domain/position/broken.js';
import { foldPosition } from '../../domain/position/ledger.js';
import type { ExecutionRow, Store } from '../../store/api.js';

/** A fill or a correction after the end: what is held must not be a position that nobody lists. */
async function reopen(store: Store, { positionId, symbol, status }: ExecutionRow, at: number): Promise<void> {
  await store.executions.update_execution_status(positionId, 'PARTIAL', at);
  await store.alerts.raise({
    type: 'CRITICAL',
    severity: 'IMMEDIATE',
    title: 'A position is held after its end',
    message: `The position was ${status}, and a later execution left contracts open; it is taken up again.`,
    rule: 'held_after_end',
    symbol,
    positionId,
    metadata: {},
    createdAt: at,
  });
}

/** Closed twice: a leg is held on the other side than it was opened. It must not happen, and is said when it does. */
async function warnReversed(
  store: Store,
  { positionId, symbol, plan }: ExecutionRow,
  legs: readonly { readonly legNo: number; readonly openQuantity: number }[],
  at: number,
): Promise<void> {
  const reversed = legs.filter(({ legNo, openQuantity }) => {
    const leg = plan.legs[legNo - 1];
    return leg !== undefined && isReversed({ ...leg, legNo, openQuantity });
  });
  if (reversed.length === 0) return;
  const names = reversed.map(({ legNo, openQuantity }) => `leg ${legNo} (${openQuantity})`).join(', ');
  await store.alerts.raise({
    type: 'CRITICAL',
    severity: 'IMMEDIATE',
    title: 'A leg was closed twice',
    message: `More was closed than was open: ${names}. No order of Legwork touches it; settle it at the broker.`,
    rule: 'reversed',
    symbol,
    positionId,
    metadata: {},
    createdAt: at,
  });
}

/** Folds the ledger into the position's row; the row as it is afterwards, or undefined when there is no such position. */
export async function projectPosition(store: Store, positionId: string, at: number): Promise<ExecutionRow | undefined> {
  const row = await store.executions.get_execution(positionId);
  if (row === undefined) return undefined;
  const folded = foldPosition({ plan: row.plan, fills: await store.fills.ofPosition(positionId) });
  await store.executions.applyLedger(positionId, folded, at);
  await warnReversed(store, row, folded.legs, at);
  if ((row.status === 'FAILED' || row.status === 'CLOSED') && folded.legs.some((leg) => leg.openQuantity !== 0)) {
    await reopen(store, row, at);
  }
  // The first contract makes it a position, single legs included; whether it is whole is said when the opening has ended.
  if (row.status === 'PENDING' && folded.legs.some((leg) => leg.openQuantity !== 0)) {
    await store.executions.update_execution_status(positionId, 'PARTIAL', at);
  }
  return await store.executions.get_execution(positionId);
}

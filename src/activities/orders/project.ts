/** The position as its fills make it, written beside the ledger. Called after every fill, so a crash loses at most one. */

import { OPEN_ALERTS } from '../../domain/alert.js';
import { isBroken } from '../../domain/position/broken.js';
import { foldPosition } from '../../domain/position/ledger.js';
import { holdsAnything } from '../../domain/position/status.js';
import { reversalOf } from '../../domain/position/unbalanced.js';
import type { PositionRow, Store } from '../../store/api.js';
import { replaceAlert } from '../context/replace-alert.js';
import { endBroken } from './broken-alert.js';

/** A fill or a correction after the end: a position that still holds something must be listed. */
async function reopen(store: Store, { positionId, symbol, status }: PositionRow, at: number): Promise<void> {
  await store.executions.update_execution_status(positionId, 'PARTIAL', at);
  await store.alerts.raise({
    type: 'CRITICAL',
    severity: 'IMMEDIATE',
    title: 'Closed position has open contracts again',
    message: `The position was ${status}; a later execution left contracts open. It is watched again: check its contracts at the broker.`,
    rule: 'held_after_end',
    symbol,
    positionId,
    createdAt: at,
  });
}

/** Rule of the alert, and cause of attention. */
const RULE = 'reversed';

/** Closed twice: a leg is held on the opposite side. Reported once per change, and over when it is settled. */
async function alertReversal(store: Store, before: PositionRow, now: PositionRow, at: number): Promise<void> {
  const { positionId, symbol } = now;
  const message = reversalOf(now.legs);
  if (now.attentionReasons[RULE] !== message)
    await store.executions.setAttention(positionId, { [RULE]: message ?? null });
  if (message === undefined) {
    // A process that died in between has left a position that needs attention.
    if (before.attention || reversalOf(before.legs) !== undefined)
      await store.alerts.end({ rule: RULE, positionId }, at);
    return;
  }
  const told = await store.alerts.list({ rule: RULE, positionId });
  const last = told.find(({ status }) => OPEN_ALERTS.includes(status)) ?? told[0];
  if (last !== undefined && last.status !== 'RESOLVED' && last.message === message) return;
  await replaceAlert(store, {
    type: 'CRITICAL',
    severity: 'IMMEDIATE',
    title: 'Leg over-closed: the position is reversed',
    message,
    rule: RULE,
    symbol,
    positionId,
    createdAt: at,
  });
}

/** Folds the ledger into the position's row. Returns the row afterwards, or undefined when there is no such position. */
export async function projectPosition(store: Store, positionId: string, at: number): Promise<PositionRow | undefined> {
  const row = await store.executions.get_execution(positionId);
  if (row === undefined) return undefined;
  const { plan } = row;
  const folded = await store.executions.applyLedger(positionId, (fills) => foldPosition({ plan, fills }), at);
  if ((row.status === 'FAILED' || row.status === 'CLOSED') && holdsAnything(folded)) {
    await reopen(store, row, at);
  }
  // The first contract makes it a position, even a single leg; whether it is whole is decided when the opening has ended.
  if (row.status === 'PENDING' && folded.legs.some((leg) => leg.openQuantity !== 0)) {
    await store.executions.update_execution_status(positionId, 'PARTIAL', at);
  }
  const after = await store.executions.get_execution(positionId);
  if (after?.status === 'BROKEN' && !isBroken(after)) await endBroken(store, after, at);
  if (after !== undefined) await alertReversal(store, row, after, at);
  return after;
}

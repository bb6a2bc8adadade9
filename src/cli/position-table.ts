/** The table of positions: one row each, with the last snapshot of the watch. */
import { defined } from '../domain/defined.js';
import { reversalOf } from '../domain/position/unbalanced.js';
import { strategyTitle } from '../domain/strategy/names.js';
import type { PositionRow, SnapshotRow, Store } from '../store/api.js';
import { ABSENT, date, money, number, percent } from './format.js';
import { executionJson } from './json.js';
import { type Paint, table } from './paint.js';

export interface PositionView {
  readonly execution: PositionRow;
  readonly snapshot: SnapshotRow | undefined;
}

export interface PositionFilter {
  readonly symbol?: string;
  /** Closed and failed positions too, latest first. */
  readonly all?: boolean;
  readonly limit?: number;
}

/** The last snapshot of the present holdings; a reversed position has none. */
export async function snapshotOf(store: Store, { positionId, legs }: PositionRow): Promise<SnapshotRow | undefined> {
  return reversalOf(legs) === undefined ? await store.snapshots.latest(positionId) : undefined;
}

/** Positions with their latest snapshot. */
export async function readPositions(store: Store, filter: PositionFilter): Promise<readonly PositionView[]> {
  const { symbol, all, limit } = filter;
  const rows = all
    ? await store.executions.list(defined({ symbol, limit }))
    : await store.executions.get_open_strategies(symbol);
  const wanted = limit === undefined ? rows : rows.slice(0, limit);
  return Promise.all(wanted.map(async (execution) => ({ execution, snapshot: await snapshotOf(store, execution) })));
}

export const positionsJson = (views: readonly PositionView[]) => ({
  positions: views.map(({ execution, snapshot }) => executionJson(execution, snapshot)),
});

/** The table, or a sentence when there is nothing to list. */
export function positionsText(views: readonly PositionView[], paint: Paint): string {
  if (views.length === 0) return 'No open positions.';
  const head = ['ID', 'STRATEGY', 'EXPIRY', '>COMBOS', '>ENTRY', '>NOW', '>P&L', '>%', '>DELTA', 'STATUS'];
  return table(
    paint,
    head,
    views.map((view) => rowOf(view, paint)),
  );
}

function rowOf({ execution, snapshot }: PositionView, paint: Paint): readonly string[] {
  const over = execution.status === 'CLOSED' || execution.status === 'FAILED';
  const pnl = over ? execution.realizedPnl : snapshot?.unrealizedPnl;
  const shade = (text: string) =>
    pnl === undefined || pnl === 0 ? text : pnl > 0 ? paint.good(text) : paint.bad(text);
  return [
    execution.positionId,
    `${execution.symbol} ${strategyTitle(execution.strategyType)}`,
    date(execution.expiry),
    `${execution.openCombos}/${execution.quantity}`,
    money(execution.entryNet),
    over ? ABSENT : money(snapshot?.closeNet),
    shade(money(pnl)),
    over ? ABSENT : shade(percent(snapshot?.profitPct)),
    over ? ABSENT : number(snapshot?.delta),
    statusOf(execution, paint),
  ];
}

function statusOf({ status, attention, attentionReason, paused }: PositionRow, paint: Paint): string {
  const marks = [
    ...(paused && status !== 'CLOSED' && status !== 'FAILED' ? [paint.warn('paused')] : []),
    ...(attention ? [paint.bad(`attention: ${attentionReason ?? 'see show'}`)] : []),
  ];
  return [status, ...marks].join(', ');
}

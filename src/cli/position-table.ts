/** The table of positions: one row each, with the last snapshot of the watch. */
import { daysToExpiry } from 'market-time';
import { defined } from '../domain/defined.js';
import { isBroken } from '../domain/position/broken.js';
import { isOfHoldings } from '../domain/rules/held-mark.js';
import { strategyTitle } from '../domain/strategy/names.js';
import type { DecisionRow, PositionRow, SnapshotRow, Store } from '../store/api.js';
import { ABSENT, age, date, money, number, percent, time } from './format.js';
import { executionJson } from './json.js';
import { type Paint, table } from './paint.js';

export interface PositionView {
  readonly execution: PositionRow;
  readonly snapshot: SnapshotRow | undefined;
  /** The last decision, HOLD included. */
  readonly decision: DecisionRow | undefined;
  /** Market time now, epoch ms; undefined when no worker has ever recorded it. */
  readonly now: number | undefined;
}

export interface PositionFilter {
  readonly symbol?: string;
  /** Closed and failed positions too, latest first. */
  readonly all?: boolean;
  readonly limit?: number;
}

/** The last snapshot, if it is of the present holdings. */
export async function snapshotOf(store: Store, row: PositionRow): Promise<SnapshotRow | undefined> {
  const last = await store.snapshots.latest(row.positionId);
  return last !== undefined && isOfHoldings(row, last) ? last : undefined;
}

/** Positions with their latest snapshot. */
export async function readPositions(store: Store, filter: PositionFilter): Promise<readonly PositionView[]> {
  const { symbol, all, limit } = filter;
  const rows = all
    ? await store.executions.list(defined({ symbol, limit }))
    : await store.executions.get_open_strategies(symbol);
  const wanted = limit === undefined ? rows : rows.slice(0, limit);
  const [decisions, now] = await Promise.all([
    store.decisions.latest(wanted.map(({ positionId }) => positionId)),
    store.marketClock.estimate(),
  ]);
  return Promise.all(
    wanted.map(async (execution) => {
      const decision = decisions.get(execution.positionId);
      return { execution, snapshot: await snapshotOf(store, execution), decision, now };
    }),
  );
}

export const positionsJson = (views: readonly PositionView[]) => ({
  positions: views.map((view) => ({
    ...executionJson(view.execution, view.snapshot),
    dte: dteOf(view) ?? null,
    quoteAgeSeconds: secondsOf(quoteAgeOf(view)),
    lastDecision: view.decision === undefined ? null : { ...pick(view.decision), at: time(view.decision.at) },
  })),
});

const pick = ({ action, rule, reason }: DecisionRow) => ({ action, rule, reason });
const secondsOf = (ms: number | undefined) => (ms === undefined ? null : Math.round(ms / 1000));

/** Calendar days to the earliest expiry; none for a position that is over, or without a clock. */
function dteOf({ execution, now }: PositionView): number | undefined {
  return now === undefined || isOver(execution) ? undefined : daysToExpiry(now, execution.expiry);
}

/** Age of the oldest leg's quote: its age at the last snapshot plus the time since. */
function quoteAgeOf({ execution, snapshot, now }: PositionView): number | undefined {
  if (now === undefined || snapshot === undefined || isOver(execution)) return undefined;
  return Math.max(0, now - snapshot.at) + (snapshot.quoteAgeMsMax ?? 0);
}

function isOver({ status }: PositionRow): boolean {
  return status === 'CLOSED' || status === 'FAILED';
}

/** `HOLD 3 min`, `HOLD (take_profit_full) 5 s`: a rule that fires and is not confirmed; `stop_loss_hard 2 h`. */
function decisionText({ decision, now }: PositionView): string {
  if (decision === undefined) return ABSENT;
  const { action, rule, metadata, at } = decision;
  const firing = typeof metadata.firing === 'string' ? ` (${metadata.firing})` : '';
  return `${action === 'HOLD' ? `HOLD${firing}` : rule} ${age(now === undefined ? undefined : now - at)}`;
}

/** The table, or a sentence when there is nothing to list. */
export function positionsText(views: readonly PositionView[], paint: Paint): string {
  if (views.length === 0) return 'No open positions.';
  const head = [
    ...['ID', 'STRATEGY', 'EXPIRY', '>DTE', '>COMBOS', '>ENTRY', '>NOW', '>P&L', '>%', '>DELTA'],
    ...['>QUOTES', 'LAST DECISION', 'STATUS'],
  ];
  return table(
    paint,
    head,
    views.map((view) => rowOf(view, paint)),
  );
}

function rowOf(view: PositionView, paint: Paint): readonly string[] {
  const { execution, snapshot } = view;
  const over = isOver(execution);
  const dte = dteOf(view);
  const pnl = over ? execution.realizedPnl : snapshot?.unrealizedPnl;
  const shade = (text: string) =>
    pnl === undefined || pnl === 0 ? text : pnl > 0 ? paint.good(text) : paint.bad(text);
  return [
    execution.positionId,
    `${execution.symbol} ${strategyTitle(execution.strategyType)}`,
    date(execution.expiry),
    dte === undefined ? ABSENT : String(dte),
    `${execution.openCombos}/${execution.quantity}`,
    money(execution.entryNet),
    over ? ABSENT : money(snapshot?.closeNet),
    shade(money(pnl)),
    over ? ABSENT : shade(percent(snapshot?.profitPct)),
    over ? ABSENT : deltaText(execution, snapshot),
    age(quoteAgeOf(view)),
    decisionText(view),
    statusOf(execution, paint),
  ];
}

/** The delta of one combo, or of everything that a broken position holds, in shares. */
function deltaText(row: PositionRow, snapshot: SnapshotRow | undefined): string {
  if (!isBroken(row) || snapshot?.shareDelta === undefined) return number(snapshot?.delta);
  return `${number(snapshot.shareDelta, 1)} sh`;
}

function statusOf({ status, attention, attentionReason, paused }: PositionRow, paint: Paint): string {
  const marks = [
    ...(paused && status !== 'CLOSED' && status !== 'FAILED' ? [paint.warn('paused')] : []),
    ...(attention ? [paint.bad(`attention: ${attentionReason ?? 'see show'}`)] : []),
  ];
  return [status, ...marks].join(', ');
}

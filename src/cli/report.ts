/** Everything the database knows about one position, for `legwork show`. */
import type { Evaluation } from '../contract/activities.js';
import { defined } from '../domain/defined.js';
import type { Fill } from '../domain/order/fill.js';
import type { ExternalChange } from '../domain/position/external-change.js';
import { type SettlementState, settlementState } from '../domain/position/settle.js';
import { strategyTitle } from '../domain/strategy/names.js';
import type { AlertRow, DecisionRow, ExerciseRow, IntentRow, PositionRow, SnapshotRow, Store } from '../store/api.js';
import { evaluationText } from './evaluation-text.js';
import { ABSENT, credit, date, money, number, percent, time } from './format.js';
import { alertJson, decisionJson, executionJson, fillJson, intentJson, legJson, limitOf } from './json.js';
import { type Paint, table } from './paint.js';
import { snapshotOf } from './position-table.js';

export interface Report {
  readonly execution: PositionRow;
  readonly snapshot: SnapshotRow | undefined;
  readonly fills: readonly Fill[];
  readonly orders: readonly IntentRow[];
  readonly decisions: readonly DecisionRow[];
  readonly alerts: readonly AlertRow[];
  /** Changes of the position without an order of ours. */
  readonly external: readonly ExternalChange[];
  /** Instructions to exercise, and what became of them. */
  readonly exercises: readonly ExerciseRow[];
  /** How far its money is known; absent: none of it has expired. */
  readonly settlement?: SettlementState;
}

export async function readReport(store: Store, execution: PositionRow, decisionsMax: number): Promise<Report> {
  const { positionId } = execution;
  const [snapshot, fills, orders, decisions, alerts, external, exercises, now] = await Promise.all([
    snapshotOf(store, execution),
    store.fills.ofPosition(positionId),
    store.intents.list({ positionId }),
    store.decisions.ofSubject(positionId, decisionsMax),
    store.alerts.list({ positionId }),
    store.externalChanges.ofPosition(positionId),
    store.exercises.ofPosition(positionId),
    store.marketClock.estimate(),
  ]);
  const settlement = settlementState(execution.legs, external, now);
  return { execution, snapshot, fills, orders, decisions, alerts, external, exercises, ...defined({ settlement }) };
}

export function reportJson(report: Report, evaluation: Evaluation | undefined) {
  const { execution, snapshot, fills, orders, decisions, alerts } = report;
  return {
    ...executionJson(execution, snapshot),
    legs: execution.legs.map(legJson),
    fills: fills.map(fillJson),
    orders: orders.map(intentJson),
    decisions: decisions.map(decisionJson),
    alerts: alerts.map(alertJson),
    settlement: report.settlement ?? null,
    external: report.external.map((one) => ({ ...one, price: money(one.price), at: time(one.at) })),
    exercises: report.exercises.map(({ positionId: _, ...one }) => ({ ...one, at: time(one.at) })),
    rules:
      evaluation === undefined
        ? null
        : { ...evaluation, decision: { ...evaluation.decision, at: time(evaluation.decision.at) } },
  };
}

/** The report as text; sections without content are left out. */
export function positionReport(report: Report, evaluation: Evaluation | undefined, paint: Paint): string {
  const { execution, snapshot, fills, orders, decisions, alerts, external, exercises } = report;
  const section = (title: string, rows: readonly unknown[], body: () => string) =>
    rows.length === 0 ? [] : ['', paint.bold(title), body()];
  return [
    ...headline(execution, snapshot, paint),
    ...section('Legs', execution.legs, () => legs(execution, paint)),
    ...section('Changes without a Legwork order', external, () => externalText(report, paint)),
    ...section('Exercises', exercises, () => exercisesText(exercises, paint)),
    ...section('Rules now', evaluation === undefined ? [] : [evaluation], () =>
      evaluation === undefined ? '' : evaluationText(evaluation, paint),
    ),
    ...section('Orders', orders, () => ordersText(orders, paint)),
    ...section('Fills', fills, () => fillsText(fills, paint)),
    ...section('Decisions', decisions, () => decisionsText(decisions, paint)),
    ...section('Alerts', alerts, () => alertsText(alerts, paint)),
  ].join('\n');
}

function headline(row: PositionRow, snapshot: SnapshotRow | undefined, paint: Paint): string[] {
  const marks = [row.paused ? 'rules paused' : '', row.attention ? `attention: ${row.attentionReason ?? ''}` : ''];
  const over = row.status === 'CLOSED' || row.status === 'FAILED';
  const marked = marks.filter((mark) => mark !== '').join(', ');
  return [
    `${paint.bold(row.positionId)}  ${row.symbol} ${strategyTitle(row.strategyType)}, ${row.status}, expires ${date(row.expiry)}`,
    ...(marked === '' ? [] : [paint.warn(marked)]),
    ...(row.shares === 0 ? [] : [paint.bad(`shares    ${row.shares} of ${row.symbol}`)]),
    `combos    ${row.openCombos} open, ${row.openedCombos} filled, ${row.quantity} planned`,
    `entry     ${credit(row.entryNet)}, max loss ${money(row.maxLoss)}, commissions ${money(row.commissions)}`,
    ...(snapshot === undefined ? [] : [snapshotLine(over ? 'last' : 'now', snapshot)]),
    ...(row.realizedPnl === undefined ? [] : [`realised  ${money(row.realizedPnl)}`]),
    ...(row.exitRule === undefined ? [] : [`exit      by ${row.exitRule}`]),
    ...(row.failReason === undefined ? [] : [`failed    ${row.failReason}`]),
    ...(row.rolledFrom === undefined ? [] : [`rolled    from ${row.rolledFrom}`]),
    ...(row.rolledTo === undefined ? [] : [`rolled    into ${row.rolledTo}`]),
    `times     created ${time(row.createdAt)}, filled ${time(row.fillTime)}, closed ${time(row.closeTime)}`,
    `workflow  ${row.workflowId}`,
  ];
}

function snapshotLine(label: 'now' | 'last', row: SnapshotRow): string {
  const ofHoldings = row.closeNet === undefined && row.delta === undefined && row.shareDelta !== undefined;
  if (ofHoldings) {
    return (
      `${label.padEnd(10)}P&L ${money(row.unrealizedPnl)}, delta ${number(row.shareDelta, 1)} shares, gamma ${number(row.shareGamma, 2)} ` +
      `shares${row.greeksCalculated ? ' (calculated)' : ''}, underlying ${money(row.underlying)}, at ${time(row.at)}`
    );
  }
  return (
    `${label.padEnd(10)}${money(row.closeNet)} to close, P&L ${money(row.unrealizedPnl)} (${percent(row.profitPct)}), ` +
    `delta ${number(row.delta)}, gamma ${number(row.gamma, 4)}, theta ${number(row.theta)}, vega ${number(row.vega)}${row.greeksCalculated ? ' (calculated)' : ''}, ` +
    `underlying ${money(row.underlying)}, at ${time(row.at)}`
  );
}

function legs(execution: PositionRow, paint: Paint): string {
  return table(
    paint,
    ['#', 'LEG', '>RATIO', 'RIGHT', '>STRIKE', 'EXPIRY', '>OPEN', '>PAID', '>CLOSED AT', 'STATUS'],
    execution.legs.map((leg) => [
      String(leg.legNo),
      leg.action,
      String(leg.ratio),
      leg.contract.right,
      String(leg.contract.strike),
      date(leg.contract.expiry),
      String(leg.openQuantity),
      money(leg.openPrice),
      money(leg.closePrice),
      leg.status,
    ]),
  );
}

export function ordersText(orders: readonly IntentRow[], paint: Paint): string {
  return table(
    paint,
    ['ORDER', 'PURPOSE', '>QTY', '>LIMIT', 'STATE', 'UPDATED', 'REASON'],
    orders.map((row) => [
      row.orderRef,
      row.purpose,
      String(row.payload.quantity),
      money(limitOf(row)),
      row.state === 'PARKED' || row.state === 'UNKNOWN' ? paint.bad(row.state) : row.state,
      time(row.updatedAt),
      row.reason ?? '',
    ]),
  );
}

function exercisesText(exercises: readonly ExerciseRow[], paint: Paint): string {
  return table(
    paint,
    ['SENT', '#', '>QTY', 'STATE', 'NOTE'],
    exercises.map(({ at, legNo, contracts, state, reason }) => [
      time(at),
      String(legNo),
      String(contracts),
      state === 'UNKNOWN' || state === 'NOT_EXERCISED' ? paint.bad(state) : state,
      reason ?? '',
    ]),
  );
}

/** The newest statement about each leg counts; an estimate may still be corrected. */
function externalText({ external, settlement }: Report, paint: Paint): string {
  const rows = table(
    paint,
    ['TIME', '#', 'WHAT', '>QTY', '>PRICE', '>SHARES', 'EVIDENCE', 'NOTE'],
    external.map((one) => [
      time(one.at),
      one.legNo === 0 ? 'shares' : String(one.legNo),
      one.kind,
      String(one.quantity),
      money(one.price),
      String(one.shares),
      one.estimated ? paint.warn(`${one.evidence}, estimated`) : one.evidence,
      one.text,
    ]),
  );
  return settlement === undefined ? rows : `${rows}\nsettlement: ${settlement}`;
}

function fillsText(fills: readonly Fill[], paint: Paint): string {
  return table(
    paint,
    ['TIME', 'ORDER', 'TYPE', '>CONTRACT', 'SIDE', '>QTY', '>PRICE', '>COMMISSION'],
    fills.map((fill) => [
      time(fill.at),
      fill.orderRef,
      fill.secType,
      String(fill.conId),
      fill.side,
      String(fill.quantity),
      money(fill.price),
      money(fill.commission),
    ]),
  );
}

export function decisionsText(decisions: readonly DecisionRow[], paint: Paint): string {
  return table(
    paint,
    ['TIME', 'KIND', 'ACTION', 'URGENCY', 'RULE', '>EVALUATIONS', 'REASON'],
    decisions.map((row) => [
      ...[time(row.at), row.kind, row.action, row.urgency, row.rule],
      ...[row.polls === undefined ? ABSENT : String(row.polls), row.reason],
    ]),
  );
}

/** Letters of an alert's id in lists: `alerts ack` takes them, and in practice no two alerts share them. */
const SHOWN_ID = 8;

export function alertsText(alerts: readonly AlertRow[], paint: Paint): string {
  const shade = (row: AlertRow) => (row.type === 'CRITICAL' ? paint.bad : row.type === 'WARNING' ? paint.warn : String);
  return table(
    paint,
    ['ID', 'STATUS', 'TYPE', 'SEVERITY', 'POSITION', '>TIMES', 'LAST', 'MESSAGE'],
    alerts.map((row) => [
      row.alertId.slice(0, SHOWN_ID),
      row.status,
      shade(row)(row.type),
      row.severity,
      row.positionId ?? row.symbol ?? '',
      String(row.count),
      time(row.lastAt),
      row.message === '' ? row.title : `${row.title}: ${row.message.split('\n')[0]}`,
    ]),
  );
}

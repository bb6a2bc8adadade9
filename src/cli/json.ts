/** Rows of the database as JSON: money as decimal strings of dollars, times as ISO 8601. */
import { formatMoney, type Micros } from '../domain/money.js';
import type { Fill } from '../domain/order/fill.js';
import type { OpeningReport } from '../domain/position/opening-report.js';
import type { AlertRow, DecisionRow, IntentRow, LegRow, PositionRow, SnapshotRow } from '../store/api.js';

const money = (micros: Micros | undefined) => (micros === undefined ? null : formatMoney(micros));
const time = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());

export function executionJson(row: PositionRow, snapshot: SnapshotRow | undefined) {
  return {
    positionId: row.positionId,
    symbol: row.symbol,
    strategy: row.strategyType,
    status: row.status,
    expiry: row.expiry,
    quantity: row.quantity,
    openedCombos: row.openedCombos,
    openCombos: row.openCombos,
    shares: row.shares,
    entryNet: money(row.entryNet),
    exitNet: money(row.exitNet),
    maxLoss: money(row.maxLoss),
    realizedPnl: money(row.realizedPnl),
    commissions: money(row.commissions),
    attention: row.attention ? (row.attentionReason ?? true) : null,
    paused: row.paused,
    exitRule: row.exitRule ?? null,
    failReason: row.failReason ?? null,
    rolledFrom: row.rolledFrom ?? null,
    rolledTo: row.rolledTo ?? null,
    workflowId: row.workflowId,
    createdAt: time(row.createdAt),
    filledAt: time(row.fillTime),
    closedAt: time(row.closeTime),
    snapshot: snapshot === undefined ? null : snapshotJson(snapshot),
  };
}

export function snapshotJson(row: SnapshotRow) {
  return {
    at: time(row.at),
    underlying: money(row.underlying),
    closeNet: money(row.closeNet),
    unrealizedPnl: money(row.unrealizedPnl),
    profitPct: row.profitPct ?? null,
    delta: row.delta ?? null,
    gamma: row.gamma ?? null,
    theta: row.theta ?? null,
    vega: row.vega ?? null,
    shareDelta: row.shareDelta ?? null,
    shareGamma: row.shareGamma ?? null,
    greeksCalculated: row.greeksCalculated ?? false,
    impliedVolatility: row.impliedVolatility ?? null,
    vix: row.vix ?? null,
  };
}

export function legJson(leg: LegRow) {
  const { contract } = leg;
  return {
    leg: leg.legNo,
    action: leg.action,
    ratio: leg.ratio,
    right: contract.right,
    strike: contract.strike,
    expiry: contract.expiry,
    tradingClass: contract.tradingClass,
    conId: contract.conId,
    status: leg.status,
    openQuantity: leg.openQuantity,
    openPrice: money(leg.openPrice),
    closePrice: money(leg.closePrice),
  };
}

/** The result of an opening, as `legwork enter --json` prints it. */
export function openingJson({ legs, realizedPnl, ...report }: OpeningReport) {
  return {
    ...report,
    legs: legs.map(({ openPrice, closePrice, ...leg }) => ({
      ...leg,
      openPrice: money(openPrice),
      closePrice: money(closePrice),
    })),
    realizedPnl: money(realizedPnl),
  };
}

export function intentJson(row: IntentRow) {
  return {
    orderRef: row.orderRef,
    positionId: row.positionId,
    purpose: row.purpose,
    role: row.role,
    attempt: row.attempt,
    state: row.state,
    quantity: row.payload.quantity,
    limitPrice: money(limitOf(row)),
    orderId: row.orderId ?? null,
    permId: row.permId ?? null,
    reason: row.reason ?? null,
    createdAt: time(row.createdAt),
    updatedAt: time(row.updatedAt),
  };
}

/** The limit of an intent's payload, when its type has one. */
export function limitOf(row: IntentRow): Micros | undefined {
  return row.payload.limitPrice;
}

export function decisionJson(row: DecisionRow) {
  return {
    at: time(row.at),
    kind: row.kind,
    action: row.action,
    urgency: row.urgency,
    rule: row.rule,
    reason: row.reason,
    metadata: row.metadata,
    inputs: row.inputs,
    skipped: row.skipped,
    evaluations: row.polls ?? null,
    configHash: row.configHash,
  };
}

export function alertJson(row: AlertRow) {
  return {
    alertId: row.alertId,
    type: row.type,
    severity: row.severity,
    status: row.status,
    title: row.title,
    message: row.message,
    rule: row.rule,
    symbol: row.symbol ?? null,
    positionId: row.positionId ?? null,
    count: row.count,
    createdAt: time(row.createdAt),
    lastAt: time(row.lastAt),
    acknowledgedAt: time(row.acknowledgedAt),
    resolvedAt: time(row.resolvedAt),
  };
}

/** A fill without the account's number. */
export function fillJson(fill: Fill) {
  const { account: _account, price, at, commission, realizedPnl, ...rest } = fill;
  return {
    ...rest,
    price: money(price),
    at: time(at),
    commission: money(commission),
    realizedPnl: money(realizedPnl),
  };
}

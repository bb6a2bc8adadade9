/**
 * What Legwork keeps in Postgres, as the rest of the system sees it. Implemented by the repositories in this folder.
 * Money crosses as Micros; the tables hold numeric(20,6). Times are epoch ms here and timestamptz there.
 * Every operation throws LegworkError DATABASE_UNREACHABLE when the server cannot be asked.
 */

import type { OrderRole } from '../domain/ids.js';
import type { Micros } from '../domain/money.js';
import type { LegAction, OptionContract } from '../domain/option.js';
import type { Fill } from '../domain/order/fill.js';
import type { EntryMode, OnPartial } from '../domain/order/legs.js';
import type { OrderPayload, OrderPurpose } from '../domain/order/order.js';
import type { WalkState } from '../domain/order/walk.js';
import type { ExecutionStatus, IntentState, LegStatus } from '../domain/position/status.js';
import type { Decision, DecisionAction } from '../domain/rules/decision.js';
import type { RuleMemory } from '../domain/rules/input.js';
import type { StrategyPlan, StrategyType, Structure } from '../domain/strategy/strategy.js';

export interface LegRow {
  readonly legNo: number;
  readonly contract: OptionContract;
  readonly action: LegAction;
  readonly ratio: number;
  readonly status: LegStatus;
  /** Signed contracts now open by the ledger: positive long, negative short. */
  readonly openQuantity: number;
  readonly openPrice?: Micros;
  readonly closePrice?: Micros;
}

/** A strategy execution: one position from its first order to flat. */
export interface ExecutionRow {
  readonly positionId: string;
  readonly account: string;
  readonly symbol: string;
  readonly underlyingConId: number;
  readonly strategyType: StrategyType;
  readonly structure: Structure;
  readonly status: ExecutionStatus;
  readonly legs: readonly LegRow[];
  readonly quantity: number;
  readonly multiplier: number;
  readonly openedCombos: number;
  readonly openCombos: number;
  /** Per share of a combo, credit positive. */
  readonly entryNet?: Micros;
  /** Average net debit of the closing fills (what was paid per combo; negative: received). */
  readonly exitNet?: Micros;
  readonly maxLoss?: Micros;
  readonly width: Micros;
  readonly expiry: string;
  readonly plan: StrategyPlan;
  readonly workflowId: string;
  /** How its orders go to the broker, as approved; absent: as configured. */
  readonly mode?: EntryMode;
  /** What happens when only some legs fill; absent: as configured. */
  readonly onPartial?: OnPartial;
  readonly entryWorkflowId?: string;
  readonly rolledFrom?: string;
  readonly rolledTo?: string;
  readonly exitRule?: string;
  readonly exitAction?: DecisionAction;
  readonly failReason?: string;
  readonly realizedPnl?: Micros;
  readonly commissions: Micros;
  readonly attention: boolean;
  readonly attentionReason?: string;
  readonly paused: boolean;
  readonly memory: RuleMemory;
  /** Highest step number ever used; a revived run goes on from it. */
  readonly lastStep: number;
  readonly createdAt: number;
  readonly fillTime?: number;
  readonly closeTime?: number;
}

export interface IntentRow {
  readonly orderRef: string;
  readonly positionId: string;
  readonly step: number;
  readonly role: OrderRole;
  readonly attempt: number;
  readonly purpose: OrderPurpose;
  readonly payload: OrderPayload;
  readonly payloadHash: string;
  readonly state: IntentState;
  /** Market time, epoch ms: later it is EXPIRED unsent. */
  readonly validUntil: number;
  readonly orderId?: number;
  readonly permId?: number;
  readonly clientId?: number;
  readonly sessionEpoch?: string;
  readonly sentAt?: number;
  /** The broker's or our reason for the state. */
  readonly reason?: string;
  /** Since when a person wants it taken away, market time; the order may have filled all the same. */
  readonly withdrawnAt?: number;
  /** The walk that it begins with, as planned; absent of orders that rest. */
  readonly walk?: WalkState;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The latest word of the broker about an order: a projection beside the fills ledger. */
export interface OrderRow {
  readonly orderRef: string;
  readonly permId: number;
  readonly orderId: number;
  readonly clientId: number;
  readonly status: string;
  readonly quantity: number;
  readonly filled: number;
  readonly limitPrice?: Micros;
  readonly text?: string;
  readonly updatedAt: number;
}

export interface DecisionRow extends Decision {
  readonly id?: number;
  /** The position, or the entry id for an entry decision. */
  readonly subjectId: string;
  readonly kind: 'entry' | 'monitor' | 'manual';
  /** Everything the decision was based on, quote ages included. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly configHash: string;
  /** Rules that could not be judged, each with the data it lacked. */
  readonly skipped: readonly { readonly rule: string; readonly missing: string }[];
}

export interface SnapshotRow {
  readonly positionId: string;
  readonly at: number;
  readonly watchEpoch: number;
  readonly underlying?: Micros;
  readonly closeNet?: Micros;
  readonly unrealizedPnl?: Micros;
  readonly profitPct?: number;
  readonly delta?: number;
  readonly gamma?: number;
  readonly theta?: number;
  readonly vega?: number;
  readonly impliedVolatility?: number;
  readonly vix?: number;
  readonly quoteAgeMsMax?: number;
}

export type AlertType = 'INFO' | 'WARNING' | 'CRITICAL';
export type AlertSeverity = 'IMMEDIATE' | 'HIGH' | 'NORMAL' | 'LOW';
export type AlertStatus = 'ACTIVE' | 'ACKNOWLEDGED' | 'RESOLVED' | 'DISMISSED';

export interface AlertRow {
  readonly alertId: string;
  readonly type: AlertType;
  readonly severity: AlertSeverity;
  readonly status: AlertStatus;
  readonly title: string;
  readonly message: string;
  readonly rule: string;
  readonly symbol?: string;
  readonly positionId?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** How often the same condition was raised while this alert was open. */
  readonly count: number;
  readonly createdAt: number;
  readonly lastAt: number;
  readonly acknowledgedAt?: number;
  readonly resolvedAt?: number;
}

export type TradingState = 'ACTIVE' | 'REDUCING' | 'HALTED';

/** A person's request to a position and what became of it: what the command follows. */
export interface RequestRow {
  readonly requestId: string;
  readonly positionId: string;
  readonly kind: 'close' | 'roll' | 'reduce' | 'pause' | 'resume' | 'hold';
  readonly params: Readonly<Record<string, unknown>>;
  readonly status: 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'REFUSED' | 'PARKED';
  readonly outcome?: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An entry that was asked for: accepted or not, with every reason. */
export interface EntryRow {
  readonly entryId: string;
  readonly workflowId: string;
  readonly symbol: string;
  readonly strategyType: StrategyType;
  readonly status: 'DECIDING' | 'OPENING' | 'OPENED' | 'NOT_ENTERED' | 'FAILED';
  readonly positionId?: string;
  readonly reasons: readonly string[];
  readonly report?: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface NewExecution {
  readonly positionId: string;
  readonly account: string;
  readonly plan: StrategyPlan;
  readonly workflowId: string;
  /** How its orders go to the broker, as approved; absent: as configured. */
  readonly mode?: EntryMode;
  /** What happens when only some legs fill; absent: as configured. */
  readonly onPartial?: OnPartial;
  readonly entryWorkflowId?: string;
  readonly rolledFrom?: string;
  readonly createdAt: number;
}

export interface Executions {
  /** Inserts; the same position with the same plan again is a no-op, another plan throws INVARIANT_BROKEN. */
  save_execution(execution: NewExecution): Promise<void>;
  get_execution(positionId: string): Promise<ExecutionRow | undefined>;
  /** Everything not CLOSED and not FAILED, oldest first. */
  get_open_strategies(symbol?: string): Promise<readonly ExecutionRow[]>;
  /** Underlyings of every position that ever was, in their order. */
  symbols(): Promise<readonly string[]>;
  /** CLOSED sets close_time, FILLED sets fill_time; `at` is market time. */
  update_execution_status(
    positionId: string,
    status: ExecutionStatus,
    at: number,
    more?: {
      readonly exitRule?: string;
      readonly exitAction?: DecisionAction;
      readonly failReason?: string;
      readonly rolledTo?: string;
    },
  ): Promise<void>;
  /** Writes what the fold over the ledger says: quantities and prices of combos and legs, P&L, commissions. */
  applyLedger(positionId: string, state: LedgerProjection, at: number): Promise<void>;
  setAttention(positionId: string, attention: boolean, reason: string | undefined): Promise<void>;
  setPaused(positionId: string, paused: boolean): Promise<void>;
  saveMemory(positionId: string, memory: RuleMemory): Promise<void>;
  /** max(stored, step) and returns it. */
  raiseStep(positionId: string, step: number): Promise<number>;
  /** Closed at this market time or later, however long ago they were opened. */
  closedSince(at: number): Promise<readonly ExecutionRow[]>;
  /** Latest first. */
  list(filter: {
    readonly symbol?: string;
    readonly open?: boolean;
    readonly limit?: number;
  }): Promise<readonly ExecutionRow[]>;
}

export interface LedgerProjection {
  readonly openedCombos: number;
  readonly openCombos: number;
  readonly entryNet?: Micros;
  readonly exitNet?: Micros;
  readonly realizedPnl?: Micros;
  readonly commissions: Micros;
  readonly legs: readonly {
    readonly legNo: number;
    readonly status: LegStatus;
    readonly openQuantity: number;
    readonly openPrice?: Micros;
    readonly closePrice?: Micros;
  }[];
}

/** Another payload for an order that is alive. */
export interface PayloadChange {
  readonly payload: OrderPayload;
  readonly payloadHash: string;
  /** Hash of the payload that is stored now. */
  readonly replaces: string;
  /** The fencing token of the broker's lease. */
  readonly token: number;
  readonly at: number;
}

export interface Intents {
  /** Inserts PLANNED. The same ref and hash again returns the stored row; the same ref with another hash PARKS it and returns it. */
  plan(
    intent: Omit<
      IntentRow,
      | 'state'
      | 'createdAt'
      | 'updatedAt'
      | 'orderId'
      | 'permId'
      | 'clientId'
      | 'sessionEpoch'
      | 'sentAt'
      | 'reason'
      | 'withdrawnAt'
    >,
    at: number,
  ): Promise<IntentRow>;
  get(orderRef: string): Promise<IntentRow | undefined>;
  /** All attempts of (position, step, role), ascending. */
  attempts(positionId: string, step: number, role: OrderRole): Promise<readonly IntentRow[]>;
  /**
   * Commits SENDING from PLANNED with the reserved id; false when the intent is in any other state, the fencing token is
   * not the current one, a person wants it taken away, or the trading state does not let it go (`overrideHalt`: a person's
   * reducing order while HALTED).
   */
  markSending(
    orderRef: string,
    sending: {
      readonly orderId: number;
      readonly clientId: number;
      readonly sessionEpoch: string;
      readonly token: number;
      readonly overrideHalt: boolean;
      readonly at: number;
    },
  ): Promise<boolean>;
  /** Moves along the allowed transitions; an end state is never left except FILLED after CANCELLED (a late fill). */
  mark(
    orderRef: string,
    state: IntentState,
    more: { readonly permId?: number; readonly reason?: string; readonly at: number },
  ): Promise<IntentRow>;
  /** EXPIRED from PLANNED only: proves that nothing was sent and nothing of it can be any more. False in any other state. */
  expireUnsent(orderRef: string, reason: string, at: number): Promise<boolean>;
  /** A person wants the order taken away; the first such wish stays. False, and nothing changed, when it has ended. */
  withdraw(orderRef: string, at: number): Promise<boolean>;
  /**
   * A change of a live order, committed before it is written: the new payload, with the state unchanged. False, and nothing
   * changed, where markSending would not let the order go, or `replacePayload` would not change it.
   */
  changeLive(orderRef: string, change: PayloadChange & { readonly overrideHalt: boolean }): Promise<boolean>;
  /**
   * What is stored says what the broker shows; nothing is written to the broker. False, and nothing changed, unless the order is
   * ACKED, its payload is still the one with the hash `replaces`, and the token is the current one.
   */
  replacePayload(orderRef: string, change: PayloadChange): Promise<boolean>;
  unsettled(positionId?: string): Promise<readonly IntentRow[]>;
  list(filter: { readonly positionId?: string; readonly limit?: number }): Promise<readonly IntentRow[]>;
  /** Highest order id ever reserved for a client: ids never go back even when the broker's do. */
  highestOrderId(clientId: number): Promise<number>;
  /** Intents of a kind sent since a market time: for rates and losses. */
  countSentSince(purpose: OrderPurpose, at: number): Promise<number>;
}

export interface Fills {
  /** Append-only by execId; known ones are ignored. Returns the ones that were new. */
  append(fills: readonly Fill[]): Promise<readonly Fill[]>;
  setCommission(execId: string, commission: Micros, realizedPnl: Micros | undefined): Promise<void>;
  /** Those of the given executions that some position has. */
  known(execIds: readonly string[]): Promise<ReadonlySet<string>>;
  ofPosition(positionId: string): Promise<readonly Fill[]>;
  ofOrder(orderRefPrefix: string): Promise<readonly Fill[]>;
  /** Sum over Legwork's open positions by conId (signed). */
  openQuantities(): Promise<ReadonlyMap<number, number>>;
}

export interface Orders {
  upsert(order: OrderRow): Promise<void>;
  get(orderRef: string): Promise<OrderRow | undefined>;
  ofPosition(positionId: string): Promise<readonly OrderRow[]>;
}

export interface Decisions {
  append(row: DecisionRow): Promise<number>;
  ofSubject(subjectId: string, limit: number): Promise<readonly DecisionRow[]>;
  /** Decisions by rule of one position, HOLD left out. */
  countByRule(subjectId: string): Promise<Readonly<Record<string, number>>>;
}

export interface Snapshots {
  /** Ignored (returns false) when a higher watch epoch has already written for the position. */
  append(row: SnapshotRow): Promise<boolean>;
  latest(positionId: string): Promise<SnapshotRow | undefined>;
  since(positionId: string, at: number): Promise<readonly SnapshotRow[]>;
  /** Unrealised P&L of the newest row that has one, or of the newest before a market time. */
  lastMark(positionId: string, before?: number): Promise<Micros | undefined>;
  /** Takes the next watch epoch of a position: later rows of earlier epochs are refused. */
  nextWatchEpoch(positionId: string): Promise<number>;
}

export interface Alerts {
  /** One open alert per (position, rule): raised again it counts up instead of repeating. */
  raise(
    alert: Omit<AlertRow, 'alertId' | 'status' | 'count' | 'lastAt' | 'acknowledgedAt' | 'resolvedAt'>,
  ): Promise<AlertRow>;
  /** Throws NOT_FOUND, or INVALID_INPUT for a transition that is not allowed. */
  move(alertId: string, status: Exclude<AlertStatus, 'ACTIVE'>, at: number): Promise<AlertRow>;
  /** Resolves the open alert of a condition that is over, also an acknowledged one. None open is fine: a person may be quicker. */
  end(condition: Pick<AlertRow, 'rule' | 'symbol' | 'positionId'>, at: number): Promise<void>;
  list(filter: {
    readonly status?: AlertStatus;
    readonly symbol?: string;
    readonly positionId?: string;
    readonly limit?: number;
  }): Promise<readonly AlertRow[]>;
}

/** Alerts on their way to the outside. Wall time of the database. */
export interface Deliveries {
  /**
   * Active alerts that were never told, or raised again since they were told longer than `repeatMs` ago, and those that were
   * over before they could be told; what cannot wait first, then the oldest. Without those of `except`.
   */
  due(repeatMs: number, limit: number, except?: readonly string[]): Promise<readonly AlertRow[]>;
  /** The alert was told with this count. */
  done(alertId: string, count: number): Promise<void>;
}

export interface Requests {
  /** Inserts or returns the existing row of this id. */
  open(request: Omit<RequestRow, 'status' | 'updatedAt' | 'outcome'>): Promise<RequestRow>;
  move(
    requestId: string,
    status: RequestRow['status'],
    outcome: Readonly<Record<string, unknown>> | undefined,
    at: number,
  ): Promise<void>;
  get(requestId: string): Promise<RequestRow | undefined>;
  /** Requests to the position that have no outcome yet, oldest first. */
  queued(positionId: string): Promise<readonly RequestRow[]>;
}

export interface Entries {
  save(entry: EntryRow): Promise<void>;
  get(entryId: string): Promise<EntryRow | undefined>;
  /** Entries still deciding or opening. */
  unfinished(): Promise<readonly EntryRow[]>;
}

/** Which process owns the broker session. Wall time: the lease is a matter of processes, not of the market. */
export interface Leases {
  /** Takes a free or expired lease; returns its new fencing token, or undefined while another holder renews it. */
  acquire(name: string, holder: string, ttlMs: number): Promise<number | undefined>;
  /** False when the token is no longer the current one. */
  renew(name: string, holder: string, token: number, ttlMs: number): Promise<boolean>;
  release(name: string, holder: string, token: number): Promise<void>;
  current(
    name: string,
  ): Promise<{ readonly holder: string; readonly token: number; readonly expired: boolean } | undefined>;
}

export interface Trading {
  state(): Promise<{ readonly state: TradingState; readonly reason: string; readonly by: string; readonly at: number }>;
  set(state: TradingState, reason: string, by: string, at: number): Promise<void>;
}

export interface MarketClockNotes {
  /** Writes down market time `at`, epoch ms, as read now. */
  note(at: number): Promise<void>;
  /** The market's time now, going on from the note at the wall's speed; undefined when none was ever made. */
  estimate(): Promise<number | undefined>;
}

export interface Store {
  readonly executions: Executions;
  readonly intents: Intents;
  readonly orders: Orders;
  readonly fills: Fills;
  readonly decisions: Decisions;
  readonly snapshots: Snapshots;
  readonly alerts: Alerts;
  readonly deliveries: Deliveries;
  readonly requests: Requests;
  readonly entries: Entries;
  readonly leases: Leases;
  readonly trading: Trading;
  readonly marketClock: MarketClockNotes;
  /** Runs the migrations; safe to call from several processes at once. */
  migrate(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

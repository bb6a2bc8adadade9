/**
 * What Legwork keeps in Postgres, as the rest of the system sees it: the row and the port of each table, from the table's file. Money is
 * passed as Micros; the tables hold numeric(20,6). Times are epoch ms here and timestamptz there. Every operation throws LegworkError
 * DATABASE_UNREACHABLE when the server does not answer.
 */
import type { Absences } from './absences.js';
import type { Alerts } from './alerts.js';
import type { DaySummaries } from './day-summaries.js';
import type { Decisions } from './decisions.js';
import type { Deliveries } from './deliveries.js';
import type { Entries } from './entries.js';
import type { Executions } from './executions.js';
import type { Exercises } from './exercises.js';
import type { ExternalChanges, OwnShares } from './external-changes.js';
import type { Fills } from './fills.js';
import type { Intents } from './intents.js';
import type { Leases } from './leases.js';
import type { MarketClockNotes } from './market-clock.js';
import type { Orders } from './orders.js';
import type { Requests } from './requests.js';
import type { Snapshots } from './snapshots.js';
import type { Trading } from './trading.js';

export type { AlertStatus } from '../domain/alert.js';
export type { TradingState } from '../domain/risk/trading-state.js';
export type { AlertRow, Alerts } from './alerts.js';
export type { DecisionRow } from './decisions.js';
export type { EntryRow } from './entries.js';
export type { PositionRow } from './execution-rows.js';
export type { NewExecution } from './executions.js';
export type { ExerciseRow } from './exercises.js';
export type { IntentRow } from './intent-rows.js';
export type { Intents } from './intents.js';
export type { Leases } from './leases.js';
export type { LegRow } from './legs.js';
export type { OrderRow } from './orders.js';
export type { RequestRow } from './requests.js';
export type { SnapshotRow } from './snapshots.js';

/** What is read and committed as an opening is sent. */
export interface OpeningTables {
  readonly executions: Executions;
  readonly intents: Intents;
  readonly fills: Fills;
  readonly snapshots: Snapshots;
  readonly trading: Trading;
}

export interface Store extends OpeningTables {
  readonly externalChanges: ExternalChanges;
  readonly absences: Absences;
  readonly ownShares: OwnShares;
  readonly exercises: Exercises;
  readonly orders: Orders;
  readonly decisions: Decisions;
  readonly alerts: Alerts;
  readonly daySummaries: DaySummaries;
  readonly deliveries: Deliveries;
  readonly requests: Requests;
  readonly entries: Entries;
  readonly leases: Leases;
  readonly marketClock: MarketClockNotes;
  /**
   * One opening at a time, over all processes: `work` reads and commits in one transaction under a shared lock. An error thrown by it
   * rolls all of it back.
   */
  openingsInTurn<T>(work: (tables: OpeningTables) => Promise<T>): Promise<T>;
  /** Runs the migrations; safe to call from several processes at once. */
  migrate(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

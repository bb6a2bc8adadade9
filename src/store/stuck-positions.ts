/** What the database says about open positions that may be stuck, for worker, watchdog and doctor. */

import { OPEN_ALERTS } from '../domain/alert.js';
import { oldEvaluation } from '../domain/stuck/evaluation.js';
import type { StuckFinding } from '../domain/stuck/finding.js';
import type { PositionRow, Store } from './api.js';
import { BROKER_LEASE } from './leases.js';

/** A worker with a session at the broker notes the market's time every 5 s; an outage has its own alert after 150 s at the latest. */
const NOTED_MS = 15_000;
const OUTAGE_TOLD_MS = 180_000;
/** Alerts that already say why nothing is evaluated. */
const OTHER_CAUSES = ['broker_unreachable', 'nobody_watches'];

export interface OpenPositions {
  readonly rows: readonly PositionRow[];
  /** Workflows of unfinished entries. */
  readonly entryWorkflowIds: readonly string[];
  /** Whether a worker holds the broker session. */
  readonly isHeld: boolean;
  /** The broker session is away, which has an alert of its own. */
  readonly isBrokerAway: boolean;
  /** Positions whose rules were not evaluated for too long, without another cause that is known. */
  readonly old: readonly StuckFinding[];
}

/** `everyMs`: market time between two stored evaluations. */
export async function openPositions(
  store: Pick<Store, 'alerts' | 'entries' | 'executions' | 'leases' | 'marketClock' | 'snapshots'>,
  everyMs: number,
): Promise<OpenPositions> {
  const [rows, entries, lease, clock] = await Promise.all([
    store.executions.get_open_strategies(),
    store.entries.unfinished(),
    store.leases.current(BROKER_LEASE),
    store.marketClock.reading(),
  ]);
  const isHeld = lease !== undefined && !lease.expired;
  const isBrokerAway = clock !== undefined && clock.ageMs > NOTED_MS && (await isOutage(store, clock.ageMs));
  const base = { rows, entryWorkflowIds: entries.map(({ workflowId }) => workflowId), isHeld, isBrokerAway };
  if (rows.length === 0 || clock === undefined || !isHeld || isBrokerAway) return { ...base, old: [] };
  const evaluated = await store.snapshots.lastAt(rows.map(({ positionId }) => positionId));
  const old = rows.flatMap((row) => oldEvaluation(row, evaluated.get(row.positionId), everyMs, clock.at) ?? []);
  return { ...base, old };
}

/** Longer than its patience, an outage is one only if its alert says so. */
async function isOutage({ alerts }: Pick<Store, 'alerts'>, ageMs: number): Promise<boolean> {
  if (ageMs <= OUTAGE_TOLD_MS) return true;
  const open = await alerts.list({ statuses: OPEN_ALERTS });
  return open.some(({ rule }) => OTHER_CAUSES.includes(rule));
}

/**
 * Nothing is stuck without an alert: positions whose rules are not evaluated, runs that fail or are paused, activities that fail over and
 * over, queues without a free slot, builds without a worker. The holder of the broker session and the watchdog both check; an alert ends
 * when its cause is gone.
 */
import type { Client } from '@temporalio/client';
import type { Settings } from '../config/schema.js';
import { DEPLOYMENT } from '../contract/deployment.js';
import { ordersQueue, WORKFLOW_QUEUE, watchQueue } from '../contract/task-queues.js';
import { OPEN_ALERTS } from '../domain/alert.js';
import type { Log } from '../domain/log.js';
import { storedEveryMs } from '../domain/stuck/evaluation.js';
import { perAlert, STUCK, type StuckFinding } from '../domain/stuck/finding.js';
import { temporalFindings } from '../outbound/temporal-runs.js';
import type { Store } from '../store/api.js';
import { type OpenPositions, openPositions } from '../store/stuck-positions.js';

/** The server is asked less often: a query, two queues and each of the runs. */
const TEMPORAL_MS = 60_000;
/** Runs that are read at once; more take turns, suspects first. */
const RUNS = 200;
/** Wall time without an answer of the server. */
const UNREACHABLE_MS = 120_000;
/** An alert that lasts is raised again after this time. */
const REPEAT_MS = 900_000;

export interface StuckParts {
  readonly store: Store;
  /** Throws when the server cannot be reached. */
  readonly client: () => Promise<Client>;
  readonly settings: () => Settings;
  readonly log: Log;
}

export class StuckCheck {
  private readonly since = new Map<string, number>();
  private temporal: { readonly dueAt: number; readonly found: readonly StuckFinding[] } | undefined;
  private turn = 0;

  constructor(private readonly parts: StuckParts) {}

  /** One check at monotonic wall time `now`, ms; `wallNow` is epoch ms. Never throws: the next check follows soon. */
  async check(now: number, wallNow: number): Promise<void> {
    const { store, settings, log } = this.parts;
    try {
      const open = await openPositions(store, storedEveryMs(settings().watch));
      const found = await this.findings(open, now, wallNow);
      this.remember(found, now);
      const lasting = found.filter(({ cause, afterMs }) => now - (this.since.get(cause) ?? now) >= afterMs);
      await this.update(open, found, perAlert(lasting), wallNow);
    } catch (error) {
      log('warn', 'what may be stuck could not be checked', { error: String(error) });
    }
  }

  private async findings(open: OpenPositions, now: number, wallNow: number): Promise<readonly StuckFinding[]> {
    if (open.rows.length === 0 && open.entryWorkflowIds.length === 0) {
      this.temporal = undefined;
      return [];
    }
    if (this.temporal === undefined || now >= this.temporal.dueAt) {
      const found = await this.askTemporal(open, wallNow).catch((error: unknown) => unreachable(open, error));
      this.temporal = { dueAt: now + TEMPORAL_MS, found };
    }
    const { found } = this.temporal;
    // One cause, one alert: what holds up the watch says so itself.
    const isGlobal = found.some(({ rule }) => rule === 'slots_used_up' || rule === 'temporal_unreachable');
    const known = new Set(found.map(({ positionId }) => positionId));
    return [...found, ...(isGlobal ? [] : open.old.filter(({ positionId }) => !known.has(positionId)))];
  }

  private async askTemporal(open: OpenPositions, wallNow: number): Promise<readonly StuckFinding[]> {
    const { accountAlias } = this.parts.settings().ib;
    const suspects = new Set(open.old.map(({ positionId }) => positionId));
    const first = open.rows.filter(({ positionId, status }) => suspects.has(positionId) || status === 'EXITING');
    const others = open.rows.filter((row) => !first.includes(row));
    const turned = [...others.slice(this.turn), ...others.slice(0, this.turn)];
    const chosen = [...first, ...turned].slice(0, RUNS);
    this.turn = others.length > RUNS ? (this.turn + RUNS - first.length + others.length) % others.length : 0;
    return await temporalFindings(await this.parts.client(), {
      workflowQueue: WORKFLOW_QUEUE,
      brokerQueues: [ordersQueue(accountAlias), watchQueue(accountAlias)],
      deployment: DEPLOYMENT,
      positions: new Map(open.rows.map(({ workflowId, positionId }) => [workflowId, positionId])),
      workflowIds: [...open.entryWorkflowIds, ...chosen.map(({ workflowId }) => workflowId)],
      isHeld: open.isHeld,
      isBrokerAway: open.isBrokerAway,
      wallNow,
    });
  }

  private remember(found: readonly StuckFinding[], now: number): void {
    const causes = new Set(found.map(({ cause }) => cause));
    for (const cause of this.since.keys()) if (!causes.has(cause)) this.since.delete(cause);
    for (const cause of causes) if (!this.since.has(cause)) this.since.set(cause, now);
  }

  private async update(
    { rows }: OpenPositions,
    found: readonly StuckFinding[],
    lasting: readonly StuckFinding[],
    at: number,
  ): Promise<void> {
    const { alerts } = this.parts.store;
    const open = (await alerts.list({ statuses: OPEN_ALERTS })).filter(({ rule }) => Object.hasOwn(STUCK, rule));
    const isBlind = found.some(({ rule }) => rule === 'temporal_unreachable');
    for (const { rule, positionId } of open) {
      if (found.some((one) => isAbout(one, { rule, positionId }))) continue;
      // Without an answer nothing is known about the others.
      if (!isBlind || rule === 'not_watched') await alerts.end({ rule, ...(positionId && { positionId }) }, at);
    }
    for (const finding of lasting) {
      const raised = open.find((one) => isAbout(finding, one));
      if (raised !== undefined && at - raised.lastAt < REPEAT_MS) continue;
      const { rule, positionId, message } = finding;
      const symbol = rows.find((row) => row.positionId === positionId)?.symbol;
      this.parts.log('error', message, { rule });
      await alerts.raise({
        ...{ type: 'CRITICAL', severity: 'IMMEDIATE', title: STUCK[rule], message, rule, metadata: {}, createdAt: at },
        ...(positionId && { positionId }),
        ...(symbol && { symbol }),
      });
    }
  }
}

function isAbout(
  finding: StuckFinding,
  { rule, positionId }: { rule: string; positionId?: string | undefined },
): boolean {
  return finding.rule === rule && finding.positionId === positionId;
}

function unreachable({ rows }: OpenPositions, error: unknown): readonly StuckFinding[] {
  const message = `Temporal does not answer with ${rows.length} positions open: no exit starts, by rule or by request. Check the server and the network. ${error instanceof Error ? error.message : String(error)}`;
  return [{ rule: 'temporal_unreachable', message, cause: 'temporal', afterMs: UNREACHABLE_MS }];
}

/** Open positions and unfinished entries that have no run: a position is revived, an entry ends as its position says. */
import type { Client } from '@temporalio/client';
import { entryOutcome } from '../activities/positions/entry-outcome.js';
import { revivePosition, type StoreParts } from '../activities/positions/revive.js';
import { WORKFLOW_QUEUE } from '../contract/task-queues.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';
import type { Log } from '../domain/log.js';
import { isRunning, openWorkflows } from '../outbound/temporal-runs.js';
import type { EntryRow, PositionRow } from '../store/api.js';

export interface RevivalParts {
  readonly client: Client;
  readonly storeParts: StoreParts;
  readonly log: Log;
  /** A stepped clock no longer waits for the entry. */
  readonly leave: (entryId: string) => void;
}

/**
 * Up to this number each run is asked for by its id, which is exact. Above it one query of the index comes first, and the server is asked by id
 * only for the runs that the index lacks.
 */
const FEW = 100;

/** Checks once everything that should have a run. What cannot be revived is logged and holds back no other. */
export async function reviveAll(parts: RevivalParts): Promise<void> {
  const { client, storeParts, log } = parts;
  const { store } = storeParts;
  const positions = await store.executions.get_open_strategies();
  const entries = await store.entries.unfinished();
  const isMany = positions.length + entries.length > FEW;
  const indexed = isMany ? await indexedRuns(parts) : new Set<string>();
  const hasRun = async (workflowId: string) => indexed.has(workflowId) || (await isRunning(client, workflowId));
  const each = async (id: object, revive: () => Promise<void>) => {
    try {
      await revive();
    } catch (error) {
      log('warn', 'reviving failed; it is tried again', { ...id, error: String(error) });
    }
  };
  for (const row of positions) {
    await each({ positionId: row.positionId }, () => revivePositionOf(parts, row, hasRun));
  }
  for (const entry of entries) await each({ entryId: entry.entryId }, () => endEntry(parts, entry, hasRun));
}

/** The index can be away while the server itself answers: then each run is asked for by its id. */
async function indexedRuns({ client, log }: RevivalParts): Promise<ReadonlySet<string>> {
  try {
    return await openWorkflows(client, WORKFLOW_QUEUE);
  } catch (error) {
    log('warn', 'the list of runs cannot be read; each run is asked for by its id', { error: String(error) });
    return new Set();
  }
}

type HasRun = (workflowId: string) => Promise<boolean>;

async function revivePositionOf({ storeParts, log }: RevivalParts, row: PositionRow, hasRun: HasRun): Promise<void> {
  const { positionId, openedCombos, entryWorkflowId } = row;
  if (await hasRun(positionWorkflowId(positionId))) return;
  // Its entry is about to start it, unless an order shows that it had a run.
  const begun = openedCombos > 0 || (await storeParts.store.intents.list({ positionId, limit: 1 })).length > 0;
  if (!begun && entryWorkflowId && (await hasRun(entryWorkflowId))) return;
  log('warn', 'an open position had no run and is revived', { positionId });
  await revivePosition(storeParts, positionId);
}

async function endEntry({ storeParts, log, leave }: RevivalParts, entry: EntryRow, hasRun: HasRun): Promise<void> {
  const { store, wallNow } = storeParts;
  if (await hasRun(entry.workflowId)) return;
  leave(entry.entryId);
  const outcome = await entryOutcome(store, entry, ['The run of the entry was ended from outside.']);
  // Its position still opens, and may fill.
  if (outcome === undefined) return;
  log('warn', 'an unfinished entry has no run any more', { entryId: entry.entryId, status: outcome.status });
  await store.entries.save({ ...entry, ...outcome, updatedAt: wallNow() });
}

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

/** As many are asked for one by one, which is exact; beyond, the index is asked first, and only for what it lacks the server itself. */
const FEW = 100;

/** Checks once everything that should have a run. What cannot be revived is logged and holds back no other. */
export async function reviveAll(parts: RevivalParts): Promise<void> {
  const { client, storeParts, log } = parts;
  const { store } = storeParts;
  const positions = await store.executions.get_open_strategies();
  const entries = await store.entries.unfinished();
  const isMany = positions.length + entries.length > FEW;
  const indexed = isMany ? await openWorkflows(client, WORKFLOW_QUEUE) : new Set<string>();
  const hasRun = async (workflowId: string) => indexed.has(workflowId) || (await isRunning(client, workflowId));
  const each = async (id: object, revive: () => Promise<void>) => {
    try {
      await revive();
    } catch (error) {
      log('warn', 'what has no run could not be revived yet', { ...id, error: String(error) });
    }
  };
  for (const row of positions) {
    await each({ positionId: row.positionId }, () => revivePositionOf(parts, row, hasRun));
  }
  for (const entry of entries) await each({ entryId: entry.entryId }, () => endEntry(parts, entry, hasRun));
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

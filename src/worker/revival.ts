/** Open positions and unfinished entries that have no run: a position is revived, an entry ends as its position says. */
import type { Client } from '@temporalio/client';
import { entryOutcome } from '../activities/positions/entry-outcome.js';
import { revivePosition, type StoreParts } from '../activities/positions/revive.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';
import type { Log } from '../domain/log.js';
import { isRunning } from '../outbound/temporal-runs.js';

export interface RevivalParts {
  readonly client: Client;
  readonly storeParts: StoreParts;
  readonly log: Log;
  /** A stepped clock no longer waits for the entry. */
  readonly leave: (entryId: string) => void;
}

/** Checks once everything that should have a run. */
export async function reviveAll(parts: RevivalParts): Promise<void> {
  const { client, storeParts, log } = parts;
  const { store, wallNow } = storeParts;
  for (const { positionId, openedCombos, entryWorkflowId } of await store.executions.get_open_strategies()) {
    if (await isRunning(client, positionWorkflowId(positionId))) continue;
    // Its entry is about to start it, unless an order shows that it had a run.
    const begun = openedCombos > 0 || (await store.intents.list({ positionId, limit: 1 })).length > 0;
    if (!begun && entryWorkflowId && (await isRunning(client, entryWorkflowId))) continue;
    log('warn', 'an open position had no run and is revived', { positionId });
    await revivePosition(storeParts, positionId);
  }
  for (const entry of await store.entries.unfinished()) {
    if (await isRunning(client, entry.workflowId)) continue;
    parts.leave(entry.entryId);
    const outcome = await entryOutcome(store, entry, ['The run of the entry was ended from outside.']);
    // Its position still opens, and may fill.
    if (outcome === undefined) continue;
    log('warn', 'an unfinished entry has no run any more', { entryId: entry.entryId, status: outcome.status });
    await store.entries.save({ ...entry, ...outcome, updatedAt: wallNow() });
  }
}

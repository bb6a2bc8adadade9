/** What became of every entry that was asked for: its row, and its run's answer with the code and the wall times. */
import { type EntryResult, type EntryRow, entryWorkflowId } from 'legwork';
import { type Arena, entryIdOf } from './arena.js';

export interface EntryEvidence {
  /** Number of the planned position. */
  readonly index: number;
  readonly row: EntryRow;
  readonly code?: string;
  /** Start and end of its run, wall ms; of one that has not ended, when it was looked at. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Entries that are stored, in the order of the plan. */
export async function gatherEntries(arena: Arena): Promise<readonly EntryEvidence[]> {
  const found = await Promise.all(arena.plan.positions.map((_, index) => gatherEntry(arena, index)));
  return found.flatMap((entry) => (entry === undefined ? [] : [entry]));
}

async function gatherEntry(arena: Arena, index: number): Promise<EntryEvidence | undefined> {
  const entryId = entryIdOf(arena.plan.seed, index);
  const row = await arena.store.entries.get(entryId);
  if (row === undefined) return undefined;
  const { client } = await arena.client.links.temporal();
  const run = client.workflow.getHandle<() => Promise<EntryResult>>(entryWorkflowId(entryId));
  const { startTime, closeTime, status } = await run.describe();
  const code = status.name === 'COMPLETED' ? (await run.result()).code : undefined;
  return {
    index,
    row,
    askedAt: startTime.getTime(),
    answeredAt: closeTime?.getTime() ?? Date.now(),
    ...(code !== undefined && { code }),
  };
}

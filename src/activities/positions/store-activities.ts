/** Activities that need only the database and Temporal itself: any worker can run them, a standby included. */
import type { PositionLookup, StoreActivities } from '../../contract/activities.js';
import type { EntryResult, ExitOutcome } from '../../contract/requests.js';
import type { PositionRow, RequestRow, Store } from '../../store/api.js';
import { entryOutcome } from './entry-outcome.js';
import { revivePosition, type StoreParts } from './revive.js';

export function createStoreActivities(parts: StoreParts): StoreActivities {
  const { store, wallNow } = parts;
  return {
    lookUpPosition: async ({ positionId }) => lookUp(parts, await store.executions.get_execution(positionId)),
    openPositionIds: async ({ symbol, rolling }) => {
      const rows = await store.executions.get_open_strategies(symbol);
      return [...rows, ...(rolling ? await rollingNow(parts, symbol) : [])].map((row) => row.positionId);
    },
    openRequest: async ({ requestId, positionId, kind, params }) => {
      await store.requests.open({ requestId, positionId, kind, params, createdAt: wallNow() });
    },
    closeRequest: (outcome) => settleRequest(store, outcome, wallNow()),
    failEntry: (result) => failEntry(store, result, wallNow()),
    hasSearchAttributes: () => parts.hasSearchAttributes(),
    revivePosition: ({ positionId, except }) => revivePosition(parts, positionId, except),
  };
}

async function rollingNow({ store, isRunning }: StoreParts, symbol?: string): Promise<readonly PositionRow[]> {
  const rows = await store.executions.halfRolled(symbol);
  const runs = await Promise.all(rows.map(({ workflowId }) => isRunning(workflowId)));
  return rows.filter((_, index) => runs[index]);
}

async function lookUp({ isRunning }: StoreParts, row: PositionRow | undefined): Promise<PositionLookup> {
  if (row === undefined) return { state: 'missing', openCombos: 0 };
  if (row.status === 'CLOSED') {
    const isRolling = row.exitAction === 'ROLL' && (await isRunning(row.workflowId));
    return { state: 'closed', openCombos: 0, ...(isRolling && { isRolling }) };
  }
  if (row.status === 'FAILED') return { state: 'failed', openCombos: 0 };
  return { state: 'open', openCombos: row.openCombos };
}

const STATUS: Readonly<Record<ExitOutcome['result'], RequestRow['status']>> = {
  CLOSED: 'DONE',
  REDUCED: 'DONE',
  ROLLED: 'DONE',
  NO_ACTION: 'DONE',
  ALREADY_CLOSED: 'DONE',
  REFUSED: 'REFUSED',
  PARKED: 'PARKED',
  FAILED: 'FAILED',
};

/** Writes the result of a request. One that came straight to the position, by signal, gets its row here. */
export async function settleRequest(store: Store, outcome: ExitOutcome, at: number): Promise<void> {
  const { requestId, positionId } = outcome;
  await store.requests.open({ requestId, positionId, kind: 'close', params: {}, createdAt: at });
  await store.requests.move(requestId, STATUS[outcome.result], { ...outcome }, at);
}

/** Only a stored entry that has not ended in another way. One whose position was started ends as that says, now or by the revival. */
async function failEntry(store: Store, { entryId, reasons }: EntryResult, at: number): Promise<void> {
  const entry = await store.entries.get(entryId);
  if (entry === undefined || (entry.status !== 'DECIDING' && entry.status !== 'OPENING')) return;
  const outcome = await entryOutcome(store, entry, reasons);
  if (outcome !== undefined) await store.entries.save({ ...entry, ...outcome, updatedAt: at });
}

/** Activities that need only the database and Temporal itself: any worker can run them, a standby included. */
import type { PositionLookup, StoreActivities } from '../../contract/activities.js';
import type { OpeningSettled } from '../../contract/messages.js';
import type { EntryResult, ExitOutcome, PositionInput } from '../../contract/requests.js';
import { LegworkError } from '../../domain/errors.js';
import type { ExecutionRow, RequestRow, Store } from '../../store/api.js';
import { isOpeningByLegs } from '../position/legs.js';
import { isOver } from '../position/summary.js';
import { titleOf } from '../position/title.js';
import { lostRequests } from './lost-requests.js';

export interface StoreParts {
  readonly store: Store;
  /** Starts the run of a position; a run that exists already is no error. */
  readonly startPosition: (input: PositionInput) => Promise<void>;
  /** Tells the entry that its opening has ended; one that is over itself is no error. */
  readonly tellEntry: (entryWorkflowId: string, settled: OpeningSettled) => Promise<void>;
  readonly accountAlias: () => string;
  /** Wall time, for rows that no market time belongs to, epoch ms. */
  readonly wallNow: () => number;
}

export function createStoreActivities(parts: StoreParts): StoreActivities {
  const { store, wallNow } = parts;
  return {
    lookUpPosition: async ({ positionId }) => lookUp(await store.executions.get_execution(positionId)),
    openPositionIds: async ({ symbol }) =>
      (await store.executions.get_open_strategies(symbol)).map((row) => row.positionId),
    openRequest: async ({ requestId, positionId, kind, params }) => {
      await store.requests.open({ requestId, positionId, kind, params, createdAt: wallNow() });
    },
    closeRequest: (outcome) => settleRequest(store, outcome, wallNow()),
    failEntry: (result) => failEntry(store, result, wallNow()),
    revivePosition: ({ positionId, except }) => revivePosition(parts, positionId, except),
  };
}

function lookUp(row: ExecutionRow | undefined): PositionLookup {
  if (row === undefined) return { state: 'missing', openCombos: 0 };
  if (row.status === 'CLOSED') return { state: 'closed', openCombos: 0 };
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

/** Writes what became of a request; one that came straight to the position, by signal, gets its row here. */
export async function settleRequest(store: Store, outcome: ExitOutcome, at: number): Promise<void> {
  const { requestId, positionId } = outcome;
  await store.requests.open({ requestId, positionId, kind: 'close', params: {}, createdAt: at });
  await store.requests.move(requestId, STATUS[outcome.result], { ...outcome }, at);
}

/** Only an entry that is stored and has not ended otherwise: a position of it goes on by itself. */
async function failEntry(store: Store, { entryId, reasons }: EntryResult, at: number): Promise<void> {
  const entry = await store.entries.get(entryId);
  if (entry === undefined || (entry.status !== 'DECIDING' && entry.status !== 'OPENING')) return;
  await store.entries.save({ ...entry, status: 'FAILED', reasons, updatedAt: at });
}

/**
 * Starts the run of an open position that has none. One that has traded nothing, with no order out, is given up instead: the
 * decision to enter was made for a market that is gone. One that is over gets its run as well, which records how it ended. What
 * people had asked of the old run is not lost with it.
 */
export async function revivePosition(parts: StoreParts, positionId: string, except?: string): Promise<void> {
  const { store } = parts;
  const row = await store.executions.get_execution(positionId);
  if (row === undefined) throw new LegworkError('NOT_FOUND', `position id: ${positionId} does not exist.`);
  if (row.status === 'CLOSED' || row.status === 'FAILED') return;
  const unsettled = await store.intents.unsettled(positionId);
  const held = row.legs.some((leg) => leg.openQuantity !== 0);
  if (!held && !isOver(row) && unsettled.length === 0) {
    const failReason = 'its run was ended from outside before anything was traded';
    // First whoever waits for it: of a position that has FAILED nobody hears any more.
    if (row.entryWorkflowId !== undefined) {
      await parts.tellEntry(row.entryWorkflowId, {
        positionId,
        filledCombos: 0,
        reason: failReason,
        code: 'NOT_FILLED',
      });
    }
    await store.executions.update_execution_status(positionId, 'FAILED', parts.wallNow(), { failReason });
    return;
  }
  const { again, abandoned } = lostRequests(await store.requests.queued(positionId), except);
  await parts.startPosition({
    accountAlias: parts.accountAlias(),
    positionId,
    symbol: row.symbol,
    strategyType: row.strategyType,
    expiry: row.expiry,
    title: titleOf(row.plan),
    pricing: { kind: 'walk' },
    ...(row.mode !== undefined && { mode: row.mode }),
    ...(row.onPartial !== undefined && { onPartial: row.onPartial }),
    ...(row.entryWorkflowId !== undefined && { entryWorkflowId: row.entryWorkflowId }),
    carried: {
      queue: again,
      paused: row.paused,
      recentRequestIds: again.map(({ requestId }) => requestId),
      abandoned,
      step: row.lastStep,
      opened: (row.openedCombos > 0 || (held && unsettled.length === 0)) && !(await isOpeningByLegs(store, row)),
    },
  });
}

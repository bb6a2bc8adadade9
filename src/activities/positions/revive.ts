/** A position whose run was ended from outside gets its run again. */
import type { OpeningSettled } from '../../contract/messages.js';
import { positionInput } from '../../contract/position-input.js';
import type { PositionInput } from '../../contract/requests.js';
import { isFlat } from '../../domain/position/status.js';
import type { Store } from '../../store/api.js';
import { existing } from '../context/existing.js';
import { isOpeningByLegs } from '../orders/by-legs.js';
import { lostRequests } from './lost-requests.js';
import { titleOf } from './title.js';

/** What activities take that need only the database and Temporal itself. */
export interface StoreParts {
  readonly store: Store;
  /** Starts the run of a position; a run that exists already is no error. */
  readonly startPosition: (input: PositionInput) => Promise<void>;
  /** Tells the entry that its opening has ended; one that is over itself is no error. */
  readonly notifyEntry: (entryWorkflowId: string, settled: OpeningSettled) => Promise<void>;
  readonly accountAlias: () => string;
  /** Wall time, for rows that no market time belongs to, epoch ms. */
  readonly wallNow: () => number;
}

/**
 * Starts the run of an open position that has none. One that has traded nothing, with no order out, is given up instead: the
 * decision to enter was made for a market that is gone. One that is over gets its run as well, which records how it ended. What
 * people had asked of the old run is not lost with it.
 */
export async function revivePosition(parts: StoreParts, positionId: string, except?: string): Promise<void> {
  const { store } = parts;
  const row = await existing(store, positionId);
  if (row.status === 'CLOSED' || row.status === 'FAILED') return;
  const unsettled = await store.intents.unsettled(positionId);
  const held = row.legs.some((leg) => leg.openQuantity !== 0);
  if (!held && !isFlat(row) && unsettled.length === 0) {
    const failReason = 'its run was ended from outside before anything was traded';
    // The entry that waits is notified first: nothing reports about a position once it is FAILED.
    if (row.entryWorkflowId !== undefined) {
      await parts.notifyEntry(row.entryWorkflowId, {
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
  const { mode, onPartial, entryWorkflowId } = row;
  const given = {
    accountAlias: parts.accountAlias(),
    positionId,
    title: titleOf(row.plan),
    mode,
    onPartial,
    entryWorkflowId,
  };
  await parts.startPosition({
    ...positionInput(row, given),
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

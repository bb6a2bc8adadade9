/** Gives a position whose run was ended from outside a new run. */
import type { OpeningSettled } from '../../contract/messages.js';
import { positionInput } from '../../contract/position-input.js';
import type { PositionInput } from '../../contract/requests.js';
import { RUN_CAUSES, reasonsOf } from '../../domain/position/attention.js';
import { isFlat } from '../../domain/position/status.js';
import type { Store } from '../../store/api.js';
import { existing } from '../context/existing.js';
import { isOpeningByLegs } from '../orders/by-legs.js';
import { lostRequests } from './lost-requests.js';
import { titleOf } from './title.js';

/** What activities need that use only the database and Temporal itself. */
export interface StoreParts {
  readonly store: Store;
  /** Starts the run of a position; a run that exists already is no error. */
  readonly startPosition: (input: PositionInput) => Promise<void>;
  /** Whether a workflow has a run that goes on. */
  readonly isRunning: (workflowId: string) => Promise<boolean>;
  /** Notifies the entry that its opening has ended; an entry that is over is no error. */
  readonly notifyEntry: (entryWorkflowId: string, settled: OpeningSettled) => Promise<void>;
  /** Whether all search attributes are registered now. Never throws. */
  readonly hasSearchAttributes: () => Promise<boolean>;
  readonly accountAlias: () => string;
  /** Wall time, for rows that no market time belongs to, epoch ms. */
  readonly wallNow: () => number;
}

/**
 * Starts the run of an open position that has none. A position without trades and without a live order is given up instead: the
 * decision to enter was made for a market that is gone. A position that is over gets its run too, which records how it ended.
 * Requests to the old run are not lost.
 */
export async function revivePosition(parts: StoreParts, positionId: string, except?: string): Promise<void> {
  const { store } = parts;
  const row = await existing(store, positionId);
  if (row.status === 'CLOSED' || row.status === 'FAILED') return;
  const unsettled = await store.intents.unsettled(positionId);
  const held = row.legs.some((leg) => leg.openQuantity !== 0);
  if (!held && !isFlat(row) && unsettled.length === 0) {
    const failReason = 'its run was ended from outside before anything was traded';
    // The waiting entry is notified first: nothing reports about a position once it is FAILED.
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
      ...(row.attention && { reasons: reasonsOf(row.attentionReasons, RUN_CAUSES) }),
      step: row.lastStep,
      opened: (row.openedCombos > 0 || (held && unsettled.length === 0)) && !(await isOpeningByLegs(store, row)),
    },
  });
}

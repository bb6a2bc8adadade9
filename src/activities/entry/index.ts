/** The activities of the entry workflow. */
import { Context } from '@temporalio/activity';
import type { EntryActivities, PositionActivities } from '../../contract/activities.js';
import type { EntryResult } from '../../contract/requests.js';
import type { EntryRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { Book } from '../positions/book-delta.js';
import { entryOutcome } from '../positions/entry-outcome.js';
import { approveEntry } from './approve.js';
import { buildForRequest } from './build.js';
import { buildRoll, type RollParts } from './roll.js';
import { evaluateSignal, type SignalParts } from './signal.js';

export interface EntryParts extends SignalParts, RollParts {
  readonly deps: SignalParts['deps'] & RollParts['deps'];
  readonly book: Book;
}

/** A roll opens a successor, so it belongs here. A dry run stands one floor above. */
export function createEntryActivities(
  parts: EntryParts,
): Omit<EntryActivities, 'previewEntry'> & Pick<PositionActivities, 'buildRoll'> {
  return {
    evaluateSignal: (input) => evaluateSignal(parts, input),
    buildStrategy: (request) => buildForRequest(parts, request),
    approveEntry: ({ request, plan }) => approveEntry(parts, { request, plan, workflowId: workflowId() }),
    buildRoll: (input) => buildRoll(parts, input),
    finishEntry: (result) => finishEntry(parts, result),
  };
}

function workflowId(): string {
  return Context.current().info.workflowExecution?.workflowId ?? '';
}

const STATUS: Readonly<Record<EntryResult['status'], EntryRow['status']>> = {
  OPENED: 'OPENED',
  NOT_ENTERED: 'NOT_ENTERED',
  DRY_RUN: 'NOT_ENTERED',
  FAILED: 'FAILED',
};

async function finishEntry(
  parts: { readonly deps: Pick<BrokerDeps, 'broker' | 'store'> },
  result: EntryResult,
): Promise<void> {
  const { store, broker } = parts.deps;
  const { entryId, status, reasons, checks, positionId, plan } = result;
  const entry = await store.entries.get(entryId);
  // A run that was reset may refuse what it accepted before: its position goes on, and says how the entry ends.
  const isReset = entry?.positionId !== undefined && positionId === undefined;
  if (entry?.status === 'OPENED') return broker.clock.leave(entryId);
  if (entry !== undefined && isReset) {
    const outcome = await entryOutcome(store, entry, reasons);
    if (outcome !== undefined) await store.entries.save({ ...entry, ...outcome, updatedAt: broker.clock.now() });
  } else if (entry !== undefined) {
    await store.entries.save({
      ...entry,
      status: STATUS[status],
      reasons: status === 'DRY_RUN' ? ['dry run: nothing was sent'] : reasons,
      report: { checks, ...(plan && { plan }) },
      updatedAt: broker.clock.now(),
      ...(positionId !== undefined && status !== 'DRY_RUN' && { positionId }),
    });
  }
  broker.clock.leave(entryId);
}

/** The activities of the entry workflow. */
import { Context } from '@temporalio/activity';
import { marketDate } from 'market-time';
import type { EntryActivities } from '../../contract/activities.js';
import type { DryRun, EntryResult } from '../../contract/requests.js';
import { positionIdOf } from '../../domain/ids.js';
import { strategyCode } from '../../domain/strategy/names.js';
import type { EntryRow } from '../../store/api.js';
import type { BrokerParts } from '../parts.js';
import { previewOpening } from '../preview/opening.js';
import { approveEntry } from './approve.js';
import { buildForRequest } from './build.js';
import { evaluateSignal } from './signal.js';

export function createEntryActivities(parts: BrokerParts): EntryActivities {
  return {
    evaluateSignal: (input) => evaluateSignal(parts, input),
    buildStrategy: (request) => buildForRequest(parts, request),
    approveEntry: ({ request, plan }) => approveEntry(parts, { request, plan, workflowId: workflowId() }),
    previewEntry: (input) => previewEntry(parts, input),
    finishEntry: (result) => finishEntry(parts, result),
  };
}

/** The order of an approved entry, under the id that its position would have. */
function previewEntry(
  parts: BrokerParts,
  { request, ...opening }: Parameters<EntryActivities['previewEntry']>[0],
): Promise<DryRun> {
  const { plan } = opening;
  const date = marketDate(parts.deps.broker.clock.now());
  const positionId = positionIdOf(plan.symbol, strategyCode(plan.strategyType), date, request.entryId);
  return previewOpening(parts, { ...opening, positionId, pricing: request.pricing });
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

async function finishEntry(parts: BrokerParts, result: EntryResult): Promise<void> {
  const { store, broker } = parts.deps;
  const { entryId, status, reasons, checks, positionId, plan } = result;
  const entry = await store.entries.get(entryId);
  if (entry !== undefined) {
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

/** What would be sent. It is prepared by the code of the floors below and never sent. */
import { marketDate } from 'market-time';
import type { EntryActivities, PositionActivities } from '../../contract/activities.js';
import type { DryRun } from '../../contract/requests.js';
import { positionIdOf } from '../../domain/ids.js';
import { strategyCode } from '../../domain/strategy/names.js';
import { type ExitDraftParts, previewExit } from './exit.js';
import { type OpeningDraftParts, previewOpening } from './opening.js';

export function createDryRunActivities(
  parts: ExitDraftParts,
): Pick<EntryActivities, 'previewEntry'> & Pick<PositionActivities, 'previewExit'> {
  return {
    previewEntry: (input) => previewEntry(parts, input),
    previewExit: (input) => previewExit(parts, input),
  };
}

/** The order of an approved entry, under the id that its position would have. */
function previewEntry(
  parts: OpeningDraftParts,
  { request, ...opening }: Parameters<EntryActivities['previewEntry']>[0],
): Promise<DryRun> {
  const { plan } = opening;
  const date = marketDate(parts.deps.broker.clock.now());
  const positionId = positionIdOf(plan.symbol, strategyCode(plan.strategyType), date, request.entryId);
  return previewOpening(parts, { ...opening, positionId, pricing: request.pricing });
}

/** The result of a position's opening, by its fills. */
import type { PositionSummary } from '../../contract/activities.js';
import { reportOpening } from '../../domain/position/opening-report.js';
import { isFlat, openStatus } from '../../domain/position/status.js';
import { unbalancedLegs } from '../../domain/position/unbalanced.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existing } from '../context/existing.js';
import { wasOpenedByLegs } from '../orders/by-legs.js';
import type { OrderTracker } from '../orders/tracker.js';
import type { Book } from './book-delta.js';
import { summaryOf } from './summary.js';

export interface OpeningParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>;
  readonly tracker: OrderTracker;
  readonly book: Pick<Book, 'remove'>;
}

/** Exit rule of a position whose opening was unwound. */
const UNWOUND = 'unwound';

/** Reads a position; a stepped clock waits for it until it is over. */
export async function readPosition(
  parts: { readonly deps: OpeningParts['deps'] & Pick<BrokerDeps, 'hasSearchAttributes'> },
  positionId: string,
): Promise<PositionSummary> {
  const { broker, hasSearchAttributes, settings } = parts.deps;
  const row = await existing(parts.deps.store, positionId);
  if (!isFlat(row)) broker.clock.join(positionId);
  const [summary, attributesRegistered] = await Promise.all([summaryOf(parts.deps, row), hasSearchAttributes()]);
  return { ...summary, attributesRegistered, heartbeatSeconds: settings().temporal.heartbeatSeconds };
}

/**
 * Folds the opening's fills. All filled: FILLED. In part: PARTIAL, which is a position as well. None: FAILED. Unwound
 * completely because some legs did not fill: CLOSED, with its cost.
 */
export async function recordOpening(
  parts: OpeningParts,
  input: { readonly positionId: string; readonly reason: string },
): Promise<PositionSummary> {
  const { store, broker } = parts.deps;
  const { positionId, reason } = input;
  const at = broker.clock.now();
  const row = await parts.tracker.projectNow(positionId);
  if (row.status !== 'CLOSED' && row.status !== 'FAILED') await settleStatus(parts, row, reason, at);
  const now = await existing(parts.deps.store, positionId);
  const report = reportOpening(now.plan, await store.fills.ofPosition(positionId), await wasOpenedByLegs(store, now));
  return { ...(await summaryOf(parts.deps, now)), opening: report };
}

async function settleStatus(parts: OpeningParts, row: PositionRow, reason: string, at: number): Promise<void> {
  const { executions } = parts.deps.store;
  const { positionId } = row;
  if (!isFlat(row)) {
    if (row.legs.some((leg) => leg.openQuantity !== 0)) {
      // Legs out of their ratio are still to be completed or unwound.
      const openingEnded = unbalancedLegs(row.legs, row.openCombos) === undefined;
      return await executions.update_execution_status(positionId, openStatus(row), at, { openingEnded });
    }
    return await executions.update_execution_status(positionId, 'FAILED', at, { failReason: reason });
  }
  // The exit records an opened combo that is closed again.
  if (row.openedCombos > 0) return;
  const more = { exitRule: UNWOUND, exitAction: 'CLOSE', failReason: reason } as const;
  await executions.update_execution_status(positionId, 'CLOSED', at, more);
  parts.book.remove(positionId);
}

/** The activities of a position's life beside its orders and watches. */

import type { PositionActivities } from '../../contract/activities.js';
import { endPositionAlerts } from '../context/decision-alerts.js';
import type { BrokerDeps } from '../context/deps.js';
import type { AdjustParts } from '../orders/adjust-protection.js';
import { planProtection } from '../orders/plan-protection.js';
import { setAttention } from './attention.js';
import type { Book } from './book-delta.js';
import { type ExitParts, planExit, recordExit } from './exit.js';
import { planLegs } from './legs.js';
import { readPosition, recordOpening } from './opening.js';
import { type CompareParts, reconcileNow } from './reconcile-now.js';
import { settlePositions } from './settle.js';
import { settleRequest } from './store-activities.js';

export interface PositionParts extends ExitParts, CompareParts, AdjustParts {
  readonly deps: ExitParts['deps'] &
    CompareParts['deps'] &
    AdjustParts['deps'] &
    Pick<BrokerDeps, 'hasSearchAttributes' | 'revive'>;
  readonly book: Book;
}

/** The activities of positions, except those on higher floors: rolls, evaluations and dry runs. */
export function createPositionActivities(
  parts: PositionParts,
): Omit<PositionActivities, 'buildRoll' | 'evaluatePosition' | 'previewExit'> {
  const { store, broker } = parts.deps;
  return {
    readPosition: ({ positionId }) => readPosition(parts, positionId),
    recordOpening: (input) => recordOpening(parts, input),
    planLegs: (input) => planLegs(parts, input),
    planExit: (input) => planExit(parts, input),
    deadlineAfter: async ({ restMs }) => broker.clock.now() + restMs,
    recordExit: (input) => recordExit(parts, input),
    planProtection: (input) => planProtection(parts, input),
    settleRequest: (outcome) => settleRequest(store, outcome, broker.clock.now()),
    setAttention: (input) => setAttention(parts, input),
    setPaused: async ({ positionId, paused, requestId }) => {
      const kind = paused ? 'pause' : 'resume';
      const at = broker.clock.now();
      await store.executions.setPaused(positionId, paused);
      await store.requests.open({ requestId, positionId, kind, params: {}, createdAt: at });
      await store.requests.move(requestId, 'DONE', { paused }, at);
    },
    reconcileNow: async () => {
      await parts.deps.revive();
      return await reconcileNow(parts);
    },
    settlePositions: (input) => settlePositions(parts, input),
    leavePosition: async ({ positionId }) => {
      await endPositionAlerts(store, positionId, broker.clock.now());
      parts.book.remove(positionId);
      parts.waits.forget(positionId);
      broker.clock.leave(positionId);
    },
  };
}

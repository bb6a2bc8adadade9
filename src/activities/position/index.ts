/** The activities of a position's life beside its orders and watches. */
import type { PositionActivities } from '../../contract/activities.js';
import { planProtection } from '../orders/protect.js';
import type { BrokerParts } from '../parts.js';
import { previewExit } from '../preview/exit.js';
import { settleRequest } from '../store/index.js';
import { setAttention } from './attention.js';
import { evaluatePosition } from './evaluate.js';
import { planExit, recordExit } from './exit.js';
import { planLegs } from './legs.js';
import { readPosition, recordOpening } from './opening.js';
import { reconcileNow } from './reconcile-now.js';
import { buildRoll } from './roll.js';

export function createPositionActivities(parts: BrokerParts): PositionActivities {
  const { store, broker } = parts.deps;
  return {
    readPosition: ({ positionId }) => readPosition(parts, positionId),
    recordOpening: (input) => recordOpening(parts, input),
    planLegs: (input) => planLegs(parts, input),
    planExit: (input) => planExit(parts, input),
    planRest: async ({ restMs }) => broker.clock.now() + restMs,
    recordExit: (input) => recordExit(parts, input),
    planProtection: (input) => planProtection(parts, input),
    buildRoll: (input) => buildRoll(parts, input),
    settleRequest: (outcome) => settleRequest(store, outcome, broker.clock.now()),
    setAttention: (input) => setAttention(parts, input),
    setPaused: async ({ positionId, paused, requestId }) => {
      const kind = paused ? 'pause' : 'resume';
      const at = broker.clock.now();
      await store.executions.setPaused(positionId, paused);
      await store.requests.open({ requestId, positionId, kind, params: {}, createdAt: at });
      await store.requests.move(requestId, 'DONE', { paused }, at);
    },
    previewExit: (input) => previewExit(parts, input),
    evaluatePosition: ({ positionId }) => evaluatePosition(parts, positionId),
    reconcileNow: async () => {
      await parts.deps.revive();
      return await reconcileNow(parts);
    },
    leavePosition: async ({ positionId }) => {
      parts.book.remove(positionId);
      parts.waits.forget(positionId);
      broker.clock.leave(positionId);
    },
  };
}

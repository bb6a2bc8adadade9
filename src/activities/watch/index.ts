/** The long waits: watches, working orders, plain market time. */
import type { WatchActivities } from '../../contract/activities.js';
import { followOrder } from '../orders/follow.js';
import type { BrokerParts } from '../parts.js';
import { settleCommissions } from './settle-commissions.js';
import { waitUntil } from './wait-until.js';
import { watchPosition } from './watch.js';

export function createWatchActivities(parts: BrokerParts): WatchActivities {
  return {
    watchPosition: (input) => watchPosition(parts, parts.waits, input),
    followOrder: (input) => followOrder(parts, input),
    settleCommissions: ({ positionId }) => settleCommissions(parts, positionId),
    waitUntil: ({ positionId, at }) => waitUntil(parts, positionId, at),
  };
}

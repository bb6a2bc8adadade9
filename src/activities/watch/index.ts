/** The long waits: watches, working orders, plain market time. */
import type { WatchActivities } from '../../contract/activities.js';
import type { CompareParts } from '../positions/reconcile-now.js';
import { type FollowParts, followOrder } from './follow.js';
import type { MonitorParts } from './monitor.js';
import { settleCommissions } from './settle-commissions.js';
import { waitUntil } from './wait-until.js';
import { watchPosition } from './watch.js';

export interface WatchParts extends MonitorParts, FollowParts, CompareParts {
  readonly deps: MonitorParts['deps'] & FollowParts['deps'] & CompareParts['deps'];
  readonly feeds: MonitorParts['feeds'];
}

export function createWatchActivities(parts: WatchParts): WatchActivities {
  return {
    watchPosition: (input) => watchPosition(parts, parts.waits, input),
    followOrder: (input) => followOrder(parts, input),
    settleCommissions: ({ positionId }) => settleCommissions(parts, positionId),
    waitUntil: (input) => waitUntil(parts, input),
  };
}

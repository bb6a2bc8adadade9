/** Everything a worker offers. Each activity stands behind the boundary that turns errors into failures with a code. */
import type {
  EntryActivities,
  OrderActivities,
  PositionActivities,
  StoreActivities,
  WatchActivities,
} from '../contract/activities.js';
import { atBoundary } from './boundary.js';
import { createDryRunActivities } from './dry-run/index.js';
import { createEntryActivities } from './entry/index.js';
import { createOrderActivities } from './orders/index.js';
import type { BrokerParts } from './parts.js';
import { createPositionActivities } from './positions/index.js';
import type { StoreParts } from './positions/revive.js';
import { createStoreActivities } from './positions/store-activities.js';
import { evaluatePosition } from './watch/evaluate.js';
import { createWatchActivities } from './watch/index.js';

/** Short broker work: the orders queue. */
export function ordersQueueActivities(parts: BrokerParts): EntryActivities & OrderActivities & PositionActivities {
  return atBoundary({
    ...createOrderActivities(parts),
    ...createPositionActivities(parts),
    ...createEntryActivities(parts),
    evaluatePosition: ({ positionId }) => evaluatePosition(parts, positionId),
    ...createDryRunActivities(parts),
  });
}

/** Long waits: the watch queue. */
export function watchQueueActivities(parts: BrokerParts): WatchActivities {
  return atBoundary(createWatchActivities(parts));
}

/** Database only: the workflow queue. */
export function workflowQueueActivities(parts: StoreParts): StoreActivities {
  return atBoundary(createStoreActivities(parts));
}

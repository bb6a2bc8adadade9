/** Everything a worker offers, each activity behind the boundary that turns errors into failures with a code. */
import type {
  EntryActivities,
  OrderActivities,
  PositionActivities,
  StoreActivities,
  WatchActivities,
} from '../contract/activities.js';
import { atBoundary } from './boundary.js';
import { createEntryActivities } from './entry/index.js';
import { createOrderActivities } from './orders/index.js';
import type { BrokerParts } from './parts.js';
import { createPositionActivities } from './position/index.js';
import { createStoreActivities, type StoreParts } from './store/index.js';
import { createWatchActivities } from './watch/index.js';

/** Short broker work: the orders queue. */
export function ordersQueueActivities(parts: BrokerParts): EntryActivities & OrderActivities & PositionActivities {
  return atBoundary({
    ...createEntryActivities(parts),
    ...createOrderActivities(parts),
    ...createPositionActivities(parts),
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

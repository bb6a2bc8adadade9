/**
 * The activities as workflows see them. Inputs and results are plain JSON: ids and outcomes, never secrets or accounts.
 * Every outcome that a workflow must react to is a value; an activity fails only when the outcome cannot be known.
 */
import type { EntryActivities } from './activities/entry.js';
import type { OrderActivities } from './activities/orders.js';
import type { PositionActivities } from './activities/position.js';
import type { WatchActivities } from './activities/watch.js';

export type * from './activities/entry.js';
export type * from './activities/orders.js';
export type * from './activities/position.js';
export type * from './activities/store.js';
export type * from './activities/watch.js';

/** Everything a worker with the broker session offers. */
export type BrokerActivities = EntryActivities & OrderActivities & WatchActivities & PositionActivities;

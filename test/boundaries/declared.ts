/**
 * Every durable boundary of the code, found in the code itself: the operations of the store, the activities of the three
 * queues, and the writes to the broker.
 */

import { ordersQueueActivities, watchQueueActivities, workflowQueueActivities } from '../../src/activities/index.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import type { StoreParts } from '../../src/activities/positions/revive.js';
import { Orders } from '../../src/broker/orders.js';
import { openStore } from '../../src/store/index.js';

/** Operations of the order part that only read or compute. A new one counts as a write until it is listed here. */
const NO_WRITES: ReadonlySet<string> = new Set([
  ...['constructor', 'on', 'allocateOrderId', 'isDescribed', 'openOrders', 'completedOrders', 'executions', 'whatIf'],
  // The parts of place, modify and cancel.
  ...['writable', 'write', 'send', 'shownContract'],
]);

/** Parts that can be destructured to any depth and do nothing: only the names of the activities are needed. */
function anything(): unknown {
  return new Proxy(() => undefined, { get: (_target, key) => (key === 'then' ? undefined : anything()) });
}

/** Names as src/worker/crash-points.ts writes them, without `:before` and `:after`. */
export async function declaredBoundaries(): Promise<readonly string[]> {
  const store = openStore({ url: 'postgres://nobody@127.0.0.1:1/none' });
  const parts = Object.entries(store).filter(([, part]) => typeof part === 'object');
  await store.close();
  const activities = {
    ...ordersQueueActivities(anything() as BrokerParts),
    ...watchQueueActivities(anything() as BrokerParts),
    ...workflowQueueActivities(anything() as StoreParts),
  };
  return [
    ...parts.flatMap(([name, part]) => Object.keys(part).map((operation) => `store.${name}.${operation}`)),
    ...Object.keys(activities).map((name) => `activity.${name}`),
    ...Object.getOwnPropertyNames(Orders.prototype)
      .filter((name) => !NO_WRITES.has(name))
      .map((name) => `broker.orders.${name}`),
  ];
}

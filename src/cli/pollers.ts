/** Pollers of our task queues. */

import type { TemporalConnection } from '../client/connections.js';
import { ordersQueue, WORKFLOW_QUEUE, watchQueue } from '../contract/task-queues.js';

export interface Workers {
  /** Pollers of the workflow queue, of the broker's orders queue, and of its watch queue. */
  readonly workflows: number;
  readonly orders: number;
  readonly watches: number;
}

/** temporal.api.enums.v1.TaskQueueType. */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;
/** A poll lasts at most a minute; the server remembers pollers for five minutes after they leave. */
const FRESH_MS = 75_000;

/** Counts pollers that asked within the last 75 s. */
export async function workersOf(link: TemporalConnection, accountAlias: string): Promise<Workers> {
  const [workflows, orders, watches] = await Promise.all([
    pollers(link, WORKFLOW_QUEUE, WORKFLOW_TASKS),
    pollers(link, ordersQueue(accountAlias), ACTIVITY_TASKS),
    pollers(link, watchQueue(accountAlias), ACTIVITY_TASKS),
  ]);
  return { workflows, orders, watches };
}

async function pollers({ client, namespace }: TemporalConnection, name: string, type: 1 | 2): Promise<number> {
  const { pollers: found } = await client.connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: type,
  });
  const oldest = Date.now() - FRESH_MS;
  return (found ?? []).filter((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000 >= oldest).length;
}

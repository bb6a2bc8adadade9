/** What crosses Temporal: queues, activity profiles, and one queue for every activity. */
import { expect, test } from '@jest/globals';
import type { ActivityOptions } from '@temporalio/workflow';
import { ordersQueueActivities, watchQueueActivities, workflowQueueActivities } from '../../src/activities/index.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import type { StoreParts } from '../../src/activities/positions/revive.js';
import { wireName, withWireNames } from '../../src/contract/activity-names.js';
import * as profiles from '../../src/contract/profiles.js';
import { ordersQueue, WORKFLOW_QUEUE, watchQueue } from '../../src/contract/task-queues.js';
import { readRecordings } from '../replay/recordings.js';
import { ORDERS_ACTIVITIES, STORE_ACTIVITIES, WATCH_ACTIVITIES } from '../workflows/support/desk.js';

test('queues differ by purpose and by account', () => {
  const queues = [WORKFLOW_QUEUE, ordersQueue('a'), watchQueue('a'), ordersQueue('b'), watchQueue('b')];
  expect(new Set(queues).size).toBe(5);
  expect(ordersQueue('paper')).toBe('broker-paper-orders');
  expect(watchQueue('paper')).toBe('broker-paper-watch');
});

const all = Object.entries(profiles).map(([name, profile]): [string, ActivityOptions] => [
  name,
  typeof profile === 'function' ? profile('paper') : profile,
]);

test.each(all)('%s writes out its queue, its time limit, its retries and its cancellation', (_, profile) => {
  expect(profile.taskQueue).toBeTruthy();
  expect(profile.startToCloseTimeout).toBeTruthy();
  expect(profile.retry).toBeTruthy();
  // The SDK's default would let a workflow go on while its activity writes.
  expect(profile.cancellationType).toBe('WAIT_CANCELLATION_COMPLETED');
});

test('placing is tried once; everything else is retried without limit', () => {
  const limited = all.filter(([, profile]) => profile.retry?.maximumAttempts !== undefined).map(([name]) => name);
  expect(limited).toEqual(['placeProfile']);
  expect(profiles.placeProfile('paper').retry).toEqual({ maximumAttempts: 1 });
});

test('the factories serve exactly the activities of the contract', () => {
  // Factories only take their parts apart; nothing is called here.
  const parts = { deps: {} } as BrokerParts;
  expect(Object.keys(ordersQueueActivities(parts)).sort()).toEqual([...ORDERS_ACTIVITIES].sort());
  expect(Object.keys(watchQueueActivities(parts)).sort()).toEqual([...WATCH_ACTIVITIES].sort());
  expect(Object.keys(workflowQueueActivities({} as StoreParts)).sort()).toEqual([...STORE_ACTIVITIES].sort());
});

test("a worker answers to every activity name that a recorded history asks for, and to today's", () => {
  const parts = { deps: {} } as BrokerParts;
  const served = withWireNames({
    ...ordersQueueActivities(parts),
    ...watchQueueActivities(parts),
    ...workflowQueueActivities({} as StoreParts),
  });
  const asked = readRecordings().flatMap(({ history }) =>
    (history.events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []),
  );
  expect([...new Set(asked)].filter((name) => !(name in served))).toEqual([]);
  const renamed = ORDERS_ACTIVITIES.filter((name) => wireName(name) !== name);
  expect(asked).toContain(wireName('cancelByUser'));
  expect(Object.keys(served)).toEqual(expect.arrayContaining([...renamed, ...renamed.map(wireName)]));
});

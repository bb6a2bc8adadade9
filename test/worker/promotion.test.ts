import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { DEPLOYMENT } from '../../src/contract/deployment.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { OPEN_ALERTS } from '../../src/domain/alert.js';
import { currentBuild, pinnedRuns } from '../../src/outbound/temporal-deployment.js';
import { promote } from '../../src/worker/promotion.js';
import { testServer } from '../store/support.js';
import { positionInput } from '../workflows/support/requests.js';
import { until } from './stuck-stage.js';
import { type Code, startTwoCodes } from './two-codes.js';

type Stage = Awaited<ReturnType<typeof startTwoCodes>>;

const database = testServer();
const lines: string[] = [];
let client: Stage['client'];
let native: Stage['native'];
let present: Code;
let other: Code;
let stop: Stage['stop'];

beforeAll(async () => {
  ({ client, native, present, other, stop } = await startTwoCodes());
}, 120_000);
afterAll(async () => {
  await stop();
});

/** A worker process with this code, as far as promotions go: it polls, and it holds the broker session until `stop`. */
async function process(
  buildId: string,
  code: Code,
  {
    skipReplay = false,
    behavior = 'AUTO_UPGRADE',
  }: { skipReplay?: boolean; behavior?: 'AUTO_UPGRADE' | 'PINNED' } = {},
) {
  const worker = await Worker.create({
    connection: native,
    taskQueue: WORKFLOW_QUEUE,
    workflowBundle: code,
    shutdownGraceTime: 0,
    workerDeploymentOptions: {
      version: { deploymentName: DEPLOYMENT, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: behavior,
    },
  });
  const run = worker.run();
  const stopped = new AbortController();
  const parts = { client, store: database.store, buildId, code: { workflowBundle: code }, skipReplay };
  const promoted = promote({ ...parts, log: (_level, message) => lines.push(message) }, stopped.signal);
  return {
    promoted,
    stop: async () => {
      stopped.abort();
      await promoted;
      worker.shutdown();
      await run;
    },
  };
}

const alerts = async () => await database.store.alerts.list({ statuses: OPEN_ALERTS, rule: 'replay_failed' });

test('the first build of a server takes a run of the release before; the same build stays current', async () => {
  const handle = await client.workflow.start('positionWorkflow', {
    workflowId: 'position-held',
    taskQueue: WORKFLOW_QUEUE,
    args: [positionInput('held')],
  });
  const first = await process('one', present);
  await first.promoted;
  expect(await currentBuild(client, DEPLOYMENT)).toBe('one');
  await until('its first task', async () => Number((await handle.describe()).historyLength) >= 5);
  await first.stop();
  const before = lines.length;
  const again = await process('one', present);
  await again.promoted;
  await again.stop();
  expect(lines.slice(before)).toEqual([]);
});

test('a build that cannot carry on a run is not made current, and a CRITICAL alert names the run and the event', async () => {
  const changed = await process('two', other);
  await until('the alert', async () => (await alerts()).length === 1);
  const [alert] = await alerts();
  expect(alert).toMatchObject({ type: 'CRITICAL', severity: 'IMMEDIATE', count: 1 });
  expect(alert?.message).toMatch(
    /^The build two cannot carry on 1 of 1 open runs, so workflow tasks are left to the build one\. .*position-held, event 5, ActivityTaskScheduled: /,
  );
  expect(await currentBuild(client, DEPLOYMENT)).toBe('one');
  await changed.stop();
  expect(await alerts()).toHaveLength(1);

  const back = await process('one', present);
  await back.promoted;
  await back.stop();
  expect(await alerts()).toEqual([]);
});

test('a person may let it take over all the same', async () => {
  const changed = await process('two', other, { skipReplay: true });
  await changed.promoted;
  await changed.stop();
  expect(await currentBuild(client, DEPLOYMENT)).toBe('two');
  await client.workflow.getHandle('position-held').terminate();
});

test('a run that is pinned to its build concerns no other one', async () => {
  const pinning = await process('two', other, { behavior: 'PINNED' });
  await pinning.promoted;
  const pinned = await client.workflow.start('positionWorkflow', {
    workflowId: 'position-pinned',
    taskQueue: WORKFLOW_QUEUE,
    args: [positionInput('pinned')],
  });
  const filter = pinnedRuns(WORKFLOW_QUEUE, { deployment: DEPLOYMENT, buildId: 'two' });
  await until('the index', async () => (await client.workflow.count(filter)).count === 1);
  const back = await process('one', present);
  await back.promoted;
  expect([await currentBuild(client, DEPLOYMENT), await alerts()]).toEqual(['one', []]);
  await Promise.all([back.stop(), pinning.stop()]);
  await pinned.terminate();
});

/**
 * Waits that last for weeks: a position whose steps fail, and an exit that waits for its position, pause longer and longer and continue
 * as new. Some minutes of real time, in which nothing computes.
 */
import { afterAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { exitWorkflowId, positionWorkflowId } from '../../src/contract/workflow-ids.js';
import type { exitWorkflow } from '../../src/workflows/exit.js';
import { gate } from './support/gate.js';
import { exitInput } from './support/requests.js';
import { startServer } from './support/server.js';

/** The server suggests it after this many events: after two or three failures, and not before an exit has begun. */
const server = await startServer(['limit.historyCount.suggestContinueAsNew=33']);
afterAll(() => server.stop());

const runIdOf = async (workflowId: string) => (await server.client.workflow.getHandle(workflowId).describe()).runId;
const broken = () => {
  throw ApplicationFailure.nonRetryable('a test', 'INVARIANT_BROKEN');
};

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 900_000; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

test.concurrent('watches fail: the run continues as new, and goes on when they succeed', async () => {
  const { script, handle } = await server.opened('fails');
  const times: number[] = [];
  script.on('watchPosition', () => {
    times.push(Date.now());
    return broken();
  });
  script.watchSays({ kind: 'ended', reason: 'a test' });
  await until('four failures', async () => times.length >= 4);
  const [first = 0, second = 0, third = 0, fourth = 0] = times;
  expect([second - first, third - second, fourth - third].every((ms) => ms > 55_000)).toBe(true);
  expect(await runIdOf(positionWorkflowId('fails'))).not.toBe(handle.firstExecutionRunId);
  script.on('watchPosition', (_input, _nth, standard) => standard());
  expect(await server.exit('fails', 'CLOSE')).toMatchObject({ result: 'CLOSED' });
});

test.concurrent('its opening fails: a later run opens the position, once', async () => {
  const script = server.desk.position('never-read');
  script.on('readPosition', broken);
  const handle = await server.start(script);
  await until('another run', async () => (await runIdOf(handle.workflowId)) !== handle.firstExecutionRunId);
  expect(script.count('prepareOrder')).toBe(0);
  script.on('readPosition', (_input, _nth, standard) => standard());
  await until('its watch', async () => script.count('watchPosition') > 0);
  expect(script.inputs('prepareOrder')).toHaveLength(1);
  expect(await server.exit('never-read', 'CLOSE')).toMatchObject({ result: 'CLOSED' });
});

test.concurrent('an exit whose position works for long: it asks once, and gives the answer', async () => {
  const { script } = await server.opened('slow');
  const door = gate();
  script.on('followOrder', async ({ orderRef }, _nth, standard) => {
    if (script.orderOf(orderRef).purpose === 'REDUCE') await door.passed();
    return await standard();
  });
  const workflowId = exitWorkflowId('r-slow');
  const exit = await server.client.workflow.start<typeof exitWorkflow>('exitWorkflow', {
    workflowId,
    taskQueue: WORKFLOW_QUEUE,
    args: [exitInput('slow', 'r-slow', 'CLOSE')],
  });
  await until('another run', async () => (await runIdOf(workflowId)) !== exit.firstExecutionRunId);
  door.open();
  expect(await exit.result()).toMatchObject({ result: 'CLOSED', filledCombos: 2 });
  expect(script.count('openRequest')).toBe(1);
  expect(script.count('settleRequest')).toBe(1);
});

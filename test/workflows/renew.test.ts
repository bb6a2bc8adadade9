/** A run whose history grows long during an exit continues as new, and the exit resumes. */
import { afterAll, expect, test } from '@jest/globals';
import type { Connection } from '@temporalio/client';
import type { PositionWorkflow } from '../../src/contract/requests.js';
import { ATTRIBUTES_ASKED, ATTRIBUTES_MEMO_KEY } from '../../src/contract/search-attributes.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { exitWorkflowId, positionWorkflowId } from '../../src/contract/workflow-ids.js';
import { NamespaceUpkeep } from '../../src/worker/namespace.js';
import type { exitWorkflow } from '../../src/workflows/exit.js';
import { exitInput, positionInput } from './support/requests.js';
import { startServer } from './support/server.js';

/** The server suggests it after this many events; by default after some thousands. */
const server = await startServer(['limit.historyCount.suggestContinueAsNew=100']);
afterAll(() => server.stop());

const runIdOf = async (id: string) => (await server.client.workflow.getHandle(positionWorkflowId(id)).describe()).runId;

test("a partial exit: the first run's fills count, and the requester is answered once", async () => {
  const { script, handle } = await server.opened('long-exit', { combos: 4 });
  const firstRun = handle.firstExecutionRunId;
  let cancels = 0;
  script
    .on('followOrder', async ({ orderRef }, _nth, standard) =>
      script.orderOf(orderRef).purpose === 'REDUCE' && cancels === 0
        ? { kind: 'step-ended', progress: script.progress(orderRef, 0) }
        : standard(),
    )
    // One of its two combos has filled when it is cancelled.
    .on('cancelOrder', async ({ orderRef, reason }) => {
      cancels += 1;
      return { ...script.progress(orderRef, 1), state: 'CANCELLED', reason };
    });
  const outcome = await server.client.workflow.execute<typeof exitWorkflow>('exitWorkflow', {
    workflowId: exitWorkflowId('r-long'),
    taskQueue: WORKFLOW_QUEUE,
    args: [exitInput('long-exit', 'r-long', 'REDUCE', { ratio: 0.5 })],
  });
  expect(outcome).toMatchObject({ result: 'REDUCED', filledCombos: 2, openCombos: 2 });
  expect(cancels).toBe(1);
  expect(await runIdOf('long-exit')).not.toBe(firstRun);
  const reducing = script.inputs('prepareOrder').filter(({ purpose }) => purpose === 'REDUCE');
  expect(reducing.map(({ combos }) => combos)).toEqual([2, 1]);
  // No step is used twice: each names its order.
  expect(new Set(reducing.map(({ step }) => step)).size).toBe(2);
  expect(script.count('settleRequest')).toBe(1);
  await server.client.workflow.getHandle(positionWorkflowId('long-exit')).terminate();
}, 120_000);

test('a close: it goes on until the position is flat', async () => {
  const { script, handle } = await server.opened('long-close', { combos: 2 });
  const firstRun = handle.firstExecutionRunId;
  let cancels = 0;
  script
    .on('followOrder', async ({ orderRef }, _nth, standard) =>
      script.orderOf(orderRef).purpose === 'REDUCE' && cancels < 2
        ? { kind: 'step-ended', progress: script.progress(orderRef, 0) }
        : standard(),
    )
    .on('cancelOrder', async (_input, _nth, standard) => {
      cancels += 1;
      return await standard();
    });
  const outcome = await server.client.workflow.execute<typeof exitWorkflow>('exitWorkflow', {
    workflowId: exitWorkflowId('r-close'),
    taskQueue: WORKFLOW_QUEUE,
    args: [exitInput('long-close', 'r-close', 'CLOSE')],
  });
  expect(outcome).toMatchObject({ result: 'CLOSED', filledCombos: 2, openCombos: 0 });
  expect(cancels).toBe(2);
  expect(await runIdOf('long-close')).not.toBe(firstRun);
}, 120_000);

/** A position whose run sets its search attributes as `memo` says: asked for, or (true) as the release before did. */
async function withAttributes(id: string, memo: unknown) {
  const script = server.desk.position(id);
  const handle = await server.client.workflow.start<PositionWorkflow>('positionWorkflow', {
    workflowId: positionWorkflowId(id),
    taskQueue: WORKFLOW_QUEUE,
    args: [positionInput(id)],
    memo: { [ATTRIBUTES_MEMO_KEY]: memo },
  });
  await script.called('watchPosition');
  return { script, handle };
}

async function stageOf(id: string): Promise<unknown> {
  const { searchAttributes } = await server.client.workflow.getHandle(positionWorkflowId(id)).describe();
  return searchAttributes.LegworkStage?.[0];
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('search attributes that are removed hold up neither the next session nor an exit, and come back with it', async () => {
  const { operatorService } = server.client.connection as Connection;
  const upkeep = await NamespaceUpkeep.start(server.client.connection as Connection, 'default', () => undefined, 0);
  upkeep.stop();
  server.desk.hasAttributes = () => upkeep.hasSearchAttributes();
  const { script, handle } = await withAttributes('bare', ATTRIBUTES_ASKED);
  await until('the stage in the list', async () => (await stageOf('bare')) === 'WATCHING');
  const remove = { namespace: 'default', searchAttributes: ['LegworkStage'] };
  await operatorService.removeSearchAttributes(remove);

  script.watchSays({ kind: 'session-end' });
  await script.called('watchPosition', 2);
  expect(await runIdOf('bare')).not.toBe(handle.firstExecutionRunId);
  const position = server.client.workflow.getHandle(positionWorkflowId('bare'));
  await position.signal('reduce');
  await script.called('recordExit');
  await position.signal('Close');
  await script.until(() => script.inputs('setAttention').some(({ reason }) => reason !== null), 'attention');
  await script.called('watchPosition', 3);

  await operatorService.addSearchAttributes({ namespace: 'default', searchAttributes: { LegworkStage: 2 } });
  // The next run sets all of them.
  script.watchSays({ kind: 'session-end' });
  await until('the stage in the list again', async () => (await stageOf('bare')) === 'WATCHING');
  expect(await server.exit('bare', 'CLOSE')).toMatchObject({ result: 'CLOSED' });
}, 120_000);

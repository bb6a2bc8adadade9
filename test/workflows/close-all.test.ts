/** More positions than a run may have children. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { closeAllWorkflowId } from '../../src/contract/workflow-ids.js';
import type { closeAllWorkflow } from '../../src/workflows/close-all.js';
import { ALIAS } from './support/requests.js';
import { startServer, type TestServer } from './support/server.js';

/** The server takes 2,000 children of a run at once, this one fewer: what must fit is the batch. */
const CHILDREN = 'limit.numPendingChildExecutions.error=110';
const POSITIONS = 120;

let server: TestServer;
beforeAll(async () => {
  server = await startServer([CHILDREN]);
});
afterAll(() => server?.stop());

test('every position gets its exit and its outcome', async () => {
  const ids = Array.from({ length: POSITIONS }, (_, index) => `many-${index + 1}`);
  for (const id of ids) {
    const script = server.desk.position(id, { symbol: 'IWM' });
    script.openCombos = 1;
    script.on('lookUpPosition', () => ({ state: 'closed', openCombos: 0 }));
  }
  const { outcomes } = await server.client.workflow.execute<typeof closeAllWorkflow>('closeAllWorkflow', {
    workflowId: closeAllWorkflowId('many'),
    taskQueue: WORKFLOW_QUEUE,
    args: [{ accountAlias: ALIAS, requestId: 'many', symbol: 'IWM' }],
  });
  expect(outcomes.map(({ positionId, result }) => `${positionId} ${result}`).sort()).toEqual(
    ids.map((id) => `${id} ALREADY_CLOSED`).sort(),
  );
});

/** The entry workflow: every refusal ends it with its code and numbers; an opening is followed to its end. */
import { afterAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { entryWorkflowId, positionWorkflowId } from '../../src/contract/workflow-ids.js';
import type { entryWorkflow } from '../../src/workflows/entry.js';
import type { Script } from './support/desk.js';
import { entryInput } from './support/requests.js';
import { startServer } from './support/server.js';

// Concurrent tests begin before any beforeAll, so the server is started here.
const server = await startServer();
afterAll(() => server.stop());

function scripted(id: string): Script {
  const script = server.desk.position(id);
  server.desk.entry(`entry-of-${id}`, script);
  return script;
}

async function enter(script: Script, extra: Parameters<typeof entryInput>[1] = {}) {
  const entryId = `entry-of-${script.positionId}`;
  return await server.client.workflow.execute<typeof entryWorkflow>('entryWorkflow', {
    workflowId: entryWorkflowId(entryId),
    taskQueue: WORKFLOW_QUEUE,
    args: [entryInput(entryId, extra)],
  });
}

const refusal = (code: string) => ({ kind: 'refused', code, reasons: [`refused: ${code}`], checks: [] }) as const;

test.concurrent('enters: decides, builds, approves, opens, and reports the fill with every check', async () => {
  const script = scripted('enter-ok');
  const result = await enter(script);
  expect(result).toMatchObject({ status: 'OPENED', positionId: 'enter-ok', filledCombos: 2 });
  expect(result.checks.map(({ name }) => name)).toEqual(['iv_rank', 'max_loss']);
  expect(script.inputs('finishEntry')).toEqual([result]);
  // The position goes on although the entry is over.
  await script.called('watchPosition');
  const position = server.client.workflow.getHandle(positionWorkflowId('enter-ok'));
  expect((await position.describe()).status.name).toBe('RUNNING');
  await position.terminate();
});

test.concurrent('a refusal at any step ends the entry there, and no position is started', async () => {
  const steps = [
    ['evaluateSignal', 'SIGNAL_REFUSED', ['evaluateSignal', 'finishEntry']],
    ['buildStrategy', 'NO_SUITABLE_CONTRACT', ['evaluateSignal', 'buildStrategy', 'finishEntry']],
    ['approveEntry', 'RISK_REFUSED', ['evaluateSignal', 'buildStrategy', 'approveEntry', 'finishEntry']],
  ] as const;
  for (const [step, code, calls] of steps) {
    const script = scripted(`refused-${step.toLowerCase()}`);
    script.on(step, () => refusal(code));
    expect(await enter(script)).toMatchObject({ status: 'NOT_ENTERED', code, reasons: [`refused: ${code}`] });
    expect(script.calls.map(({ name }) => name)).toEqual(calls);
  }
});

test.concurrent('a dry run goes through the risk gate and starts nothing', async () => {
  const script = scripted('dry');
  expect(await enter(script, { dryRun: true })).toMatchObject({
    status: 'DRY_RUN',
    positionId: 'dry',
    filledCombos: 0,
  });
  expect(script.count('prepareOrder')).toBe(0);
  await expect(server.client.workflow.getHandle(positionWorkflowId('dry')).describe()).rejects.toThrow(/not found/i);
});

test.concurrent('an opening that the broker refuses fails the entry with its code', async () => {
  const script = scripted('enter-rejected');
  script.on('placeOrder', () => ({ kind: 'rejected', reaction: 'stop', code: 201, reason: 'margin' }));
  expect(await enter(script)).toMatchObject({
    status: 'FAILED',
    code: 'BROKER_REFUSED',
    reasons: ['margin'],
    filledCombos: 0,
  });
});

test.concurrent('a step that cannot be retried is a reason not to enter, recorded without the broker', async () => {
  const script = scripted('enter-fails');
  script.on('buildStrategy', () => {
    throw ApplicationFailure.nonRetryable('the chain makes no sense', 'INVARIANT_BROKEN');
  });
  const result = await enter(script);
  expect(result).toMatchObject({ status: 'FAILED', code: 'INVARIANT_BROKEN', reasons: ['the chain makes no sense'] });
  expect(script.inputs('failEntry')).toEqual([result]);
});

/** The open runs of a real server, replayed with the present workflow code, with other code, and by the command. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Runtime, Worker } from '@temporalio/worker';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { replayOpenRuns } from '../../src/worker/replay.js';
import { positionInput } from '../workflows/support/requests.js';
import { until } from './stuck-stage.js';
import { type Code, startTwoCodes } from './two-codes.js';

type Stage = Awaited<ReturnType<typeof startTwoCodes>>;

const BIN = fileURLToPath(new URL('../../bin/legwork.mjs', import.meta.url));

let temporal: Stage['temporal'];
let client: Stage['client'];
let native: Stage['native'];
let present: Code;
let other: Code;
let stop: Stage['stop'];

beforeAll(async () => {
  ({ temporal, client, native, present, other, stop } = await startTwoCodes());
}, 120_000);
afterAll(async () => {
  await stop();
  await Runtime.instance().shutdown();
});

const start = (id: string, taskQueue = WORKFLOW_QUEUE) =>
  client.workflow.start('positionWorkflow', { workflowId: id, taskQueue, args: [positionInput(id)] });

/** Runs that this code has begun, and that wait. */
async function begun(code: Code, ids: readonly string[], taskQueue = WORKFLOW_QUEUE): Promise<void> {
  const worker = await Worker.create({ connection: native, taskQueue, workflowBundle: code, shutdownGraceTime: 0 });
  const run = worker.run();
  for (const id of ids) {
    const handle = await start(id, taskQueue);
    await until('its first task', async () => Number((await handle.describe()).historyLength) >= 5);
  }
  worker.shutdown();
  await run;
}

async function listed(count: number): Promise<void> {
  const query = `TaskQueue = '${WORKFLOW_QUEUE}' AND CloseTime IS NULL`;
  await until('the index', async () => (await client.workflow.count(query)).count === count);
}

const replay = (code: Code) => replayOpenRuns(client, 'a-build', { workflowBundle: code });

/** The command as a process, from dist. */
function command(...options: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', TEMPORAL_ADDRESS: temporal.address };
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, 'replay', ...options], { env }, (error, stdout) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout }),
    );
  });
}

test('without an open run there is nothing to carry on', async () => {
  expect(await replay(present)).toEqual({ replayed: 0, failures: [] });
  expect(await command()).toEqual({ code: 0, stdout: '0 open runs replay with this code.\n' });
});

test('open runs of the queue are replayed; closed ones, those of other queues and those that have not begun are not', async () => {
  await begun(present, ['held', 'closed']);
  await begun(other, ['elsewhere'], 'another-queue');
  await client.workflow.getHandle('closed').terminate();
  const notBegun = await start('not-begun');
  await listed(2);
  expect(await replay(present)).toEqual({ replayed: 1, failures: [] });
  await notBegun.terminate();
  await listed(1);
  expect(await command('--json')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/"ok": true,\s+"replayed": 1/),
  });
});

test('changed code is refused with the run and the event that it does not lead to', async () => {
  const { runId } = await client.workflow.getHandle('held').describe();
  const { replayed, failures } = await replay(other);
  expect(replayed).toBe(1);
  expect(failures).toEqual([
    {
      workflowId: 'held',
      runId,
      workflowType: 'positionWorkflow',
      eventId: 5,
      event: 'ActivityTaskScheduled',
      reason: expect.stringMatching(/ActivityTaskScheduled/),
    },
  ]);
});

test('the command names each run that it cannot carry on and answers 1; the others are fine, and so are all once it is over', async () => {
  await begun(other, ['strange']);
  await listed(2);
  const { runId } = await client.workflow.getHandle('strange').describe();
  const text = await command();
  expect(text.code).toBe(1);
  expect(text.stdout).toContain(`strange (run ${runId}), event 5, TimerStarted: `);
  expect(text.stdout).toContain('1 of 2 open runs do not replay with this code.');
  const { code, stdout } = await command('--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    replayed: 2,
    failures: [{ workflowId: 'strange', eventId: 5 }],
  });
  await client.workflow.getHandle('strange').terminate();
  await listed(1);
  expect((await command()).code).toBe(0);
}, 120_000);

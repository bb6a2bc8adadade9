/** Positions that stand still because of their tasks: other code, a search attribute that is gone, no free slot. The server takes its time. */
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { Connection } from '@temporalio/client';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { ATTRIBUTES_MEMO_KEY } from '../../src/contract/search-attributes.js';
import { bundledOnce } from '../workflows/support/bundled.js';
import { stuckStage, until } from './stuck-stage.js';

const { server, newCheck, alerts, checkAfter, doctor, opened, over, attemptOf, connectWorkers } = stuckStage();

test('code that does not fit the run, and a search attribute that was removed under a run of the release before', async () => {
  const { operatorService } = server().client.connection as Connection;
  const bare = await opened('bare', { memo: { [ATTRIBUTES_MEMO_KEY]: true } });
  await bare.script.called('watchPosition');
  await operatorService.removeSearchAttributes({ namespace: 'default', searchAttributes: ['LegworkAttention'] });
  await bare.handle.signal('Close');

  // On a queue of its own, since the workers of this server have the present code.
  const taskQueue = 'other-code';
  const native = await connectWorkers();
  const make = async (workflowBundle: { readonly code: string }) => {
    const worker = await Worker.create({ connection: native, taskQueue, workflowBundle, shutdownGraceTime: 0 });
    const run = worker.run();
    return async () => {
      worker.shutdown();
      await run;
    };
  };
  const before = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./other-code.ts', import.meta.url)),
  });
  let stop = await make(before);
  const { handle } = await opened('other-code', { taskQueue });
  await until('its first task', async () => Number((await handle.describe()).historyLength) >= 5);
  await stop();
  stop = await make(await bundledOnce());
  await handle.signal('close');
  await until('failed tasks', async () => (await attemptOf('other-code')).task >= 3);
  await until('failed tasks', async () => (await attemptOf('bare')).task >= 3);

  expect(await checkAfter(60_000)).toEqual([]);
  expect(await checkAfter(60_000)).toEqual(['workflow_stuck bare 1', 'workflow_stuck other-code 1']);
  await until('the reasons', async () =>
    /BadSearchAttributes.*NonDeterministic|NonDeterministic.*BadSearch/s.test(await doctor()),
  );
  expect(await doctor()).toMatch(/position-other-code is stuck, .* start the previous version/);

  await stop();
  stop = await make(before);
  await operatorService.addSearchAttributes({ namespace: 'default', searchAttributes: { LegworkAttention: 5 } });
  await until('the end', async () => (await checkAfter(60_000)).length === 0);
  expect(await doctor()).toMatch(/^ok nothing/);
  await over('bare');
  await over('other-code');
  await stop();
  await native.close();
}, 300_000);

test('tasks that no slot is free for, until they are taken', async () => {
  const check = newCheck(undefined, 'full');
  const { handle } = await opened('full', { alias: 'full' });
  let now = 0;
  const look = async () => {
    now += 60_000;
    await check.check(now, Date.now());
    return await alerts();
  };
  await until('the alert', async () => (await look()).length > 0);
  expect(await alerts()).toEqual(['slots_used_up  1']);
  const native = await connectWorkers();
  const worker = await Worker.create({
    connection: native,
    taskQueue: 'broker-full-orders',
    activities: { readPosition: () => server().desk.script('full').summary() },
    shutdownGraceTime: 0,
  });
  const run = worker.run();
  await until('the end', async () => (await look()).length === 0);
  worker.shutdown();
  await run;
  await native.close();
  await handle.terminate();
}, 300_000);

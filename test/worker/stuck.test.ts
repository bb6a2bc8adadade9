/**
 * Each way in which a position stands still without a word, on real parts: the alert comes within the patience of its cause, doctor says the
 * same, and both end when the position goes on. `stuck-tasks` has the ways that take the server a while.
 */
import { beforeAll, expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { isRunning } from '../../src/outbound/temporal-runs.js';
import { execution, NOW } from '../store/support.js';
import { bundledOnce } from '../workflows/support/bundled.js';
import { stuckStage, until } from './stuck-stage.js';

const { database, server, newCheck, alerts, checkAfter, doctor, opened, over, attemptOf, connectWorkers } =
  stuckStage();
let isBroken = true;

/** It has failed ten times when the last test comes, in which the check gets to know it. */
beforeAll(async () => {
  const { script } = await opened('throwing', { isStored: false });
  script.on('watchPosition', async (_input, _nth, standard) => {
    if (isBroken) throw new TypeError("Cannot read properties of undefined (reading 'legs')");
    return await standard();
  });
});

test('an activity that is paused from outside, until it is unpaused', async () => {
  const { script, workflowId } = await opened('paused');
  await script.called('watchPosition');
  expect(await checkAfter(60_000)).toEqual([]);
  expect(await doctor()).toBe('ok nothing; 1 positions are open');
  const { workflowService } = server().client.connection;
  const { raw } = await server().client.workflow.getHandle(workflowId).describe();
  const watch = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchPosition');
  const id = watch?.activityId ?? '';
  const target = { namespace: 'default', execution: { workflowId }, identity: 'a person', id };
  await workflowService.pauseActivity(target);
  expect(await checkAfter(60_000)).toEqual(['paused_outside paused 1']);
  // A watchdog beside the worker finds the same, and it is one alert.
  const watchdog = newCheck();
  await watchdog.check(0, Date.now());
  expect(await checkAfter(60_000)).toEqual(['paused_outside paused 1']);
  expect(await doctor()).toMatch(/^fail Paused in Temporal: The activity watchPosition of position-paused is paused/);
  await workflowService.unpauseActivity(target);
  expect(await checkAfter(60_000)).toEqual([]);
  expect(await doctor()).toMatch(/^ok nothing/);
  await over('paused');
});

test('a run that is paused from outside, where the server has that', async () => {
  const { script, workflowId } = await opened('paused-run');
  await script.called('watchPosition');
  const { workflowService } = server().client.connection;
  const target = { namespace: 'default', workflowId, identity: 'a person', reason: 'a test' };
  await workflowService.pauseWorkflowExecution({ ...target, requestId: 'pause' });
  expect(await checkAfter(60_000)).toEqual(['paused_outside paused-run 1']);
  // It is not taken for one that ended: its position would be revived, and an entry be closed as failed.
  expect(await isRunning(server().client, workflowId)).toBe(true);
  await workflowService.unpauseWorkflowExecution({ ...target, requestId: 'unpause' });
  expect(await checkAfter(60_000)).toEqual([]);
  await over('paused-run');
});

test('a run that is pinned to a build without a worker, until one runs or it is set free', async () => {
  const { script, workflowId } = await opened('pinned');
  await script.called('watchPosition');
  const native = await connectWorkers();
  const version = { deploymentName: 'legwork', buildId: 'gone' };
  const worker = await Worker.create({
    connection: native,
    taskQueue: WORKFLOW_QUEUE,
    workflowBundle: await bundledOnce(),
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
    shutdownGraceTime: 0,
  });
  const run = worker.run();
  const { workflowService } = server().client.connection;
  const options = (versioningOverride: object) =>
    workflowService.updateWorkflowExecutionOptions({
      namespace: 'default',
      workflowExecution: { workflowId },
      workflowExecutionOptions: { versioningOverride },
      updateMask: { paths: ['versioning_override'] },
    });
  const isPinned = () =>
    options({ pinned: { behavior: 1, version } }).then(
      () => true,
      () => false,
    );
  // The server knows the build once its worker polls.
  await until('the build', isPinned);
  expect(await checkAfter(60_000)).toEqual([]);
  worker.shutdown();
  await run;
  await native.close();
  expect(await checkAfter(60_000, Date.now() + 66_000)).toEqual(['build_not_polled pinned 1']);
  await options({ autoUpgrade: true });
  expect(await checkAfter(60_000, Date.now() + 66_000)).toEqual([]);
  await over('pinned');
}, 120_000);

test('a position that a holder of the session does not evaluate, until it does', async () => {
  const { store } = database;
  const { script } = await opened('unwatched');
  await script.called('watchPosition');
  await database.sql(
    `UPDATE executions SET status = 'FILLED', opened_combos = 2, open_combos = 2, opening_ended_at = $1, fill_time = $1
     WHERE position_id = 'unwatched'`,
    [new Date(NOW)],
  );
  await database.sql(
    "UPDATE legs SET open_quantity = CASE action WHEN 'SELL' THEN -2 ELSE 2 END WHERE position_id = 'unwatched'",
  );
  const row = { positionId: 'unwatched', watchEpoch: 1 };
  await store.snapshots.append({ ...row, at: NOW });
  await store.marketClock.note(NOW + 100_000);
  expect(await checkAfter(20_000)).toEqual([]);
  await store.marketClock.note(NOW + 121_000);
  expect(await checkAfter(20_000)).toEqual([]);
  expect(await checkAfter(20_000)).toEqual(['not_watched unwatched 1']);
  await store.marketClock.note(NOW + 121_000);
  expect(await doctor()).toMatch(/fail Position is not watched: The rules of unwatched were last evaluated 12\d s ago/);
  // The broker session is away: that has an alert of its own.
  await database.sql("UPDATE market_clock SET noted_at = noted_at - interval '60 s'");
  expect(await checkAfter(20_000)).toEqual([]);
  await store.marketClock.note(NOW + 150_000);
  await checkAfter(20_000);
  expect(await checkAfter(20_000)).toEqual(['not_watched unwatched 1']);
  await store.snapshots.append({ ...row, at: NOW + 140_000 });
  expect(await checkAfter(20_000)).toEqual([]);
  await over('unwatched');
});

test('a Temporal server that does not answer, for two minutes', async () => {
  await opened('silent');
  const away = newCheck(async () => {
    throw new Error('14 UNAVAILABLE');
  });
  await away.check(0, Date.now());
  await away.check(119_000, Date.now());
  expect(await alerts()).toEqual([]);
  await away.check(120_000, Date.now());
  expect(await alerts()).toEqual(['temporal_unreachable  1']);
  expect(await checkAfter(60_000)).toEqual([]);
  await over('silent');
});

test('an activity that always throws, until it is mended', async () => {
  await database.store.executions.save_execution(execution('throwing'));
  await until('failed attempts', async () => (await attemptOf('throwing')).activity >= 10);
  expect(await checkAfter(60_000)).toEqual([]);
  expect(await checkAfter(60_000)).toEqual(['activity_failing throwing 1']);
  expect(await doctor()).toMatch(
    /^fail Activity fails again and again: The activity watchPosition of position-throwing .*'legs'/,
  );
  const script = server().desk.script('throwing');
  const tries = script.count('watchPosition');
  isBroken = false;
  await script.called('watchPosition', tries + 1);
  // A watch that has run for longer than a minute does not fail over and over.
  expect(await checkAfter(60_000, Date.now() + 63_000)).toEqual([]);
  await over('throwing');
});

/**
 * A deploy with `temporal.deployment: pinned`, by processes: an open position stays with the version that began its session although the
 * next one, whose code does not fit it, is current. The old version needs a process for its workflows only, which ends by itself once the
 * session's end has moved the position.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEPLOYMENT } from '../../src/contract/deployment.js';
import { currentBuild } from '../../src/outbound/temporal-deployment.js';
import type { Part } from '../../src/stack/child.js';
import { buildChanged, commandOf, startWorkerOf, THIS_BUILD } from '../support/builds.js';
import { AFTERNOON } from '../support/closing-bell.js';
import { answerOf, close, ended, enter, namedCondor, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

const PATIENCE_MS = 120_000;

const parts: Part[] = [];
let world: World;
let folder: string;

beforeAll(async () => {
  world = await startWorld({
    stepped: true,
    start: `2026-03-02T${AFTERNOON}:00-05:00`,
    scenario: { market: STILL, ...WILLING },
    settings: { rules: noRules(), temporal: { deployment: 'pinned' } },
    worker: false,
  });
  folder = join(world.dir, 'changed');
  await buildChanged(folder);
}, 300_000);
afterAll(async () => {
  for (const part of parts) await part.stop();
  await world?.stop();
}, 120_000);

const temporal = async () => (await world.client.links.temporal()).client;

/** Builds that completed the workflow tasks of a run, in their order. */
async function buildsOf(workflowId: string, runId: string): Promise<readonly string[]> {
  const { events } = await (await temporal()).workflow.getHandle(workflowId, runId).fetchHistory();
  const builds = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: task }) =>
    task == null ? [] : [task.deploymentVersion?.buildId || task.workerDeploymentVersion || ''],
  );
  return [...new Set(builds)];
}

test('the position is reduced by the old version on the new activities, and closed by the new one after the session', async () => {
  await world.startWorker();
  const row = await enter(world, namedCondor({ quantity: 2, ignoreSignal: true }));
  const handle = (await temporal()).workflow.getHandle(row.workflowId);
  const { runId: first } = await handle.describe();
  const old = (await currentBuild(await temporal(), DEPLOYMENT)) ?? '';
  const draining = await startWorkerOf(world, THIS_BUILD, ['--workflows-only'], 'worker ready');
  parts.push(draining);
  await world.stopWorker();

  // The clock stands still until another worker holds the broker session.
  const reduced = await world.client.reduce(row.positionId, 0.5, { pricing: { kind: 'market' } });
  expect((await commandOf(world, folder, ['replay'])).code).toBe(0);
  const status = JSON.parse((await commandOf(world, folder, ['deploy', 'status', '--json'])).stdout);
  expect(status).toMatchObject({ builds: [{ buildId: old, status: 'current', workers: expect.any(Number) }] });
  expect([status.installed === old, status.builds[0].pinnedRuns > 0]).toEqual([false, true]);

  parts.push(await startWorkerOf(world, folder));
  const next: string = status.installed;
  await world.waitUntil(
    'the next build is current',
    async () => (await currentBuild(await temporal(), DEPLOYMENT)) === next,
  );
  expect(await answerOf(Promise.resolve(reduced), PATIENCE_MS)).toMatchObject({ result: 'REDUCED', openCombos: 1 });
  // One session or two: the clock may reach the end of the first before the next build is current.
  const last = await world.waitUntil(
    'a session with the next build',
    async () => {
      const { runId, raw } = await handle.describe();
      return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId === next && runId;
    },
    PATIENCE_MS,
  );
  expect(await close(world, row.positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, row.positionId, PATIENCE_MS);
  expect(await buildsOf(row.workflowId, first)).toEqual([old]);
  expect(await buildsOf(row.workflowId, last)).toEqual([next]);

  expect(await draining.ended).toBe('exit code 0');
  const after = JSON.parse((await world.cli(['deploy', 'status', '--json'])).stdout);
  expect(after.builds).toMatchObject([
    { buildId: next, status: 'current' },
    { buildId: old, pinnedRuns: 0 },
  ]);
  await world.agree();
}, 600_000);

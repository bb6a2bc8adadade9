/**
 * A deploy with an open position, by processes: a version whose workflow code does not fit the position is refused, by `legwork replay` and
 * by its own worker; the version before goes on with it, and once the position is closed the new one takes over.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEPLOYMENT } from '../../src/contract/deployment.js';
import { OPEN_ALERTS } from '../../src/domain/alert.js';
import { currentBuild } from '../../src/outbound/temporal-deployment.js';
import type { Part } from '../../src/stack/child.js';
import { buildChanged, commandOf, startWorkerOf } from '../support/builds.js';
import { answerOf, close, ended, enter, namedCondor, otherCondor, WILLING, watchedSince } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

const PATIENCE_MS = 120_000;

let world: World;
let folder: string;
let changed: Part | undefined;

beforeAll(async () => {
  world = await startWorld({ speed: 5, scenario: { market: STILL, ...WILLING }, settings: { rules: noRules() } });
  folder = join(world.dir, 'changed');
  await buildChanged(folder);
}, 300_000);
afterAll(async () => {
  await changed?.stop();
  await world?.stop();
}, 120_000);

const current = async () => await currentBuild((await world.client.links.temporal()).client, DEPLOYMENT);

test('a version that does not fit an open position: it watches, the tasks stay with the version before, which goes on when it is back', async () => {
  const row = await enter(world, namedCondor());
  const before = await current();
  const red = await commandOf(world, folder, ['replay', '--json']);
  expect([red.code, JSON.parse(red.stdout).failures]).toMatchObject([1, [{ workflowId: row.workflowId, eventId: 5 }]]);
  expect((await world.cli(['doctor'])).stdout).not.toContain('open runs');

  await world.stopWorker();
  const at = world.gateway.now();
  changed = await startWorkerOf(world, folder);
  await watchedSince(world, row.positionId, at);
  const [alert] = await world.waitUntil('the alert', async () => {
    const found = await world.store.alerts.list({ statuses: OPEN_ALERTS, rule: 'replay_failed' });
    return found.length > 0 && found;
  });
  expect(alert).toMatchObject({ type: 'CRITICAL', message: expect.stringContaining(`${row.workflowId}, event 5`) });
  expect((await world.cli(['doctor'])).stdout).toMatch(/fail +build +New code does not fit open runs/);
  const exit = await world.client.close(row.positionId, { pricing: { kind: 'market' } });
  expect(await current()).toBe(before);

  await changed.stop();
  changed = undefined;
  await world.startWorker();
  expect(await answerOf(Promise.resolve(exit), PATIENCE_MS)).toMatchObject({ result: 'CLOSED', openCombos: 0 });
  await ended(world, row.positionId, PATIENCE_MS);
  expect(await world.store.alerts.list({ statuses: OPEN_ALERTS, rule: 'replay_failed' })).toEqual([]);
  await world.agree();
}, 600_000);

test('without a run that does not fit, the new version takes over and trades, and so does the old one after it', async () => {
  const before = await current();
  expect((await commandOf(world, folder, ['replay'])).code).toBe(0);
  await world.stopWorker();
  changed = await startWorkerOf(world, folder);
  const row = await enter(world, otherCondor());
  expect(await current()).not.toBe(before);
  expect(await close(world, row.positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, row.positionId, PATIENCE_MS);
  await changed.stop();
  changed = undefined;
  await world.startWorker();
  await world.waitUntil('the old version is current again', async () => (await current()) === before);
  await world.agree();
}, 600_000);

/**
 * A whole system in which something is stuck: an attribute that is removed holds up no exit, and a watch that somebody pauses in Temporal is
 * one alert within three minutes, which doctor shares and which ends by itself.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Connection } from '@temporalio/client';
import { OPEN_ALERTS } from '../../src/domain/alert.js';
import { STUCK } from '../../src/domain/stuck/finding.js';
import { close, enter, namedCondor, watchedSince } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import type { World } from '../support/world.js';

const ALERT_MS = 180_000;

let world: World;

beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world?.stop(), 90_000);

const stuck = async () => {
  const open = await world.store.alerts.list({ statuses: OPEN_ALERTS });
  return open.filter(({ rule }) => Object.hasOwn(STUCK, rule)).map(({ rule, positionId }) => `${rule} ${positionId}`);
};
const temporal = async () => (await world.client.links.temporal()).client;

test('an exit leaves while a search attribute is missing, and the worker registers it again', async () => {
  const { positionId, workflowId } = await enter(world, namedCondor());
  const client = await temporal();
  const stageOf = async () =>
    (await client.workflow.getHandle(workflowId).describe()).searchAttributes.LegworkStage?.[0];
  await world.waitUntil('the stage in the list', async () => (await stageOf()) === 'WATCHING');
  const { operatorService } = client.connection as Connection;
  await operatorService.removeSearchAttributes({ namespace: 'default', searchAttributes: ['LegworkStage'] });
  const begun = performance.now();
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  expect(performance.now() - begun).toBeLessThan(10_000 * TIMEOUT_FACTOR);
  await world.waitUntil('the attribute', async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
    return Object.hasOwn(customAttributes ?? {}, 'LegworkStage');
  });
}, 120_000);

test('a watch that is paused in Temporal is an alert within three minutes, until it is unpaused', async () => {
  const { positionId, workflowId } = await enter(world, namedCondor());
  // The entry is answered before its first watch begins.
  await watchedSince(world, positionId, 0);
  const client = await temporal();
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const watch = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchPosition');
  const target = { namespace: 'default', execution: { workflowId }, id: watch?.activityId ?? '', identity: 'a person' };
  const { workflowService } = client.connection;
  await workflowService.pauseActivity(target);
  await world.waitUntil('the alert', async () => (await stuck()).length > 0, ALERT_MS);
  expect(await stuck()).toEqual([`paused_outside ${positionId}`]);
  const said = await world.cli(['doctor', '--json']);
  expect(said.code).toBe(1);
  expect(said.stdout).toContain(`The activity watchPosition of ${workflowId} is paused in Temporal`);
  await workflowService.unpauseActivity(target);
  await world.waitUntil('its end', async () => (await stuck()).length === 0, ALERT_MS);
  expect((await world.cli(['doctor'])).stdout).toMatch(/ok +stuck +nothing; 1 positions are open/);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  const ever = await world.store.alerts.list({});
  expect(ever.filter(({ rule }) => Object.hasOwn(STUCK, rule))).toHaveLength(1);
}, 600_000);

/**
 * Losing the broker without losing the session, in the whole system: another session of the user has the market data, and the
 * gateway's Read-Only API is on. Both end outside Legwork, and the position continues by itself.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ended, enter, namedCondor, otherCondor } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import type { World } from '../support/world.js';
import { framesSince, isMessage, isOrder, mark, marketTime } from './support.js';

const PATIENCE_MS = 120_000;

let world: World;

beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world?.stop(), 90_000);

const active = async (rule: string) =>
  (await world.store.alerts.list({ statuses: ['ACTIVE'] })).filter((alert) => alert.rule === rule);

test('A3 an exit waits while a competing session has the data, and leaves when it ends, in the same session', async () => {
  const { positionId } = await enter(world, { ...namedCondor(), ignoreSignal: true });
  const from = mark(world.gateway);
  world.gateway.fault({ kind: 'marketData', state: 'competing' });
  const close = await world.client.close(positionId, { pricing: { kind: 'market' } });
  await marketTime(world, world.gateway.now() + 30_000);
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);
  world.gateway.fault({ kind: 'marketData', state: 'live' });
  expect(await close.wait({ timeoutMs: PATIENCE_MS })).toMatchObject({ kind: 'done', value: { result: 'CLOSED' } });
  await ended(world, positionId, PATIENCE_MS);
  expect(framesSince(world.gateway, from, isMessage('CONNECT', 'sys'))).toEqual([]);
  await world.agree();
});

test('A10 an exit waits while the gateway is read-only, an alert says what to untick, and it leaves when that is done', async () => {
  const { positionId } = await enter(world, { ...otherCondor(), ignoreSignal: true });
  const from = mark(world.gateway);
  world.gateway.fault({ kind: 'readOnly' });
  const close = await world.client.close(positionId, { pricing: { kind: 'market' } });
  const [alert] = await world.waitUntil('the alert tells it', async () => {
    const found = await active('read_only_api');
    return found.length > 0 && found;
  });
  expect(alert?.message).toContain('Untick "Read-Only API"');
  world.gateway.fault({ kind: 'readOnly', off: true });
  expect(await close.wait({ timeoutMs: PATIENCE_MS })).toMatchObject({ kind: 'done', value: { result: 'CLOSED' } });
  await ended(world, positionId, PATIENCE_MS);
  await world.waitUntil('the alert is taken back', async () => (await active('read_only_api')).length === 0);
  // The earlier refusals proved nothing: the gateway finally took one order, and no session was lost.
  expect(framesSince(world.gateway, from, isMessage('CONNECT', 'sys'))).toEqual([]);
  await world.agree();
});

/**
 * A leg without a bid: after a fall the call wing of a condor that is closed leg by leg cannot be sold. It stays offered at the
 * lowest price, is reported as held, and is sold once there is a bid.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ended, enter, otherCondor } from '../support/life.js';
import { MovedMarket } from '../support/market.js';
import { startStillWorld } from '../support/still-world.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

const PATIENCE_MS = 120_000;

let world: World;
const market = new MovedMarket(() => world);

beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world?.stop(), 90_000);

test('it is offered, an alert is raised, and it is sold once there is a bid', async () => {
  const { positionId } = await enter(world, { ...otherCondor({ mode: 'legs' }), ignoreSignal: true });
  market.move({ spotFactor: 0.9 });
  const close = await world.client.close(positionId, { pricing: { kind: 'market' } });
  const alerts = () => world.store.alerts.list({ positionId });
  const [alert] = await world.waitUntil(
    'it is told that nobody bids',
    async () => {
      const found = (await alerts()).filter(({ rule }) => rule === 'nobody_bids');
      return found.length > 0 && found;
    },
    PATIENCE_MS,
  );
  expect(alert).toMatchObject({ severity: 'NORMAL', count: 1 });
  expect(alert?.message).toBe(
    '1 SPY 20260417 729 CALL: offered at 0.01 until it trades or expires. Close it by hand, or leave it.',
  );
  const held = world.gateway.positions();
  expect(held).toMatchObject([{ quantity: 1, contract: { strike: 729, right: 'C' } }]);
  const execution = await world.client.execution(positionId);
  expect(execution).toMatchObject({ status: 'EXITING' });
  expect(execution.legs.filter(({ openQuantity }) => openQuantity !== 0)).toHaveLength(1);
  const [resting, ...others] = (await world.store.intents.list({ positionId })).filter(
    ({ state }) => state === 'WORKING',
  );
  expect(others).toEqual([]);
  expect(resting?.payload).toMatchObject({ quantity: 1, limitPrice: 10_000 });
  const shown = await world.cli(['alerts', '--json']);
  expect(shown.json.alerts).toContainEqual(expect.objectContaining({ rule: 'nobody_bids', positionId }));

  market.calmDown();
  const answered = await close.wait({ timeoutMs: PATIENCE_MS });
  expect(answered).toMatchObject({ kind: 'done', value: { result: 'CLOSED', openCombos: 0 } });
  await ended(world, positionId, PATIENCE_MS);
  expect(world.gateway.positions()).toEqual([]);
  expect((await alerts()).find(({ rule }) => rule === 'nobody_bids')?.status).toBe('RESOLVED');
  const ids = ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef);
  expect(ids).toEqual([...new Set(ids)]);
  await world.agree();
}, 300_000);

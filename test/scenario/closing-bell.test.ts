/**
 * Exits that are not done at the close, one of them filled in part: they do not go on at the evening's prices. Time-lapse; deaths of the
 * worker on such an evening are in closing-bell-deaths.test.ts.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closedInPart, closedNextDay, inSessions, opened, startAfternoon } from '../support/closing-bell.js';
import { cashOf } from '../support/expiring.js';
import { answerOf, dollars, ended, namedCondor } from '../support/life.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startAfternoon();
});
afterAll(() => world?.stop(), 90_000);

test('their orders are cancelled, nothing is sent or changed overnight, and they continue in the morning', async () => {
  const cash = await cashOf(world);
  const { positionId } = await opened(world, namedCondor({ ignoreSignal: true }));
  const part = await closedInPart(world);
  const exit = await world.client.close(positionId, { urgency: 'HIGH' });
  const [, evening] = await world.waitUntil(
    'its exit works in the morning',
    () => {
      const orders = ordersOf(world.gateway, positionId);
      return orders.length === 3 && orders;
    },
    60_000,
  );
  // Its walk would take two hours more.
  await world.client.close(positionId, { urgency: 'IMMEDIATE' });
  expect(await answerOf(Promise.resolve(exit), 60_000)).toMatchObject({ result: 'CLOSED', filledCombos: 1 });
  expect(evening?.frames.length).toBeGreaterThan(1);
  inSessions(world, positionId);
  const rows = [await ended(world, positionId), await closedNextDay(world, part)];
  const total = rows.reduce((sum, { realizedPnl }) => sum + dollars(realizedPnl), 0);
  expect(total).toBeCloseTo((await cashOf(world)) - cash, 6);
  await world.agree();
});

/**
 * An opening whose first order was not taken while the market moved: it is given up for that reason, like a working order, and is
 * not sent again at an old price.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { caught, isOrder, mark } from '../faults/support.js';
import { answerOf, ask, namedCondor } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import { sentOrders } from '../support/wire.js';
import type { World } from '../support/world.js';

const PATIENCE_MS = 120_000;

let world: World;

beforeAll(async () => {
  world = await startStillWorld();
}, 90_000);
afterAll(() => world?.stop(), 90_000);

test('an opening that is tried again after the market moved is given up', async () => {
  const from = mark(world.gateway);
  world.gateway.fault({ kind: 'rejectNext', on: 'new', code: 103, text: 'Duplicate order id' });
  const asked = await world.client.enter(ask(namedCondor({ ignoreSignal: true })));
  await caught(world.gateway, from, isOrder, PATIENCE_MS);
  world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 0.95, ivAdd: 0.08 });
  const { positionId = '', ...result } = await answerOf(Promise.resolve(asked), PATIENCE_MS);
  expect(result).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED' });
  expect(result.reasons.join(' ')).toContain('the market moved away while the order was worked');
  const intents = await world.store.intents.list({ positionId });
  expect(intents.map(({ attempt, state }) => [attempt, state])).toEqual([[1, 'EXPIRED']]);
  expect(sentOrders(world.gateway)).toHaveLength(1);
  expect(world.gateway.positions()).toEqual([]);
}, 240_000);

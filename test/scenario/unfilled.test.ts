/** An opening that does not fill: it is given up when its time is over, and the answer says so. Time-lapse. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerOf, ask, namedCondor } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const MINUTES = 5;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    stepped: true,
    scenario: {
      market: STILL,
      exchange: { fills: { atMid: 0, nearNatural: 0, displayedSize: false } },
    },
    settings: { rules: noRules(), orders: { entryMaxMinutes: MINUTES, entryWorstShare: 0.5 } },
  });
});
afterAll(() => world?.stop(), 90_000);

test.each([
  ['a walk, at its worst price', { kind: 'walk' }],
  ['a limit', { kind: 'limit', price: '3.95' }],
] as const)('%s', async (_what, pricing) => {
  const begun = world.gateway.now();
  const asked = ask({ ...namedCondor({ ignoreSignal: true }), pricing });
  const result = await answerOf(world.client.enter(asked), 120_000);
  expect(result).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED', filledCombos: 0 });
  expect(result.reasons).toEqual([expect.stringMatching(/not filled in its time/)]);
  expect(world.gateway.now() - begun).toBeGreaterThanOrEqual(MINUTES * 60_000);
  const { positionId = '' } = result;
  expect(ordersOf(world.gateway, positionId)).toHaveLength(1);
  expect(await world.store.intents.list({ positionId })).toMatchObject([{ state: 'CANCELLED' }]);
  expect(await world.client.execution(positionId)).toMatchObject({ status: 'FAILED' });
  expect(world.gateway.positions().filter(({ quantity }) => quantity !== 0)).toEqual([]);
  await world.agree();
});

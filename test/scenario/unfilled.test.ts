/** An opening that does not fill: it is given up when its time is over or trading is halted, and the answer says so. Time-lapse. */
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

test('a halt in the middle of its walk: the order is cancelled, and nothing more leaves', async () => {
  const asked = await world.client.enter(ask(namedCondor({ ignoreSignal: true })));
  const framesOf = (positionId: string) => ordersOf(world.gateway, positionId).flatMap(({ frames }) => frames);
  const { positionId } = await world.waitUntil('its second price is sent', async () =>
    (await world.store.executions.list({ open: true })).find((row) => framesOf(row.positionId).length >= 2),
  );
  expect((await world.cli(['halt', '--reason', 'a drill'])).code).toBe(0);
  const at = world.gateway.now();
  const result = await answerOf(Promise.resolve(asked), 60_000);
  expect(result).toMatchObject({ status: 'FAILED', filledCombos: 0 });
  expect(result.reasons.join(' ')).toMatch(/trading is HALTED: a drill/);
  expect(framesOf(positionId).filter((frame) => frame.at > at + 1_000)).toEqual([]);
  expect(await world.store.intents.list({ positionId })).toMatchObject([{ state: 'CANCELLED' }]);
  expect(ordersOf(world.gateway, positionId)).toHaveLength(1);
  // Cancelled long before its own time was over.
  expect(world.gateway.now() - at).toBeLessThan(60_000);
  expect((await world.cli(['activate', '--reason', 'the drill is over'])).code).toBe(0);
  await world.agree();
});

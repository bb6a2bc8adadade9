/**
 * The walk of an opening is fixed at its start: when the worker dies between the plan of the order and the step's answer, the next
 * one goes on with the prices that were planned, whatever the market shows by then. Time-lapse.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MortalWorker } from '../boundaries/mortal-worker.js';
import { answerOf, ask, namedCondor } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const MINUTES = 5;

let world: World;
let worker: MortalWorker;

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    stepped: true,
    worker: false,
    scenario: {
      market: STILL,
      exchange: { fills: { atMid: 0, nearNatural: 0, displayedSize: false } },
    },
    settings: { rules: noRules(), orders: { entryMaxMinutes: MINUTES, abandonMidMovePct: 1 } },
  });
  worker = new MortalWorker(world);
  worker.disarm();
  await worker.start();
}, 90_000);
afterAll(async () => {
  await worker?.kill();
  await world?.stop();
}, 90_000);

test('an opening whose worker died after its plan walks the prices of the plan', async () => {
  worker.dieAt('store.intents.plan:after', 1);
  const asked = await world.client.enter(ask(namedCondor({ ignoreSignal: true })));
  await world.waitUntil('a death', () => !worker.lives, 60_000);
  const [position] = await world.store.executions.list({});
  const { positionId = '' } = position ?? {};
  const planned = (await world.store.intents.list({ positionId }))[0]?.walk;
  // The condor brings less now: nobody takes its prices any more.
  world.gateway.set({ kind: 'shock', symbol: 'SPY', ivAdd: -0.01 });
  worker.disarm();
  await worker.start();
  expect(await answerOf(Promise.resolve(asked), 120_000)).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED' });
  const sent = ordersOf(world.gateway, positionId);
  expect(sent).toHaveLength(1);
  const prices = sent[0]?.frames.map(({ fields }) => Math.round(Number(fields.limitPrice) * 1_000_000));
  expect(prices?.length).toBeGreaterThan(2);
  expect(prices).toEqual([planned?.limit, ...(planned?.limits ?? [])]);
}, 240_000);

/**
 * The walk of an opening is fixed at its start: when the worker dies between the plan of the order and the step's answer, the next
 * one continues with the planned prices, whatever the market shows by then. Time-lapse.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KillableWorker } from '../boundaries/killable-worker.js';
import { answerOf, ask, namedCondor } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const MINUTES = 5;
const STEPS = 3;

let world: World;
let worker: KillableWorker;

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    stepped: true,
    worker: false,
    scenario: {
      market: STILL,
      exchange: { fills: { atMid: 0, nearNatural: 0, displayedSize: false } },
    },
    settings: {
      rules: noRules(),
      orders: { entryMaxMinutes: MINUTES, abandonMidMovePct: 1, walk: { normal: { steps: STEPS } } },
    },
  });
  worker = new KillableWorker(world);
  worker.disarm();
  await worker.start();
}, 90_000);
afterAll(async () => {
  await worker?.kill();
  await world?.stop();
}, 90_000);

/** Asks for an opening whose worker dies at the boundary, goes on with another one, and returns the prices planned and sent. */
async function walked(
  boundary: string,
  nth: number,
  whenDead: () => void,
): Promise<Record<'planned' | 'told', number[]>> {
  worker.dieAt(boundary, nth);
  const asked = await world.client.enter(ask(namedCondor({ ignoreSignal: true })));
  await world.waitUntil('a death', () => !worker.lives, 60_000);
  whenDead();
  worker.disarm();
  await worker.start();
  const { positionId = '', ...result } = await answerOf(Promise.resolve(asked), 120_000);
  expect(result).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED' });
  const [intent, another] = await world.store.intents.list({ positionId });
  expect(another).toBeUndefined();
  const { limit = 0, limits = [] } = intent?.walk ?? {};
  const sent = ordersOf(world.gateway, positionId);
  expect(sent).toHaveLength(1);
  const told = sent.flatMap(({ frames }) => frames.map(({ fields }) => Math.round(Number(fields.limitPrice) * 1e6)));
  return { planned: [limit, ...limits], told };
}

test('an opening whose worker died after its plan walks the prices of the plan', async () => {
  const { planned, told } = await walked('store.intents.plan:after', 1, () => {
    // The condor brings less now: its prices no longer fill.
    world.gateway.set({ kind: 'shock', symbol: 'SPY', ivAdd: -0.01 });
  });
  expect(planned).toHaveLength(STEPS);
  expect(told).toEqual(planned);
}, 240_000);

test('an opening whose worker died after a price was stored, before it was written, offers that price', async () => {
  const { planned, told } = await walked('broker.orders.modify:before', STEPS - 1, () => undefined);
  expect(planned).toHaveLength(STEPS);
  expect(told).toEqual(planned);
}, 240_000);

/**
 * kill -9 of the worker at every durable boundary of an entry and an exit whose changes the broker refuses: each order is cancelled,
 * settled and replaced by one at the next price. The boundaries are found by one ordinary life, as in kill-everywhere.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ordersOf } from '../support/wire.js';
import { startLane, stopLane, wrongWith } from './life.js';
import { ordinaryLife, type Passed, pointsOf } from './ordinary.js';
import { chosen, type Ground, paired, surviveAll } from './survive.js';

const SAMPLED_LIVES = 3;

/** Parts of an order fill one after another: a death between any two of these is a case of its own. */
const EVERY_PASSAGE: ReadonlySet<string> = new Set(['broker.says.fill']);
/** The additional boundaries of a replacement. */
const REPLACING = [
  'activity.cancelOrder',
  'broker.orders.cancel',
  'broker.orders.modify',
  'store.intents.replacePayload',
];

let ground: Ground;
let passed: Passed = { entry: [], exit: [] };

beforeAll(async () => {
  ground = { lane: await startLane({ refusesChanges: true }) };
}, 90_000);
afterAll(() => ground && stopLane(ground.lane), 60_000);

test('an ordinary life of replaced orders passes the boundaries of cancel and replace', async () => {
  const life = await ordinaryLife(ground.lane);
  passed = life.passed;
  expect(await wrongWith(ground.lane, life.positionId)).toEqual([]);
  const orders = ordersOf(ground.lane.world.gateway, life.positionId);
  expect(orders.length).toBeGreaterThan(2);
  const names = new Set([...passed.entry, ...passed.exit]);
  const replacing = REPLACING.flatMap((name) => [`${name}:before`, `${name}:after`]);
  expect([...replacing, 'broker.says.order.Cancelled'].filter((name) => !names.has(name))).toEqual([]);
}, 120_000);

test('a death at each of them neither doubles nor loses anything', async () => {
  const lives = paired(pointsOf('entry', passed.entry, EVERY_PASSAGE), pointsOf('exit', passed.exit, EVERY_PASSAGE));
  expect(await surviveAll(ground, chosen(lives, SAMPLED_LIVES))).toEqual([]);
}, 7_200_000);

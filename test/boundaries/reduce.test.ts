/**
 * kill -9 of the worker at every durable boundary of a reduction: one combo of two is closed, the other one stays and is closed by a
 * worker that lives. The boundaries are found by one ordinary life, as in kill-everywhere.
 *
 *     LEGWORK_BOUNDARIES=all npx jest test/boundaries/reduce    all of them; `1/3`, `2/3`, `3/3`: a share
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startLane, stopLane, wrongWith } from './life.js';
import { ordinaryLife, PASSED_BY_AN_ORDER, type Passed, pointsOf } from './ordinary.js';
import { chosen, type Ground, surviveAll } from './survive.js';

const SAMPLED_LIVES = 3;
const EVERY_PASSAGE: ReadonlySet<string> = new Set(['broker.says.fill']);
const REDUCING = ['activity.planExit', 'activity.recordExit', 'activity.settleRequest', 'store.requests.move'];

let ground: Ground;
let passed: Passed = { entry: [], exit: [] };

beforeAll(async () => {
  ground = { lane: await startLane({ leaving: 'reduce' }) };
}, 90_000);
afterAll(() => ground && stopLane(ground.lane), 60_000);

test('an ordinary reduction passes the boundaries that matter', async () => {
  const life = await ordinaryLife(ground.lane);
  passed = life.passed;
  expect(await wrongWith(ground.lane, life.positionId)).toEqual([]);
  const names = new Set(passed.exit);
  const wanted = [...PASSED_BY_AN_ORDER, ...REDUCING.flatMap((name) => [`${name}:before`, `${name}:after`])];
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
}, 120_000);

test('a death at each of them closes one combo once, and the rest later', async () => {
  const lives = pointsOf('exit', passed.exit, EVERY_PASSAGE).map((point) => [point]);
  expect(await surviveAll(ground, chosen(lives, SAMPLED_LIVES))).toEqual([]);
}, 7_200_000);

/**
 * kill -9 of the worker at every durable boundary of a roll: of the close of the old position, and once more of the building, starting
 * and opening of its successor. The boundaries are found by one ordinary life, as in kill-everywhere.
 *
 *     LEGWORK_BOUNDARIES=all npx jest test/boundaries/roll    all of them; `1/3`, `2/3`, `3/3`: a share
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startLane, stopLane, wrongWith } from './life.js';
import { ordinaryLife, PASSED_BY_AN_ORDER, type Passed, pointsOfRoll } from './ordinary.js';
import { chosen, type Ground, surviveAll } from './survive.js';

const SAMPLED_LIVES = 3;
const EVERY_PASSAGE: ReadonlySet<string> = new Set(['broker.says.fill']);
const ROLLING = [
  'activity.planExit',
  'activity.buildRoll',
  'store.executions.save_execution',
  'activity.recordOpening',
  'activity.settleRequest',
];

let ground: Ground;
let passed: Passed = { entry: [], exit: [] };

beforeAll(async () => {
  // Its successor fills as well, however long a death takes.
  ground = { lane: await startLane({ leaving: 'roll', orders: { entryWorstShare: 1 } }) };
}, 90_000);
afterAll(() => ground && stopLane(ground.lane), 60_000);

test('an ordinary roll passes the boundaries that matter, those of an order in both halves', async () => {
  const life = await ordinaryLife(ground.lane);
  passed = life.passed;
  expect(await wrongWith(ground.lane, life.positionId)).toEqual([]);
  const half = passed.exit.indexOf('activity.buildRoll:before');
  for (const names of [passed.exit.slice(0, half), passed.exit.slice(half)]) {
    expect(PASSED_BY_AN_ORDER.filter((name) => !names.includes(name))).toEqual([]);
  }
  const wanted = ROLLING.flatMap((name) => [`${name}:before`, `${name}:after`]);
  expect(wanted.filter((name) => !passed.exit.includes(name))).toEqual([]);
}, 120_000);

test('a death at each of them closes the old position once and opens its successor once', async () => {
  const lives = pointsOfRoll(passed.exit, EVERY_PASSAGE).map((point) => [point]);
  expect(await surviveAll(ground, chosen(lives, SAMPLED_LIVES))).toEqual([]);
}, 7_200_000);

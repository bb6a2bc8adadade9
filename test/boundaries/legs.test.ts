/**
 * kill -9 of the worker at every durable boundary of an entry that is worked leg by leg, of its exit, and of an unwinding. The
 * boundaries are found by one ordinary life and one ordinary unwinding, as in kill-everywhere.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ended } from '../support/life.js';
import { deathAtEach, ENTERED, EVERY_PASSAGE, enterHeld, legByLeg, rolesOf } from './held-leg.js';
import { type Lane, type Point, QUANTITY, startLane, stopLane, wrongWith } from './life.js';
import { ordinaryLife, PASSED_BY_AN_ORDER, type Passed, pointsOf } from './ordinary.js';
import { outlived, revived } from './outlive.js';
import { IS_SAMPLE } from './record.js';
import { chosen, type Ground, paired, surviveAll } from './survive.js';

const SAMPLED_LIVES = 3;
const SAMPLED_UNWINDINGS = 2;
const UNWOUND = ['unwind2', 'unwind1', 'unwind4'];

const at = (phase: Point['phase'], boundary: string, nth: number): Point => ({ phase, boundary, nth });
const IN_PARTS: readonly (readonly Point[])[] = [
  [at('entry', 'broker.says.fill', 1), at('exit', 'broker.says.fill', 2)],
  [at('entry', 'broker.says.fill', 4), at('exit', 'broker.says.fill', 3)],
  // An order that is planned, by a step that has not answered.
  [at('entry', 'store.intents.plan:after', 3), at('exit', 'broker.says.fill', 7)],
];

let ground: Ground;
let passed: Passed = { entry: [], exit: [] };
let unwinding: readonly string[] = [];

beforeAll(async () => {
  ground = { lane: await startLane(legByLeg('unwind')) };
}, 90_000);
afterAll(() => ground && stopLane(ground.lane), 60_000);

test('an ordinary life leg by leg passes the boundaries that matter', async () => {
  const { lane } = ground;
  const life = await ordinaryLife(lane);
  passed = life.passed;
  expect(await wrongWith(lane, life.positionId)).toEqual([]);
  expect(rolesOf(lane, life.positionId)).toEqual([...ENTERED, 'leg2', 'leg3', 'leg1', 'leg4']);
  for (const names of [passed.entry, passed.exit]) {
    const distinct = new Set(names);
    expect(PASSED_BY_AN_ORDER.filter((name) => !distinct.has(name))).toEqual([]);
    expect(names.filter((name) => name === 'broker.orders.place:after')).toHaveLength(ENTERED.length);
    // Two parts of each leg.
    expect(names.filter((name) => name === 'broker.says.fill')).toHaveLength(2 * ENTERED.length);
  }
  // One attempt for each leg, and one that finds nothing missing.
  expect(passed.entry.filter((name) => name === 'activity.planLegs:after')).toHaveLength(ENTERED.length + 1);
}, 120_000);

test('a death at each of them neither doubles nor loses a leg', async () => {
  const of = (phase: Point['phase']) => pointsOf(phase, passed[phase], EVERY_PASSAGE);
  expect(await surviveAll(ground, chosen(paired(of('entry'), of('exit')), SAMPLED_LIVES))).toEqual([]);
}, 7_200_000);

/** All of them are among the lives above when all are run. */
(IS_SAMPLE ? test : test.skip)(
  'nor does one when a leg has filled by half, or when some legs are whole',
  async () => {
    expect(await surviveAll(ground, IN_PARTS)).toEqual([]);
  },
  600_000,
);

/**
 * Enters with a short call that does not trade, so that the filled legs are unwound; `armed` is called when the broker reports
 * its order as over.
 */
async function unwindOnce(lane: Lane, armed: () => void): Promise<string> {
  const { world, worker } = lane;
  const { positionId, answer, release } = await enterHeld(lane);
  armed();
  const result = await outlived(lane, answer);
  await ended(world, positionId, 60_000);
  worker.disarm();
  await revived(lane);
  release();
  expect(result).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED', opening: { openCombos: 0, beyond: 0 } });
  expect(rolesOf(lane, positionId)).toEqual([...ENTERED, ...UNWOUND]);
  // Three legs, in and out.
  expect(await wrongWith(lane, positionId, { contracts: 2 * QUANTITY * UNWOUND.length })).toEqual([]);
  expect(await world.client.execution(positionId)).toMatchObject({ exitRule: 'unwound', openedCombos: 0 });
  await world.agree();
  return positionId;
}

test('an ordinary unwinding passes the boundaries that matter', async () => {
  const { lane } = ground;
  let read: () => readonly string[] = () => [];
  await unwindOnce(lane, () => {
    read = lane.worker.list();
  });
  unwinding = read();
  const distinct = new Set(unwinding);
  expect(PASSED_BY_AN_ORDER.filter((name) => !distinct.has(name))).toEqual([]);
  expect(unwinding.filter((name) => name === 'broker.says.fill')).toHaveLength(2 * UNWOUND.length);
}, 120_000);

test('a death at each of them unwinds the filled part, once', async () => {
  const points = chosen(pointsOf('entry', unwinding, EVERY_PASSAGE), SAMPLED_UNWINDINGS);
  expect(await deathAtEach(ground, points, 'unwinding', unwindOnce)).toEqual([]);
}, 7_200_000);

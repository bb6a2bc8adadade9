/**
 * kill -9 of the worker at every durable boundary of the order that completes a condor leg by leg: the short call does not fill in its
 * time and is worked on at worse prices. The boundaries are found by one ordinary completion, as in kill-everywhere.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ended } from '../support/life.js';
import { deathAtEach, ENTERED, EVERY_PASSAGE, enterHeld, legByLeg, rolesOf } from './held-leg.js';
import { closeOnce, type Lane, QUANTITY, startLane, stopLane, wrongWith } from './life.js';
import { PASSED_BY_AN_ORDER, pointsOf } from './ordinary.js';
import { outlived, revived } from './outlive.js';
import { chosen, type Ground } from './survive.js';

const SAMPLED = 2;

let ground: Ground;
let completing: readonly string[] = [];

beforeAll(async () => {
  ground = { lane: await startLane(legByLeg('complete')) };
}, 90_000);
afterAll(() => ground && stopLane(ground.lane), 60_000);

/** Enters, completes and closes; `armed` is called when the first order of the short call is over, `opened` with the answer. */
async function completeOnce(lane: Lane, armed: () => void, opened: () => void = () => undefined): Promise<void> {
  const { world, worker } = lane;
  const { positionId, answer, release } = await enterHeld(lane);
  armed();
  release();
  const result = await outlived(lane, answer);
  opened();
  worker.disarm();
  await revived(lane);
  const opening = { openCombos: QUANTITY, beyond: 0 };
  expect(result).toMatchObject({ status: 'OPENED', filledCombos: QUANTITY, opening });
  expect(rolesOf(lane, positionId)).toEqual([...ENTERED, 'leg3']);
  expect(await closeOnce(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, 60_000);
  expect(await wrongWith(lane, positionId)).toEqual([]);
  await world.agree();
}

test('an ordinary completion passes the boundaries that matter', async () => {
  let read: () => readonly string[] = () => [];
  await completeOnce(
    ground.lane,
    () => {
      read = ground.lane.worker.list();
    },
    () => {
      completing = read();
    },
  );
  const distinct = new Set(completing);
  expect(PASSED_BY_AN_ORDER.filter((name) => !distinct.has(name))).toEqual([]);
  expect(completing.filter((name) => name === 'broker.says.fill')).toHaveLength(2);
}, 120_000);

test('a death at each of them completes the condor, once', async () => {
  const points = chosen(pointsOf('entry', completing, EVERY_PASSAGE), SAMPLED);
  expect(await deathAtEach(ground, points, 'completing', completeOnce)).toEqual([]);
}, 7_200_000);

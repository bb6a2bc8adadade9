/**
 * kill -9 of the worker at every durable boundary of an entry and of an exit. The boundaries are not listed here: one
 * ordinary life is run with src/worker/crash-points.ts writing down what it passes, and each name is a place to die at.
 * Then the boundaries that only the settling of a death passes, each for a second death.
 *
 *     npx jest test/boundaries                        a seeded sample (LEGWORK_BOUNDARIES_SEED=N for another one)
 *     LEGWORK_BOUNDARIES=all npx jest test/boundaries all of them, an hour; `1/3`, `2/3`, `3/3`: a share
 *
 * (with NODE_OPTIONS=--experimental-vm-modules, after `npm run build`)
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ended } from '../support/life.js';
import { declaredBoundaries } from './declared.js';
import { liveThrough, type Point, startLane, stopLane, wrongWith } from './life.js';
import { ordinaryLife, PASSED_BY_AN_ORDER, type Passed, pointsOf } from './ordinary.js';
import { IS_SAMPLE } from './record.js';
import { chosen, type Ground, paired, surviveAll } from './survive.js';

const SAMPLED_LIVES = 3;

/** Parts of an order fill one after another: a death between any two of these is a case of its own. */
const EVERY_PASSAGE: ReadonlySet<string> = new Set(['broker.says.fill']);

/** Where a worker dies first, so that the next one has something to settle: an order unsent, sent, and half filled. */
const FIRST_DEATHS = [
  { boundary: 'store.intents.markSending:after', nth: 1 },
  { boundary: 'broker.orders.place:after', nth: 1 },
  { boundary: 'broker.says.fill', nth: 6 },
];

/**
 * Boundaries of the code that no ordinary life of a position passes, and the tests that do. A boundary that is added to
 * the code and not passed must be entered here with its tests.
 */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['activity.resolveOrder', 'store.intents.expireUnsent', 'store.leases.acquire', 'activity.revivePosition'].map(
      (name) => [name, 'a second death while the first one is being settled, below'],
    ),
  ),
  ...Object.fromEntries(
    ['activity.cancelOrder', 'broker.orders.cancel', 'activity.closeRequest'].map((name) => [
      name,
      'test/boundaries/cancelled: a death while an order is cancelled',
    ]),
  ),
  ...Object.fromEntries(
    ['activity.planBracket', 'activity.placeBracketOrder'].map((name) => [
      name,
      'test/boundaries/bracket: a death while a bracket is placed',
    ]),
  ),
  ...Object.fromEntries(
    ['activity.settlePositions', 'store.executions.holding', 'store.externalChanges.append'].map((name) => [
      name,
      'test/activities/settlement: taken again after a death, since what is in the ledger is looked for by id',
    ]),
  ),
  ...Object.fromEntries(
    ['activity.exerciseLeg', 'broker.orders.exercise', 'store.exercises.begin', 'store.exercises.end'].map((name) => [
      name,
      'test/activities/exercise: a death between commit and write leaves an instruction that is never sent again',
    ]),
  ),
  ...Object.fromEntries(
    ['activity.planLegs'].map((name) => [name, 'test/boundaries/legs: a death while legs are worked one by one']),
  ),
  ...Object.fromEntries(
    ['activity.previewEntry', 'activity.previewExit'].map((name) => [name, 'dry runs, which write nothing']),
  ),
  ...Object.fromEntries(
    ['activity.adjustProtection', 'store.intents.replacePayload'].map((name) => [
      name,
      'test/boundaries/adjusted: a death while what rests is given other prices, or a refusal of them is written down',
    ]),
  ),
  ...Object.fromEntries(
    ['activity.cancelByUser', 'store.intents.requestCancel'].map((name) => [
      name,
      'test/boundaries/cancelled-by-user: a death while a person cancels a working order',
    ]),
  ),
  ...Object.fromEntries(
    ['activity.planProtection', 'activity.deadlineAfter', 'activity.waitUntil'].map((name) => [
      name,
      'reads and waits of protection and rests; what they lead to is placed by the steps of this life',
    ]),
  ),
  ...Object.fromEntries(
    ['activity.buildRoll'].map((name) => [name, 'test/boundaries/roll: a death while a position is rolled']),
  ),
  ...Object.fromEntries(
    [
      'store.intents.attempts',
      'store.orders.get',
      'store.orders.ofPosition',
      'store.fills.ofExecutions',
      'store.exercises.unsettled',
      'store.absences.list',
      'store.decisions.countByRule',
      'store.intents.everSent',
      'store.executions.list',
      'store.executions.withShares',
      'store.externalChanges.ofPosition',
      'store.exercises.ofPosition',
      'store.decisions.ofSubject',
      'store.trading.history',
      'store.snapshots.latest',
      'store.snapshots.since',
      'store.snapshots.lastAt',
      'store.requests.get',
      'store.requests.queued',
      'store.entries.unfinished',
      'store.deliveries.due',
      'store.leases.current',
      'store.executions.symbols',
      'store.executions.halfRolled',
      'store.marketClock.estimate',
      'store.marketClock.reading',
      'activity.hasSearchAttributes',
      'activity.evaluatePosition',
      'activity.openPositionIds',
    ].map((name) => [name, 'reads for people, and at the start of a process']),
  ),
  ...Object.fromEntries(
    [
      'store.executions.setAttention',
      'store.executions.setPaused',
      'store.executions.saveMemory',
      'store.alerts.raise',
      'store.alerts.move',
      'store.alerts.end',
      'store.deliveries.done',
      'store.leases.release',
      'store.trading.set',
      'store.ownShares.note',
      'store.absences.note',
      'store.daySummaries.save',
      'store.marketClock.note',
      'activity.setAttention',
      'activity.setPaused',
      'activity.reconcileNow',
      'activity.failEntry',
    ].map((name) => [name, 'writes that move no order and no fill: what people see, and what they ask for']),
  ),
};

/** Checked by the clock, whatever a life does: it may begin as the life ends. */
const BY_THE_CLOCK: ReadonlySet<string> = new Set([
  'store.entries.unfinished',
  'store.leases.current',
  'store.snapshots.lastAt',
  'store.marketClock.reading',
  'store.alerts.list',
]);

let ground: Ground;
let passed: Passed = { entry: [], exit: [] };

beforeAll(async () => {
  ground = { lane: await startLane() };
}, 90_000);
afterAll(() => ground && stopLane(ground.lane), 60_000);

test('an ordinary life passes the boundaries that matter', async () => {
  const life = await ordinaryLife(ground.lane);
  passed = life.passed;
  expect(await wrongWith(ground.lane, life.positionId)).toEqual([]);
  for (const names of [passed.entry, passed.exit]) {
    const distinct = new Set(names);
    expect(PASSED_BY_AN_ORDER.filter((name) => !distinct.has(name))).toEqual([]);
    // Two parts of four legs and their combination each.
    expect(names.filter((name) => name === 'broker.says.fill')).toHaveLength(10);
  }
}, 60_000);

test('every boundary of the code is passed here, or listed with the test that passes it', async () => {
  const seen = new Set([...passed.entry, ...passed.exit].map((name) => name.replace(/:(before|after)$/, '')));
  const declared = await declaredBoundaries();
  const missing = declared.filter((name) => !seen.has(name));
  expect(missing.filter((name) => !(name in ELSEWHERE))).toEqual([]);
  expect(Object.keys(ELSEWHERE).filter((name) => !declared.includes(name))).toEqual([]);
  // Each is a place to die at before and after.
  const both = new Set([...passed.entry, ...passed.exit]);
  const half = declared.filter((name) => seen.has(name) && !(both.has(`${name}:before`) && both.has(`${name}:after`)));
  expect(half.filter((name) => !BY_THE_CLOCK.has(name))).toEqual([]);
});

test('a death at each of them neither doubles nor loses anything', async () => {
  const lives = paired(pointsOf('entry', passed.entry, EVERY_PASSAGE), pointsOf('exit', passed.exit, EVERY_PASSAGE));
  expect(await surviveAll(ground, chosen(lives, SAMPLED_LIVES))).toEqual([]);
}, 7_200_000);

/** Three lives only to find the boundaries of settling: too many for the sample. */
(IS_SAMPLE ? test.skip : test)(
  'nor does a second death while the first one is being settled',
  async () => {
    const found = new Set([...passed.entry, ...passed.exit]);
    const lives: (readonly Point[])[] = [];
    for (const death of chosen(FIRST_DEATHS, 1)) {
      const first: Point = { phase: 'entry', ...death };
      const after = pointsOf('entry', await passedAfter(first), EVERY_PASSAGE);
      const settling = after.filter(({ boundary }) => !found.has(boundary));
      for (const second of settling) found.add(second.boundary);
      lives.push(...settling.map((second) => [first, second]));
    }
    expect(lives.length).toBeGreaterThan(0);
    expect(await surviveAll(ground, lives)).toEqual([]);
  },
  7_200_000,
);

/** The boundaries that the next worker passes until the entry, in which the first one died, and the exit are over. */
async function passedAfter(first: Point): Promise<readonly string[]> {
  const { worker, world } = ground.lane;
  let after: () => readonly string[] = () => [];
  const whenDead = () => {
    after = worker.list();
  };
  const { positionId, missed, opened } = await liveThrough(ground.lane, [first], { whenDead });
  await ended(world, positionId, 60_000);
  worker.disarm();
  expect(missed).toEqual([]);
  expect(await wrongWith(ground.lane, positionId, { opened })).toEqual([]);
  return after();
}

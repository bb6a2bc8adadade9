/**
 * kill -9 of the worker at every durable boundary of an entry and of an exit. The boundaries are not listed here: one
 * ordinary life is run with src/worker/crash-points.ts writing down what it passes, and each name is a place to die at.
 *
 *     npx jest test/boundaries                        a seeded sample (LEGWORK_BOUNDARIES_SEED=N for another one)
 *     LEGWORK_BOUNDARIES=all npx jest test/boundaries all of them, half an hour; `1/3`, `2/3`, `3/3`: a share of them
 *
 * (with NODE_OPTIONS=--experimental-vm-modules, after `npm run build`)
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { drawFrom } from '../../src/chaos/random.js';
import { ended } from '../support/life.js';
import { type Lane, liveThrough, nameOf, type Phase, type Point, startLane, stopLane, wrongWith } from './life.js';

const CHOICE = process.env.LEGWORK_BOUNDARIES ?? 'sample';
const SEED = Number(process.env.LEGWORK_BOUNDARIES_SEED ?? 1);
const SAMPLED_LIVES = 3;

/** Parts of an order fill one after another: a death between any two of these is a case of its own. */
const EVERY_PASSAGE: ReadonlySet<string> = new Set(['broker.says.fill']);

let lane: Lane;
const passed: Record<Phase, readonly string[]> = { entry: [], exit: [] };

beforeAll(async () => {
  lane = await startLane();
}, 90_000);
afterAll(() => lane && stopLane(lane), 60_000);

test('an ordinary life passes the boundaries that matter', async () => {
  const { worker, world } = lane;
  const entry = worker.list();
  let exit: (() => readonly string[]) | undefined;
  const { positionId } = await liveThrough(lane, {}, () => {
    exit = worker.list();
  });
  await ended(world, positionId);
  passed.entry = entry();
  passed.exit = exit?.() ?? [];
  worker.disarm();
  expect(await wrongWith(lane, positionId)).toEqual([]);
  for (const names of [passed.entry, passed.exit]) {
    const distinct = new Set(names);
    const missing = [
      'activity.placeOrder:before',
      'store.intents.plan:before',
      'store.intents.plan:after',
      'store.intents.markSending:after',
      'broker.orders.place:before',
      'broker.orders.place:after',
      'broker.orders.modify:after',
      'broker.says.order.Submitted',
      'store.intents.mark:before',
      'store.intents.mark:after',
      'store.fills.append:before',
      'store.fills.append:after',
      'store.executions.applyLedger:before',
      'store.executions.applyLedger:after',
      'activity.placeOrder:after',
    ].filter((name) => !distinct.has(name));
    expect(missing).toEqual([]);
    // Two parts of four legs and their combination each.
    expect(names.filter((name) => name === 'broker.says.fill')).toHaveLength(10);
  }
}, 60_000);

test('a death at each of them neither doubles nor loses anything', async () => {
  const lives = chosen(pointsOf('entry'), pointsOf('exit'));
  const wrong: string[] = [];
  const missed: string[] = [];
  for (const [index, points] of lives.entries()) {
    const names = [points.entry, points.exit].map((point) => point && nameOf(point)).filter(Boolean);
    const begun = performance.now();
    try {
      const { positionId, fates } = await liveThrough(lane, points);
      await ended(lane.world, positionId, 60_000);
      missed.push(...fates.filter(({ fate }) => fate === 'missed').map(({ point }) => nameOf(point)));
      const found = await wrongWith(lane, positionId);
      await lane.world.agree();
      wrong.push(...found.map((text) => `${names.join(', ')}: ${text}`));
    } catch (error) {
      wrong.push(`${names.join(', ')}: ${String(error)}`);
      await stopLane(lane);
      lane = await startLane();
    }
    const seconds = Math.round((performance.now() - begun) / 1000);
    if (CHOICE !== 'sample') process.stderr.write(`${index + 1}/${lives.length} ${seconds} s ${names.join(', ')}\n`);
  }
  expect({ wrong, missed }).toEqual({ wrong: [], missed: [] });
}, 7_200_000);

/** Each distinct boundary of the phase once, and every fill. */
function pointsOf(phase: Phase): readonly Point[] {
  const seen = new Map<string, number>();
  return passed[phase].flatMap((boundary) => {
    const nth = (seen.get(boundary) ?? 0) + 1;
    seen.set(boundary, nth);
    return nth === 1 || EVERY_PASSAGE.has(boundary) ? [{ phase, boundary, nth }] : [];
  });
}

/** Lives with a death in the entry and one in the exit each. */
function chosen(
  entries: readonly Point[],
  exits: readonly Point[],
): readonly { readonly entry?: Point; readonly exit?: Point }[] {
  const [first, second] = CHOICE === 'sample' ? [shuffled(entries, SEED), shuffled(exits, SEED + 1)] : [entries, exits];
  const lives = Array.from({ length: Math.max(first.length, second.length) }, (_, index) => {
    const [entry, exit] = [first[index], second[index]];
    return { ...(entry && { entry }), ...(exit && { exit }) };
  });
  if (CHOICE === 'sample') return lives.slice(0, SAMPLED_LIVES);
  const [share = 1, shares = 1] = CHOICE === 'all' ? [] : CHOICE.split('/').map(Number);
  return lives.filter((_, index) => index % shares === share - 1);
}

function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const draw = drawFrom(seed);
  return items
    .map((item) => ({ item, at: draw.next() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}

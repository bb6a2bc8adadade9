/** Many lives in one world, each with its deaths; returns every violation as a sentence. */
import { drawFrom } from '../../chaos/random.js';
import { ended } from '../support/life.js';
import { isYoung, type Lane, liveThrough, nameOf, type Point, startLane, stopLane, wrongWith } from './life.js';
import { CHOICE, IS_SAMPLE, LivesRecord } from './record.js';

const SEED = Number(process.env.LEGWORK_BOUNDARIES_SEED ?? 1);

/** The world of a test; a new one takes its place after a life that did not end. */
export interface Ground {
  lane: Lane;
}

/**
 * The violations. A clock-driven point may be missed in a short life; one in ten may, and each is reported.
 */
export async function surviveAll(ground: Ground, lives: readonly (readonly Point[])[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  const missed: Point[] = [];
  const record = new LivesRecord();
  for (const [index, points] of lives.entries()) {
    const names = points.map(nameOf).join(', ');
    if (record.has(names)) continue;
    const before = wrong.length;
    const begun = performance.now();
    try {
      if (!isYoung(ground.lane)) await renew(ground);
      const life = await survive(ground.lane, points);
      missed.push(...life.missed);
      wrong.push(...life.wrong.map((text) => `${names}: ${text}`));
    } catch (error) {
      wrong.push(`${names}: ${String(error)}`);
      await renew(ground);
    }
    if (IS_SAMPLE) continue;
    const seconds = Math.round((performance.now() - begun) / 1000);
    if (wrong.length === before) record.add(names, seconds);
    process.stderr.write(`${index + 1} of ${lives.length} lives, ${wrong.length} wrong, ${seconds} s: ${names}\n`);
    for (const text of wrong.slice(before)) process.stderr.write(`${text}\n`);
  }
  const told = missed.map((point) => `${nameOf(point)} was never passed`);
  if (missed.length > Math.ceil(lives.flat().length / 10)) return [...wrong, ...told];
  for (const text of told) process.stderr.write(`${text}\n`);
  return wrong;
}

export async function renew(ground: Ground): Promise<void> {
  await stopLane(ground.lane);
  ground.lane = await startLane(ground.lane.options);
}

async function survive(
  lane: Lane,
  points: readonly Point[],
): Promise<{ readonly wrong: readonly string[]; readonly missed: readonly Point[] }> {
  const { positionId, missed, opened, next } = await liveThrough(lane, points);
  await ended(lane.world, positionId, 60_000);
  const wrong = [...(await wrongWith(lane, positionId, { opened, mayAskForAttention: next?.opened === false }))];
  if (next !== undefined) {
    await ended(lane.world, next.positionId, 60_000);
    wrong.push(...(await wrongWith(lane, next.positionId, { opened: next.opened })));
  }
  await lane.world.agree();
  return { wrong, missed };
}

/** The lives that are run: all of them, a share, or as many as `sampled` drawn by the seed. */
export function chosen<T>(lives: readonly T[], sampled: number): readonly T[] {
  if (IS_SAMPLE) return shuffled(lives, SEED).slice(0, sampled);
  const [share = 1, shares = 1] = CHOICE === 'all' ? [] : CHOICE.split('/').map(Number);
  return lives.filter((_, index) => index % shares === share - 1);
}

/** A death in the entry and one in the exit each, in an order of the seed. */
export function paired(entries: readonly Point[], exits: readonly Point[]): readonly (readonly Point[])[] {
  const [first, second] = [shuffled(entries, SEED), shuffled(exits, SEED + 1)];
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) =>
    [first[index], second[index]].filter((point) => point !== undefined),
  );
}

function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const draw = drawFrom(seed);
  return items
    .map((item) => ({ item, at: draw.next() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}

/**
 * A place activity that times out and wakes later writes nothing. The worker is stopped (SIGSTOP) during placing, another one takes
 * over the session and settles the order by evidence; then the first one resumes. LEGWORK_BOUNDARIES=all uses more places to stop at; a
 * step given to the stopped worker costs ten seconds each time.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sessionAt, sessionFacts } from 'market-time';
import { parseOrderRef } from '../../src/domain/ids.js';
import { BROKER_LEASE } from '../../src/store/leases.js';
import { ended } from '../support/life.js';
import { ordersOf, sentOrders } from '../support/wire.js';
import type { World } from '../support/world.js';
import { KillableWorker, standsBy } from './killable-worker.js';
import { closeOnce, enterOnce, isYoung, type Lane, startLane, stopLane, wrongWith } from './life.js';
import { eachLife, IS_SAMPLE } from './record.js';
import { chosen } from './survive.js';

/** A session of six and a half hours. */
const MORNING_MS = 2 * 3_600_000;
/** A worker that lost the session gives its running steps 45 seconds. */
const TAKEOVER_MS = 120_000;

let lane: Lane;
let holder: KillableWorker;
let other: KillableWorker;

beforeAll(begin, 120_000);
afterAll(end, 60_000);

async function begin(): Promise<void> {
  lane = await startLane({ snapshotSeconds: 30 });
  holder = lane.worker;
  other = new KillableWorker(lane.world, 'other');
  await other.startStandby();
}

async function end(): Promise<void> {
  await (holder === lane?.worker ? other : holder)?.kill();
  if (lane) await stopLane(lane);
}

const stands = (pid: number) =>
  execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('T');

/** Orders on the wire, each with its frames. */
const frames = () => sentOrders(lane.world.gateway).map((order) => `${order.orderRef} ${order.frames.length}`);

/**
 * Stops the holder at the boundary within the step and resumes it when the other worker `takesOver`; afterwards the two have swapped
 * roles. Returns the answer of the step and the boundaries that the late process passed.
 */
async function wakingLate<T>(
  boundary: string,
  step: () => Promise<T>,
  takesOver: (answer: Promise<T>, passedByOther: () => readonly string[]) => Promise<unknown>,
): Promise<{ readonly answer: T; readonly late: readonly string[] }> {
  const { world } = lane;
  const late = holder;
  late.standStillAt(boundary);
  const passedByOther = other.list();
  const answer = step();
  answer.catch(() => undefined);
  await world.waitUntil(`the worker stands at ${boundary}`, () => stands(late.pid), TAKEOVER_MS);
  await takesOver(answer, passedByOther);
  const passed = late.list();
  process.kill(late.pid, 'SIGCONT');
  // It stands by only when its activities have ended, including the late one.
  await world.waitUntil('the late worker stands by', () => standsBy(passed()), TAKEOVER_MS);
  late.disarm();
  other.disarm();
  [holder, other] = [other, late];
  return { answer: await answer, late: passed() };
}

/** The other worker has the lease and settles the order by evidence: the place activity has timed out. */
async function untilTakenOver(passedByOther: () => readonly string[]): Promise<void> {
  const { world } = lane;
  await world.waitUntil(
    'the other worker has the lease and settles the order',
    async () => {
      const lease = await world.store.leases.current(BROKER_LEASE);
      const holds = lease?.holder.startsWith(`${other.pid}-`) === true;
      return holds && passedByOther().includes('activity.resolveOrder:before');
    },
    TAKEOVER_MS,
  );
}

async function stall<T>({ at, session }: Stall, step: () => Promise<T>): Promise<T> {
  let before: readonly string[] = [];
  const { answer, late } = await wakingLate(at, step, async (under, passedByOther) => {
    if (session === 'ended') {
      // The other one connects and completes the step while this one is still stopped.
      lane.world.gateway.fault({ kind: 'drop' });
      await under;
    }
    await untilTakenOver(passedByOther);
    before = frames();
  });
  if (session === 'ended') expect(frames()).toEqual(before);
  const inTheTick = at === 'broker.orders.place:before';
  expect({
    writes: late.includes('broker.orders.place:before'),
    goesOn: late.includes('broker.orders.place:after'),
  }).toEqual({ writes: false, goesOn: inTheTick });
  return answer;
}

interface Stall {
  readonly at: string;
  /**
   * The broker's treatment of the stopped worker's session. While it is kept, no other session with its client id is admitted, so no
   * worker can prove an order absent that this one may still write.
   */
  readonly session: 'ended' | 'kept';
}

/** Boundaries first passed while an order is placed, up to its write: a step stopped there is stopped in placing. */
function placing(names: readonly string[]): readonly string[] {
  const from = names.indexOf('activity.placeOrder:before');
  const to = names.indexOf('broker.orders.place:before');
  const inside = names.slice(from + 1, to + 1);
  return [...new Set(inside)].filter((name) => /^(store|broker)\./.test(name) && names.indexOf(name) > from);
}

const found: Record<'entry' | 'exit', readonly string[]> = { entry: [], exit: [] };

test('an ordinary life shows the boundaries at which placing can stop', async () => {
  const { world } = lane;
  const entry = holder.list();
  const positionId = await enterOnce(lane);
  found.entry = placing(entry());
  const exit = holder.list();
  await closeOnce(world, positionId);
  await ended(world, positionId, 60_000);
  found.exit = placing(exit());
  holder.disarm();
  const write = ['store.intents.markSending:before', 'store.intents.markSending:after', 'broker.orders.place:before'];
  for (const names of [found.entry, found.exit]) expect(names).toEqual(expect.arrayContaining(write));
}, 180_000);

/**
 * The clock runs on while a position is watched, and a close requested at night waits for the open: a step without an order. So it is
 * requested when most of the session is still to come.
 */
async function morning(world: World): Promise<void> {
  const isEarly = () => {
    const now = world.gateway.now();
    const { isOpen, sinceOpenMs } = sessionFacts(now, sessionAt(now, 'SPY', '20260417', []));
    return isOpen && sinceOpenMs < MORNING_MS;
  };
  await world.waitUntil('the market has opened', isEarly, TAKEOVER_MS);
}

interface Life {
  readonly entry: Stall;
  readonly exit: Stall;
}

/** Each boundary of an entry with one of an exit; the sample covers the most critical ones. */
function lives(): readonly Life[] {
  const sample = {
    entry: { at: 'store.intents.markSending:after', session: 'ended' },
    exit: { at: 'broker.orders.place:before', session: 'kept' },
  } as const;
  if (IS_SAMPLE) return [sample];
  const { entry, exit } = found;
  const all = Array.from(
    { length: Math.max(entry.length, exit.length) },
    (_, index): Life => ({
      entry: { at: entry[index % entry.length] ?? '', session: index % 2 === 0 ? 'ended' : 'kept' },
      exit: { at: exit[(index + 1) % exit.length] ?? '', session: index % 2 === 0 ? 'kept' : 'ended' },
    }),
  );
  return chosen(all, all.length);
}

test('placing that is suspended at any of them and resumes late writes nothing: one order each', async () => {
  const nameOf = ({ entry, exit }: Life) => `${entry.at} (${entry.session}), ${exit.at} (${exit.session})`;
  await eachLife(lives(), nameOf, async ({ entry, exit }) => {
    if (!isYoung(lane)) {
      await end();
      await begin();
    }
    process.stderr.write(`placing stands at ${entry.at} (${entry.session}) and ${exit.at} (${exit.session})\n`);
    const { world } = lane;
    const positionId = await stall(entry, () => enterOnce(lane));
    await morning(world);
    const outcome = await stall(exit, () => closeOnce(world, positionId));
    expect(outcome).toMatchObject({ result: 'CLOSED', openCombos: 0 });
    await ended(world, positionId, 60_000);
    expect(await wrongWith(lane, positionId)).toEqual([]);
    await world.agree();
    // On a slow machine an order's own time may be over when it is written: it ends unfilled, and the next attempt fills.
    const intents = await world.store.intents.list({ positionId });
    expect(intents.filter(({ state }) => state === 'FILLED').map(({ step }) => step)).toEqual([2, 1]);
    const sent = ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef);
    expect(sent).toEqual([...new Set(sent)]);
    expect(new Set(sent.map((ref) => parseOrderRef(ref)?.step))).toEqual(new Set([1, 2]));
  });
}, 3_600_000);

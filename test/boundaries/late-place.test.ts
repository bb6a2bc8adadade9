/**
 * A place activity that times out and wakes later writes nothing. The worker is stopped (SIGSTOP) in the middle of placing,
 * another one takes the session over and settles the order by evidence; then the first one goes on where it stood.
 * LEGWORK_BOUNDARIES=all takes more places to stand at; a step given to the worker that stands costs ten seconds each time.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseOrderRef } from '../../src/domain/ids.js';
import { LEASE_NAME } from '../../src/worker/lease.js';
import { ended } from '../support/life.js';
import { ordersOf, sentOrders } from '../support/wire.js';
import { closeOnce, enterOnce, type Lane, startLane, stopLane, wrongWith } from './life.js';
import { MortalWorker, standsBy } from './mortal-worker.js';
import { IS_SAMPLE } from './survive.js';

/** A worker that lost the session gives its running steps 45 seconds. */
const TAKEOVER_MS = 120_000;

let lane: Lane;
let holder: MortalWorker;
let other: MortalWorker;

beforeAll(async () => {
  lane = await startLane();
  holder = lane.worker;
  other = new MortalWorker(lane.world, 'other');
  await other.startStandby();
}, 120_000);
afterAll(async () => {
  await other?.kill();
  if (lane) await stopLane(lane);
}, 60_000);

const stands = (pid: number) =>
  execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('T');

/** Orders on the wire, each with the frames of it. */
const frames = () => sentOrders(lane.world.gateway).map((order) => `${order.orderRef} ${order.frames.length}`);

/**
 * Stops the holder at the boundary within the step and lets it go on when the other worker `takesOver`; afterwards the two
 * have changed their parts. Returns the answer of the step and what the late process passed.
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
  // It stands by only when its activities have ended, the late one included.
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
      const lease = await world.store.leases.current(LEASE_NAME);
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
      // The other one connects and brings the step to its end while this one still stands.
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
  readonly at: 'store.intents.markSending:before' | 'store.intents.markSending:after' | 'broker.orders.place:before';
  /**
   * What the broker does with the session of the worker that stands still. While it is kept no other one of the client id
   * is admitted, so nobody can prove an order absent which this worker may still write.
   */
  readonly session: 'ended' | 'kept';
}

const LIVES: readonly { readonly entry: Stall; readonly exit: Stall }[] = [
  {
    entry: { at: 'store.intents.markSending:after', session: 'ended' },
    exit: { at: 'broker.orders.place:before', session: 'kept' },
  },
  {
    entry: { at: 'broker.orders.place:before', session: 'ended' },
    exit: { at: 'store.intents.markSending:before', session: 'kept' },
  },
  {
    entry: { at: 'store.intents.markSending:before', session: 'ended' },
    exit: { at: 'store.intents.markSending:after', session: 'kept' },
  },
];

test.each(IS_SAMPLE ? LIVES.slice(0, 1) : LIVES)(
  'placing stands at $entry.at and $exit.at: one order each',
  async ({ entry, exit }) => {
    const { world } = lane;
    const positionId = await stall(entry, () => enterOnce(world));
    const outcome = await stall(exit, () => closeOnce(world, positionId));
    expect(outcome).toMatchObject({ result: 'CLOSED', openCombos: 0 });
    await ended(world, positionId, 60_000);
    expect(await wrongWith(lane, positionId)).toEqual([]);
    await world.agree();
    const steps = ordersOf(world.gateway, positionId).map(({ orderRef }) => parseOrderRef(orderRef)?.step);
    expect(steps).toEqual([...new Set(steps)]);
    expect(steps).toHaveLength(2);
  },
  600_000,
);

/**
 * A place activity that times out and wakes later writes nothing. The worker is stopped (SIGSTOP) in the middle of placing,
 * another one takes the session over and settles the order by evidence; then the first one goes on where it stood.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LEASE_NAME } from '../../src/worker/lease.js';
import { ended } from '../support/life.js';
import { sentOrders } from '../support/wire.js';
import { closeOnce, enterOnce, type Lane, startLane, stopLane, wrongWith } from './life.js';
import { MortalWorker, standsBy } from './mortal-worker.js';

const TAKEOVER_MS = 60_000;

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

/** The broker has ended the session of the worker that stands still; the other one brings the step to its end. */
async function withoutItsSession(answer: Promise<unknown>): Promise<void> {
  lane.world.gateway.fault({ kind: 'drop' });
  await answer;
}

/** The broker keeps that session, so that the other one has the lease and cannot connect. */
async function withItsSession(_answer: Promise<unknown>, passedByOther: () => readonly string[]): Promise<void> {
  const { world } = lane;
  await world.waitUntil(
    'the other worker has the lease and settles the order',
    async () => {
      const lease = await world.store.leases.current(LEASE_NAME);
      return (
        lease?.holder.startsWith(`${other.pid}-`) === true && passedByOther().includes('activity.resolveOrder:before')
      );
    },
    TAKEOVER_MS,
  );
}

async function expectWhole(positionId: string): Promise<void> {
  await ended(lane.world, positionId, 60_000);
  expect(await wrongWith(lane, positionId)).toEqual([]);
  await lane.world.agree();
}

test('before and after SENDING: the late step sends nothing', async () => {
  const { world } = lane;
  let before: readonly string[] = [];
  const seen = async (answer: Promise<unknown>) => {
    await withoutItsSession(answer);
    before = frames();
  };
  const entry = await wakingLate('store.intents.markSending:before', () => enterOnce(world), seen);
  expect(frames()).toEqual(before);
  expect(entry.late).not.toContain('broker.orders.place:before');
  const positionId = entry.answer;

  const exit = await wakingLate('store.intents.markSending:after', () => closeOnce(world, positionId), seen);
  expect(frames()).toEqual(before);
  expect(exit.late).not.toContain('broker.orders.place:before');
  expect(exit.answer).toMatchObject({ result: 'CLOSED', openCombos: 0 });
  await expectWhole(positionId);
  const refs = sentOrders(world.gateway).map(({ orderRef }) => orderRef);
  expect(
    refs.filter((orderRef) => orderRef.includes(positionId)).map((orderRef) => orderRef.split('|').at(-1)),
  ).toEqual(['2', '2']);
}, 240_000);

test('in the very tick of the write: what is written late goes nowhere, or is the one order', async () => {
  const { world } = lane;
  let before: readonly string[] = [];
  const entry = await wakingLate(
    'broker.orders.place:before',
    () => enterOnce(world),
    async (answer) => {
      await withoutItsSession(answer);
      before = frames();
    },
  );
  expect(frames()).toEqual(before);
  const positionId = entry.answer;

  // The broker admits one session of a client id: while the late one lives, absence cannot be proved by anybody.
  const exit = await wakingLate('broker.orders.place:before', () => closeOnce(world, positionId), withItsSession);
  expect(exit.late).toContain('broker.orders.place:after');
  expect(exit.answer).toMatchObject({ result: 'CLOSED', openCombos: 0 });
  await expectWhole(positionId);
  const refs = sentOrders(world.gateway).map(({ orderRef }) => orderRef);
  expect(
    refs.filter((orderRef) => orderRef.includes(positionId)).map((orderRef) => orderRef.split('|').at(-1)),
  ).toEqual(['2', '1']);
}, 240_000);

/**
 * kill -9 of the worker at every durable boundary of a bracket, from the request until its children rest. The boundaries are found
 * by one ordinary bracket, as in kill-everywhere.
 */
import { expect, test } from '@jest/globals';
import { answerOf, ask, close, dollars, ended, legFills, namedCondor } from '../support/life.js';
import { ordersOf } from '../support/wire.js';
import { ANSWER_MS, FILLS_FOR_SURE, ordersFilled } from './life.js';
import { oneLane } from './one-lane.js';
import { outlived, revived } from './outlive.js';
import { eachLife } from './record.js';
import { chosen } from './survive.js';

const lane = oneLane({ speed: 10, ...FILLS_FOR_SURE });

const SAMPLED = 3;

let boundaries: readonly string[] = [];

/** Enters by a bracket, waits until its children rest, closes; `rests` is called in between. */
async function liveOnce(armed: () => void, rests: () => void = () => undefined): Promise<void> {
  await lane.keepYoung();
  const { world, worker } = lane;
  armed();
  const protection = { protective: 'combo', target: 0.95, bracket: true } as const;
  const asked = ask(namedCondor({ ignoreSignal: true, protection }));
  const { positionId = '', ...result } = await outlived(lane, answerOf(world.client.enter(asked), ANSWER_MS));
  expect(`${result.status}: ${result.reasons.join(' ')}`).toMatch(/^OPENED/);
  const { entryNet } = await world.waitUntil('the opening is recorded', async () => {
    const row = await world.store.executions.get_execution(positionId);
    return row?.entryNet !== undefined && row;
  });
  await world.waitUntil(
    'both children rest, at the prices of the fill',
    async () => {
      await revived(lane);
      const resting = await world.store.intents.unsettled(positionId);
      const rest = resting.length === 2 && resting.every(({ state, role }) => state === 'WORKING' && role !== 'combo');
      return rest && resting.every(({ orderId }) => isPricedBy(positionId, orderId, dollars(entryNet)));
    },
    ANSWER_MS,
  );
  rests();
  worker.disarm();
  // It may have died after its last write, while the test was checking.
  expect(await outlived(lane, close(world, positionId))).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, ANSWER_MS);
  // No two orders of one intent filled, and the position was closed once.
  const fills = await legFills(world, positionId);
  expect([...ordersFilled(fills).values()].map((ids) => ids.size)).toEqual([1, 1]);
  expect(fills.reduce((sum, fill) => sum + fill.quantity, 0)).toBe(8);
  expect(world.gateway.positions().filter(({ quantity }) => quantity !== 0)).toEqual([]);
  await world.agree(30_000);
}

/** The price last sent for the order: 2.5 times the credit, or a twentieth of it. */
function isPricedBy(positionId: string, orderId: number | undefined, credit: number): boolean {
  const order = ordersOf(lane.world.gateway, positionId).find((one) => one.orderId === orderId);
  const { auxPrice, limitPrice, orderType } = order?.frames.at(-1)?.fields ?? {};
  const off = orderType === 'LMT' ? credit * 0.05 - Number(limitPrice) : Number(auxPrice) - credit * 2.5;
  return off > -0.001 && off < 0.011;
}

test('an ordinary bracket passes the boundaries that matter', async () => {
  let read: () => readonly string[] = () => [];
  let names: readonly string[] = [];
  await liveOnce(
    () => {
      read = lane.worker.list();
    },
    () => {
      names = read();
    },
  );
  lane.worker.disarm();
  const first = names.indexOf('activity.planBracket:before');
  boundaries = [...new Set(names.slice(first))];
  expect(boundaries).toEqual(
    expect.arrayContaining([
      'activity.planBracket:before',
      'activity.planBracket:after',
      'activity.placeBracketOrder:before',
      'store.intents.markSending:after',
      'broker.orders.place:before',
      'broker.orders.place:after',
      'broker.says.fill',
      'activity.placeBracketOrder:after',
    ]),
  );
  expect(names.slice(first).filter((name) => name === 'broker.orders.place:before')).toHaveLength(3);
}, 240_000);

test('a death at each of them leaves one order per intent, protected and closed once', async () => {
  // One tick writes three orders: a death between them leaves a bracket that the broker holds back.
  const points = [
    ...boundaries.map((boundary) => ({ boundary, nth: 1 })),
    ...[2, 3].map((nth) => ({ boundary: 'broker.orders.place:before', nth })),
  ];
  await eachLife(
    chosen(points, SAMPLED),
    ({ boundary, nth }) => `${boundary}#${nth}`,
    async ({ boundary, nth }) => {
      process.stderr.write(`a bracket, a death at ${boundary}#${nth}\n`);
      await liveOnce(() => lane.worker.dieAt(boundary, nth));
    },
  );
}, 3_600_000);

test('a death between the writes of one tick', async () => {
  await liveOnce(() => lane.worker.dieAt('broker.orders.place:before', 3));
}, 400_000);

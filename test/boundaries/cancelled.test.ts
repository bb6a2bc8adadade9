/**
 * kill -9 of the worker at every durable boundary of cancelling an order: an entry works, and its position is asked to close.
 * The boundaries are found by one ordinary cancel, as in kill-everywhere.
 */
import { expect, test } from '@jest/globals';
import { rest } from '../faults/support.js';
import { answerOf } from '../support/life.js';
import { sentOrders } from '../support/wire.js';
import { ANSWER_MS } from './life.js';
import { oneLane } from './one-lane.js';
import { outlived, revived } from './outlive.js';
import { eachLife } from './record.js';
import { chosen } from './survive.js';

const lane = oneLane({ speed: 5 });

const SAMPLED = 3;

let boundaries: readonly string[] = [];

/** Rests an entry, asks to close it, and waits until the entry has answered; `armed` is called in between. */
async function cancelOnce(armed: () => void): Promise<void> {
  await lane.keepYoung();
  const { world, worker } = lane;
  const { positionId, entry } = await rest(world);
  armed();
  const close = world.client.close(positionId);
  close.catch(() => undefined);
  expect(await outlived(lane, answerOf(Promise.resolve(entry), ANSWER_MS))).toMatchObject({ filledCombos: 0 });
  worker.disarm();
  await revived(lane);
  // One order of one id, dead at the broker and known to be so.
  const sent = sentOrders(world.gateway).filter(({ orderRef }) => orderRef.includes(positionId));
  expect(sent).toHaveLength(1);
  expect(await world.store.intents.list({ positionId })).toMatchObject([{ state: 'CANCELLED' }]);
  expect(world.gateway.positions().filter(({ quantity }) => quantity !== 0)).toEqual([]);
  await world.agree(30_000);
}

test('an ordinary cancel passes the boundaries that matter', async () => {
  let read: () => readonly string[] = () => [];
  await cancelOnce(() => {
    read = lane.worker.list();
  });
  const names = read();
  lane.worker.disarm();
  // From the request until the order is known to be dead.
  const last = names.lastIndexOf('activity.cancelOrder:after');
  boundaries = [...new Set(names.slice(0, last + 1))];
  expect(boundaries).toEqual(
    expect.arrayContaining([
      'activity.cancelOrder:before',
      'broker.orders.cancel:before',
      'broker.orders.cancel:after',
      'broker.says.order.Cancelled',
      'store.intents.mark:before',
      'store.intents.mark:after',
      'activity.cancelOrder:after',
    ]),
  );
}, 120_000);

test('a death at each of them leaves one order, known to be cancelled', async () => {
  await eachLife(chosen(boundaries, SAMPLED), String, async (boundary) => {
    process.stderr.write(`cancelling, a death at ${boundary}\n`);
    await cancelOnce(() => lane.worker.dieAt(boundary, 1));
  });
}, 3_600_000);

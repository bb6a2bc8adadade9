/**
 * kill -9 of the worker at every durable boundary of a person's cancel of a resting stop: the stop is gone, its position is watched
 * on, and when its resting orders are resized the stop is not placed again. The boundaries are found by one ordinary cancel.
 */
import { expect, test } from '@jest/globals';
import { answerOf, ask, close, ended, namedCondor } from '../support/life.js';
import { ordersOf } from '../support/wire.js';
import { FILLS_FOR_SURE } from './life.js';
import { oneLane } from './one-lane.js';
import { outlived } from './outlive.js';
import { eachLife } from './record.js';
import { chosen } from './survive.js';

const lane = oneLane({ speed: 10, ...FILLS_FOR_SURE });

const SAMPLED = 3;
const PATIENCE_MS = 180_000;

let boundaries: readonly string[] = [];

/** References of the resting orders for this many combos, once they have these roles and all are acknowledged. */
async function resting(positionId: string, roles: string, quantity: number): Promise<readonly string[]> {
  return await lane.world.waitUntil(
    `${roles} for ${quantity} rest`,
    async () => {
      const rows = await lane.world.store.intents.unsettled(positionId);
      const rest = rows.filter(({ state, payload }) => state === 'WORKING' && payload.quantity === quantity);
      const found = rest.map(({ role }) => role).sort();
      return rows.length === rest.length && found.join() === roles && rest.map(({ orderRef }) => orderRef).sort();
    },
    PATIENCE_MS,
  );
}

/** Enters two combos with a stop and a target, cancels the stop, resizes, closes; `armed` comes right before the cancel. */
async function cancelOnce(armed: () => void, over: () => void = () => undefined): Promise<void> {
  await lane.keepYoung();
  const { world, worker } = lane;
  const protection = { protective: 'combo', target: 0.95 } as const;
  const entry = await world.client.enter(ask(namedCondor({ quantity: 2, ignoreSignal: true, protection })));
  const { positionId = '' } = await answerOf(Promise.resolve(entry), PATIENCE_MS);
  const [stop = ''] = await resting(positionId, 'stop,target', 2);
  armed();
  const { reason } = await outlived(lane, answerOf(world.client.cancelOrder(stop), PATIENCE_MS));
  over();
  worker.disarm();
  // A step that died between its last write and its answer finds the order already over.
  expect(reason).toMatch(/^Cancelled with 0 filled\. It is not placed again|^It is CANCELLED, cancelled by a person/);
  expect(await world.store.intents.get(stop)).toMatchObject({ state: 'CANCELLED', reason: 'cancelled by a person' });
  await resting(positionId, 'target', 2);
  // Every reason to place a missing order: from now on one combo rests.
  await answerOf(world.client.reduce(positionId, 0.5, { pricing: { kind: 'market' } }), PATIENCE_MS);
  await resting(positionId, 'target', 1);
  expect(ordersOf(world.gateway, positionId).filter(({ orderRef }) => orderRef.includes('|stop|'))).toHaveLength(1);
  await world.waitUntil('the position is watched', async () => {
    const watched = await world.store.snapshots.latest(positionId);
    return watched !== undefined && watched.at > (await world.client.execution(positionId)).createdAt;
  });
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, PATIENCE_MS);
  expect(world.gateway.positions().filter(({ quantity }) => quantity !== 0)).toEqual([]);
  await world.agree(30_000);
}

test('an ordinary cancel stores the request before anything is sent', async () => {
  let read: () => readonly string[] = () => [];
  let names: readonly string[] = [];
  await cancelOnce(
    () => {
      read = lane.worker.list();
    },
    () => {
      names = read();
    },
  );
  const first = names.indexOf('activity.cancelByUser:before');
  const last = names.lastIndexOf('activity.cancelByUser:after');
  const passed = names.slice(first, last + 1);
  boundaries = [...new Set(passed)];
  expect(boundaries).toEqual(
    expect.arrayContaining([
      'store.intents.requestCancel:before',
      'store.intents.requestCancel:after',
      'broker.orders.cancel:before',
      'broker.orders.cancel:after',
      'broker.says.order.Cancelled',
      'store.intents.mark:before',
      'store.intents.mark:after',
      'activity.cancelByUser:after',
    ]),
  );
  expect(passed.indexOf('store.intents.requestCancel:after')).toBeLessThan(
    passed.indexOf('broker.orders.cancel:before'),
  );
}, 240_000);

test('a death at each of them: the stop is not placed again', async () => {
  await eachLife(chosen(boundaries, SAMPLED), String, async (boundary) => {
    process.stderr.write(`taking away, a death at ${boundary}\n`);
    await cancelOnce(() => lane.worker.dieAt(boundary, 1));
  });
}, 3_600_000);

// The end that the broker reports, and what this process makes of it, are two marks of the intent.
test.each([
  ['broker.orders.cancel:after', 1],
  ['store.intents.mark:after', 1],
  ['store.intents.mark:before', 2],
])(
  'a death at %s#%i, after the cancel was sent and before its reason was stored',
  async (boundary, nth) => {
    await cancelOnce(() => lane.worker.dieAt(boundary, nth));
  },
  400_000,
);

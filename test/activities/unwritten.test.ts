/**
 * A change of a live order that was committed and not written, in a session that has changed the order before: the answer of the
 * commit was lost with its database connection. The real broker adapter over TCP, the real database.
 */
import { expect, test } from '@jest/globals';
import { isUnwritten, modifyOrder } from '../../src/activities/orders/modify.js';
import { payloadHash } from '../../src/activities/orders/payload-hash.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import { ACCOUNT, until } from '../broker/support.js';
import { intent, NOW, testServer } from '../store/support.js';
import { ordersOf } from '../support/wire.js';
import { resting, stages } from './stage.js';

const server = testServer();
const { staged } = stages(server);

test('it is written by the next try, and what was written is not written again', async () => {
  const { world, deps, tracker, condor, positionId, refs } = await staged();
  const { store } = server;
  const [orderRef] = refs;
  const { epoch } = world.broker.state();
  const first = resting(condor, positionId);
  const dearer = (ticks: number): OrderPayload => ({ ...first, limitPrice: (first.limitPrice ?? 0) + ticks * 10_000 });
  const stored = async () => {
    const row = await store.intents.get(orderRef);
    if (row === undefined) throw new Error('no intent');
    return row;
  };
  const shows = (payload: OrderPayload) => until(() => tracker.get(orderRef)?.order?.limitPrice === payload.limitPrice);

  const token = (await store.leases.acquire('broker', 'a-test', 60_000)) ?? 0;
  await store.intents.plan(intent(positionId, { orderRef, payload: first, payloadHash: payloadHash(first) }), NOW);
  const orderId = world.broker.orders.allocateOrderId(0);
  const sending = { orderId, clientId: 7, sessionEpoch: `a-test:${epoch}`, token, overrideHalt: false, at: NOW };
  expect(await store.intents.markSending(orderRef, sending)).toBe(true);
  tracker.track(orderRef, orderId);
  world.broker.orders.place({ payload: first, orderRef, orderId, account: ACCOUNT, epoch });
  await until(() => tracker.get(orderRef)?.liveEpoch === epoch);
  await tracker.drained();
  expect(isUnwritten(deps, tracker, await stored())).toBe(false);

  const second = dearer(1);
  expect(await modifyOrder(deps, tracker, { intent: await stored(), payload: second, epoch })).toEqual({
    kind: 'written',
  });
  expect(isUnwritten(deps, tracker, await stored())).toBe(false);
  await shows(second);

  const third = dearer(2);
  const change = { payload: third, payloadHash: payloadHash(third), replaces: payloadHash(second), at: NOW };
  expect(await store.intents.replacePayload(orderRef, change)).toBe(true);
  expect(isUnwritten(deps, tracker, await stored())).toBe(true);
  expect(await modifyOrder(deps, tracker, { intent: await stored(), payload: third, epoch })).toEqual({
    kind: 'written',
  });
  await shows(third);
  expect(isUnwritten(deps, tracker, await stored())).toBe(false);
  const [order] = ordersOf(world.gateway, positionId);
  const prices = order?.frames.map(({ fields }) => Math.round(Number(fields.limitPrice) * 1e6));
  expect(prices).toEqual([first.limitPrice, second.limitPrice, third.limitPrice]);
}, 60_000);

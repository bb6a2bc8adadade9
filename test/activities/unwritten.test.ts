/**
 * A change of a live order that was committed and not written, in a session that has changed the order before: the answer of the
 * commit was lost with its database connection. Real broker adapter over TCP, real database.
 */
import { expect, test } from '@jest/globals';
import { decidedNow, isUnwritten, modifyOrder } from '../../src/activities/orders/modify.js';
import { payloadHash } from '../../src/activities/orders/payload-hash.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import { until } from '../broker/support.js';
import { NOW, testServer } from '../store/support.js';
import { live, stages } from './stage.js';

const server = testServer();
const { staged } = stages(server);

test('the next try writes it, and a written change is not written again', async () => {
  const stage = await staged();
  const { tracker } = stage;
  const { store } = server;
  const { orderRef, deps, first, stored, told } = await live(server, stage);
  const dearer = (ticks: number): OrderPayload => ({ ...first, limitPrice: (first.limitPrice ?? 0) + ticks * 10_000 });
  const shows = (payload: OrderPayload) => until(() => tracker.get(orderRef)?.order?.limitPrice === payload.limitPrice);
  const modify = async (payload: OrderPayload) => {
    const change = {
      intent: await stored(),
      payload,
      overrideHalt: false,
      closesAt: Number.POSITIVE_INFINITY,
      ...decidedNow(deps),
    };
    expect(await modifyOrder(deps, tracker, change)).toEqual({ kind: 'taken' });
    await shows(payload);
  };
  expect(isUnwritten(deps, tracker, await stored())).toBe(false);

  const second = dearer(1);
  await modify(second);
  expect(isUnwritten(deps, tracker, await stored())).toBe(false);

  const third = dearer(2);
  const change = {
    payload: third,
    payloadHash: payloadHash(third),
    replaces: payloadHash(second),
    token: deps.lease.token,
    at: NOW,
  };
  expect(await store.intents.replacePayload(orderRef, change)).toBe(true);
  expect(isUnwritten(deps, tracker, await stored())).toBe(true);
  await modify(third);
  expect(isUnwritten(deps, tracker, await stored())).toBe(false);
  expect(told()).toEqual([first.limitPrice, second.limitPrice, third.limitPrice]);
});

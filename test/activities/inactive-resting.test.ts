/**
 * A11: a resting order that the broker shows as Inactive, and whose reason nobody heard. It is ended for certain before another one is
 * placed, and a person is alerted meanwhile. Real broker adapter over TCP, real database.
 */
import { expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { reconcileSession } from '../../src/activities/orders/reconcile.js';
import { resolveOrder } from '../../src/activities/orders/resolve-unknown.js';
import { OrderTracker } from '../../src/activities/orders/tracker.js';
import { ACCOUNT, framesIn, present, until } from '../broker/support.js';
import { testServer } from '../store/support.js';
import { type Live, live, type Stage, stages } from './stage.js';

const server = testServer();
const { staged, cleanUp } = stages(server);

const alerts = async ({ positionId }: Stage) =>
  (await server.store.alerts.list({ positionId })).map(({ rule, status }) => `${rule} ${status}`).sort();

const stateOf = async ({ stored }: Live) => (await stored()).state;

async function inState(order: Live, state: string): Promise<void> {
  let seen: string | undefined;
  const look = async () => {
    seen = await stateOf(order);
  };
  await until(() => {
    void look();
    return seen === state;
  });
}

/** An order that the broker leaves Inactive; its error is lost. */
async function deactivated(stage: Stage): Promise<Live> {
  const { gateway } = stage.world;
  gateway.fault({ kind: 'endNext', as: 'inactive', ms: 1_000 });
  gateway.fault({ kind: 'omit', message: 'ERR_MSG' });
  const order = await live(server, stage);
  await until(() =>
    gateway.journal().some(({ dir, type, fields }) => {
      return dir === 'out' && type === 'ORDER_STATUS' && fields.status === 'Inactive';
    }),
  );
  return order;
}

/** Any change makes it active again. */
async function activate(stage: Stage, order: Live): Promise<void> {
  const { broker } = stage.world;
  const { orderRef, orderId = 0, payload } = await order.stored();
  const dearer = { ...payload, limitPrice: (payload.limitPrice ?? 0) + 10_000 };
  broker.orders.modify({ payload: dearer, orderRef, orderId, account: ACCOUNT, epoch: broker.state().epoch });
}

test('it is in doubt after a short time, cancelled once, and over; the alert lasts that long', async () => {
  const stage = await staged();
  let told = 0;
  stage.tracker.onUnfollowed(() => {
    told += 1;
  });
  const order = await deactivated(stage);
  expect(await stateOf(order)).toBe('WORKING');
  await inState(order, 'UNKNOWN');
  await stage.tracker.drained();
  expect(told).toBe(1);
  expect(await alerts(stage)).toEqual(['order_inactive ACTIVE']);
  const resolve = () => resolveOrder(stage.deps, stage.tracker, order.orderRef);
  expect(await new MockActivityEnvironment().run(resolve)).toEqual({ kind: 'live' });
  await inState(order, 'CANCELLED');
  await stage.tracker.drained();
  expect(await alerts(stage)).toEqual(['order_inactive RESOLVED', 'unknown_order RESOLVED']);
  expect(framesIn(stage.world.gateway, 'CANCEL_ORDER')).toBe(1);
  expect(framesIn(stage.world.gateway, 'PLACE_ORDER')).toBe(1);
});

test('a process that begins later finds it in the lists', async () => {
  const stage = await staged();
  // The reason reaches nobody: on a slow machine it would come before the first process is gone.
  const order = await deactivated(stage);
  stage.tracker.close();
  const later = new OrderTracker(stage.deps);
  later.start();
  cleanUp.push(() => later.close());
  expect(await reconcileSession(stage.deps, later)).toBe(true);
  await inState(order, 'UNKNOWN');
  await later.drained();
  expect(await alerts(stage)).toEqual(['order_inactive ACTIVE']);
});

test('one that comes alive again in time is left alone; later on it works again and the alert ends', async () => {
  const stage = await staged();
  const order = await deactivated(stage);
  await activate(stage, order);
  await until(() => stage.tracker.get(order.orderRef)?.liveEpoch);
  await stage.tracker.drained();
  expect([await stateOf(order), await alerts(stage)]).toEqual(['WORKING', []]);

  const shown = present(stage.tracker.get(order.orderRef)?.order);
  await stage.tracker.ingest([{ ...shown, status: 'Inactive' }], []);
  await inState(order, 'UNKNOWN');
  await activate(stage, order);
  await inState(order, 'WORKING');
  await stage.tracker.drained();
  expect(await alerts(stage)).toEqual(['order_inactive RESOLVED']);
  expect(framesIn(stage.world.gateway, 'CANCEL_ORDER')).toBe(0);
});

/** Makes the order a resting stop without an end of its own: rows are read for that at every step. */
async function asStop({ orderRef }: Live): Promise<void> {
  const { store } = server;
  const get = store.intents.get.bind(store.intents);
  const spied = jest.spyOn(store.intents, 'get').mockImplementation(async (ref) => {
    const row = await get(ref);
    return row === undefined || ref !== orderRef ? row : { ...row, role: 'stop' as const };
  });
  cleanUp.push(() => spied.mockRestore());
}

test('a stop out of reach stays WORKING, with an alert that it must be cancelled in TWS', async () => {
  const stage = await staged();
  const order = await live(server, stage);
  await asStop(order);
  const shown = present(stage.tracker.get(order.orderRef)?.order);
  await stage.tracker.ingest([{ ...shown, status: 'Inactive', orderId: 0 }], []);
  let found: readonly { message: string }[] = [];
  const look = async () => {
    found = await server.store.alerts.list({ positionId: stage.positionId, rule: 'order_inactive' });
  };
  await until(() => {
    void look();
    return found.length > 0;
  });
  await stage.tracker.drained();
  expect(found[0]?.message).toMatch(/cannot cancel it.*Cancel it in TWS.*places nothing beside it/);
  expect(await stateOf(order)).toBe('WORKING');
  await stage.tracker.ingest([shown], []);
  expect(await alerts(stage)).toEqual(['order_inactive RESOLVED']);
});

test('a stop whose cancel is never answered is left to a person, and the watch goes on', async () => {
  const stage = await staged();
  const order = await deactivated(stage);
  await asStop(order);
  await inState(order, 'UNKNOWN');
  const cancels: number[] = [];
  const spied = jest.spyOn(stage.world.broker.orders, 'cancel').mockImplementation((orderId) => {
    cancels.push(orderId);
  });
  cleanUp.push(() => spied.mockRestore());
  const resolve = () => resolveOrder(stage.deps, stage.tracker, order.orderRef);
  expect(await new MockActivityEnvironment().run(resolve)).toEqual({ kind: 'live' });
  expect(cancels).toHaveLength(3);
  expect(await stateOf(order)).toBe('WORKING');
  const [alert] = await server.store.alerts.list({ positionId: stage.positionId, rule: 'order_inactive' });
  expect(alert).toMatchObject({ status: 'ACTIVE', message: expect.stringContaining('Cancel it in TWS') });
  expect(framesIn(stage.world.gateway, 'PLACE_ORDER')).toBe(1);
}, 60_000);

test('the alert ends with an order that is settled as absent', async () => {
  const stage = await staged();
  const order = await deactivated(stage);
  await inState(order, 'UNKNOWN');
  await stage.tracker.drained();
  expect(await alerts(stage)).toEqual(['order_inactive ACTIVE']);
  await server.store.intents.mark(order.orderRef, 'EXPIRED', {
    at: stage.world.broker.clock.now(),
    reason: 'a person',
  });
  const resolve = () => resolveOrder(stage.deps, stage.tracker, order.orderRef);
  expect(await new MockActivityEnvironment().run(resolve)).toEqual({ kind: 'absent' });
  expect(await alerts(stage)).toContain('order_inactive RESOLVED');
});

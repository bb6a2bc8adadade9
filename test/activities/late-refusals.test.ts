/**
 * Refusals of changes that come late, twice, or in a later session. The order has gone on: its end is told by what ended it, never by
 * the refusal. Real broker adapter over TCP, real database.
 */
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { cancelOrder } from '../../src/activities/orders/cancel.js';
import { decidedNow, isUnwritten, modifyOrder, refusedLate } from '../../src/activities/orders/modify.js';
import { payloadHash } from '../../src/activities/orders/payload-hash.js';
import { readProgress } from '../../src/activities/orders/progress.js';
import { reconcileSession } from '../../src/activities/orders/reconcile.js';
import { OrderTracker } from '../../src/activities/orders/tracker.js';
import { orderRefOf } from '../../src/domain/ids.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import type { IntentRow } from '../../src/store/api.js';
import { ACCOUNT, present, until } from '../broker/support.js';
import { execution, intent, newPositionId, testServer } from '../store/support.js';
import { resting as farAway, type Stage, stages } from './stage.js';

const server = testServer();
const { staged, cleanUp } = stages(server);

const REFUSED_TEXT = 'Order rejected - reason:The change is not possible.';
const CODES = [103, 105, 110, 201, 329] as const;
/** Market time that an order lives at the broker. */
const LIFE_MS = 20_000;
type How = 'echo first' | 'echo last' | 'told twice' | 'in a later session';

interface Changed {
  readonly orderRef: string;
  stored(): Promise<IntentRow>;
  modify(): ReturnType<typeof modifyOrder>;
}

/** An order of a new position that rests at the broker. */
async function rest(stage: Stage, token: number, more: Partial<OrderPayload> = {}): Promise<Changed> {
  const { order, isAlive } = await sent(stage, token, more);
  await isAlive();
  return order;
}

/** An order that has left. One after another: the broker takes ids in their order only. */
async function sent(stage: Stage, token: number, more: Partial<OrderPayload>) {
  const { world, tracker, condor } = stage;
  const { store } = server;
  const { broker } = world;
  const positionId = newPositionId();
  const orderRef = orderRefOf({ positionId, step: 1, role: 'combo', attempt: 1 });
  await store.executions.save_execution(execution(positionId));
  const payload = { ...farAway(condor, positionId), purpose: 'REDUCE' as const, ...more };
  const now = broker.clock.now();
  await store.intents.plan(intent(positionId, { orderRef, payload, payloadHash: payloadHash(payload) }), now);
  const orderId = broker.orders.allocateOrderId(0);
  const { epoch } = broker.state();
  const sending = { orderId, clientId: 7, sessionEpoch: `a-test:${epoch}`, token, overrideHalt: false, at: now };
  expect(await store.intents.markSending(orderRef, sending)).toBe(true);
  tracker.track(orderRef, orderId);
  broker.orders.place({ payload, orderRef, orderId, account: ACCOUNT, epoch });
  const isAlive = async () => {
    await until(() => tracker.get(orderRef)?.liveEpoch === epoch);
    await tracker.drained();
  };
  const stored = async () => present(await store.intents.get(orderRef));
  const order: Changed = {
    orderRef,
    stored,
    modify: async () => {
      const before = await stored();
      const dearer = { ...before.payload, limitPrice: (before.payload.limitPrice ?? 0) + 10_000 };
      const deps = { ...stage.deps, lease: { token, valid: () => true } };
      return await modifyOrder(deps as Parameters<typeof modifyOrder>[0], tracker, {
        ...{ intent: before, payload: dearer, overrideHalt: false, closesAt: Number.POSITIVE_INFINITY },
        ...decidedNow(stage.deps),
      });
    },
  };
  return { order, isAlive };
}

const leased = async (): Promise<number> => (await server.store.leases.acquire('broker', 'a-test', 600_000)) ?? 0;

const refusals = ({ tracker }: Stage, { orderRef }: Changed) =>
  tracker.get(orderRef)?.errors.filter(({ text }) => text.includes(REFUSED_TEXT)).length ?? 0;

/** Changes the order; the broker refuses the change with this code in that way. Returns once every refusal was heard. */
async function changeRefused(stage: Stage, order: Changed, code: number, how: How): Promise<void> {
  const { gateway, broker } = stage.world;
  const taken = how === 'echo first' || how === 'in a later session';
  if (taken) gateway.fault({ kind: 'delay', message: 'ERR_MSG', ms: 300 });
  if (how === 'told twice') gateway.fault({ kind: 'duplicate', message: 'ERR_MSG' });
  gateway.fault({ kind: 'rejectNext', on: 'modify', code, text: REFUSED_TEXT, place: taken || how === 'echo last' });
  const { kind } = await order.modify();
  // With both at once, either may be seen first.
  if (how !== 'echo last') expect(kind).toBe(taken ? 'taken' : 'refused');
  if (how === 'in a later session') {
    const { epoch } = broker.state();
    gateway.fault({ kind: 'drop' });
    await until(() => broker.state().epoch > epoch && broker.state().usable);
    broker.markReconciled(broker.state().epoch);
    await stage.tracker.ingest((await broker.orders.openOrders()).rows, []);
    // The delayed answer was for the old connection; the new one gets its own.
    gateway.fault({ kind: 'rejectNext', on: 'modify', code, text: REFUSED_TEXT });
    const { orderId = 0, payload } = await order.stored();
    const { epoch: next } = broker.state();
    broker.orders.modify({ payload, orderRef: order.orderRef, orderId, account: ACCOUNT, epoch: next });
  }
  await until(() => refusals(stage, order) >= (how === 'told twice' ? 2 : 1));
  await stage.tracker.drained();
}

const WAYS: readonly How[] = ['echo first', 'echo last', 'told twice'];
const CASES = [
  ...CODES.flatMap((code) => WAYS.map((how) => [code, how] as const)),
  [201, 'in a later session'] as const,
];

test('an order goes on after a refused change: its time or our cancel ends it, and no end of it is a rejection', async () => {
  const stage = await staged();
  const token = await leased();
  const goodTill = Math.ceil(stage.world.broker.clock.now() / 1_000) * 1_000 + LIFE_MS;
  const orders = [
    ...CASES.map((one) => ({ one, more: { tif: 'GTD' as const, goodTill } })),
    ...CASES.filter(([code]) => code === 201).map((one) => ({ one, more: {} })),
  ];
  // IB takes twenty at a time.
  const left = [];
  for (const { one, more } of orders) left.push({ one, ...(await sent(stage, token, more)) });
  const resting = await Promise.all(
    left.map(async ({ one, order, isAlive }) => {
      await isAlive();
      return { one, order };
    }),
  );
  for (const { one, order } of resting) await changeRefused(stage, order, ...one);
  const [timed, cancelled] = [resting.slice(0, CASES.length), resting.slice(CASES.length)];
  await Promise.all(
    cancelled.map(async ({ one: [code, how], order: { orderRef, stored } }) => {
      const cancelling = () => cancelOrder(stage.deps, stage.tracker, orderRef, 'a test');
      await new MockActivityEnvironment().run(cancelling);
      const row = await stored();
      const { refusal } = await readProgress(server.store, row);
      const isNamed = row.reason?.includes(REFUSED_TEXT) ?? false;
      expect([code, how, row.state, refusal, isNamed]).toEqual([code, how, 'CANCELLED', undefined, false]);
    }),
  );
  const ends: unknown[] = [];
  for (const { one, order } of timed) {
    await until(() => stage.tracker.get(order.orderRef)?.deadAt);
    await stage.tracker.drained();
    const { state, timedOut, refusal } = await readProgress(server.store, await order.stored());
    ends.push([one, state, timedOut, refusal]);
  }
  expect(ends).toEqual(timed.map(({ one }) => [one, 'CANCELLED', true, undefined]));
}, 180_000);

test('a changed order that dies with the refusal is rejected, with the reason', async () => {
  const stage = await staged();
  stage.world.gateway.fault({ kind: 'endNext', as: 'refused', ms: 4_000, text: 'No trading permissions.' });
  const order = await rest(stage, await leased());
  expect(await order.modify()).toEqual({ kind: 'taken' });
  await until(() => stage.tracker.get(order.orderRef)?.deadAt);
  await stage.tracker.drained();
  const row = await order.stored();
  expect(row).toMatchObject({ state: 'REJECTED', reason: expect.stringContaining('No trading permissions.') });
});

test('a change refused late stands where the broker shows it, and is open again where it shows another price', async () => {
  const stage = await staged();
  const order = await rest(stage, await leased());
  await changeRefused(stage, order, 201, 'echo first');
  const deps = stage.deps as Parameters<typeof isUnwritten>[0];
  const row = await order.stored();
  expect(await refusedLate(deps, stage.tracker, row)).toBeUndefined();
  expect(isUnwritten(deps, stage.tracker, row)).toBe(false);
  // As if the broker had gone back: the price shown is not the stored one.
  const other = { ...row, payload: { ...row.payload, limitPrice: (row.payload.limitPrice ?? 0) + 10_000 } };
  expect(await refusedLate(deps, stage.tracker, other)).toMatchObject({ code: 201 });
  expect(isUnwritten(deps, stage.tracker, other)).toBe(true);
});

test("a refusal about an earlier process's order is late: nobody here awaits it, and the lists must be read", async () => {
  const stage = await staged();
  const { gateway, broker } = stage.world;
  const order = await rest(stage, await leased());
  stage.tracker.close();
  const later = new OrderTracker(stage.deps);
  later.start();
  cleanUp.push(() => later.close());
  expect(await reconcileSession(stage.deps, later)).toBe(true);
  gateway.fault({ kind: 'rejectNext', on: 'modify', code: 201, text: REFUSED_TEXT });
  const { orderId = 0, payload } = await order.stored();
  const { epoch } = broker.state();
  broker.orders.modify({ payload, orderRef: order.orderRef, orderId, account: ACCOUNT, epoch });
  await until(() => later.get(order.orderRef)?.errors.length === 1);
  expect(later.get(order.orderRef)?.errors).toMatchObject([{ code: 201, aboutChange: true, late: true }]);
});

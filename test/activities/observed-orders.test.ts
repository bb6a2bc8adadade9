/**
 * Orders as IB has been seen to treat them, where another broker would not: acknowledged late, refused for good by codes without a
 * status, shown under foreign ids, left Inactive, completed without a quantity. Real broker adapter over TCP, real database.
 */
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { cancelOrder } from '../../src/activities/orders/cancel.js';
import { findOrder } from '../../src/activities/orders/find-order.js';
import { decidedNow, modifyOrder } from '../../src/activities/orders/modify.js';
import { payloadHash } from '../../src/activities/orders/payload-hash.js';
import { type PlaceParts, placeOrder } from '../../src/activities/orders/place.js';
import { readProgress } from '../../src/activities/orders/progress.js';
import { reconcileSession } from '../../src/activities/orders/reconcile.js';
import { resolveOrder } from '../../src/activities/orders/resolve-unknown.js';
import { send } from '../../src/activities/orders/send.js';
import { type RepriceParts, repriceOrder } from '../../src/activities/orders/walk-reprice.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { Placement, Repricing, Resolution } from '../../src/contract/activities.js';
import { orderRefOf } from '../../src/domain/ids.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import type { WalkState } from '../../src/domain/order/walk.js';
import { ACCOUNT, connectTo, payloadOf, place, until, usable } from '../broker/support.js';
import { execution, intent, newPositionId, testServer } from '../store/support.js';
import { ordersOf } from '../support/wire.js';
import { live, resting, type Stage, stages } from './stage.js';

const server = testServer();
const { staged, cleanUp } = stages(server);

/** Market time that an order of these tests lives at the broker. */
const LIFE_MS = 60_000;
const NO_PERMISSION = 'No trading permissions for this contract.';

interface Sent {
  readonly positionId: string;
  readonly orderRef: string;
  outcome(): Promise<Placement>;
}

/** Writes a combo of a new position, as placing does. */
async function sendCombo(
  stage: Stage,
  token: number,
  { closesAt = Number.POSITIVE_INFINITY, walk }: { readonly closesAt?: number; readonly walk?: WalkState } = {},
): Promise<Sent> {
  const { world, tracker, condor } = stage;
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  const orderRef = orderRefOf({ positionId, step: 1, role: 'combo', attempt: 1 });
  const now = world.broker.clock.now();
  const payload = { ...resting(condor, positionId), tif: 'GTD' as const, goodTill: now + LIFE_MS };
  const validUntil = now + LIFE_MS;
  const row = await store.intents.plan(
    intent(positionId, { orderRef, payload, payloadHash: payloadHash(payload), validUntil, ...(walk && { walk }) }),
    now,
  );
  const deps = { ...stage.deps, lease: { token, valid: () => true } };
  const deadline = performance.now() + 60_000;
  const { epoch } = world.broker.state();
  const sent = await send({ deps, tracker }, [row], {
    epoch,
    deadline,
    closesAt,
    overrideHalt: false,
  });
  return { positionId, orderRef, outcome: async () => (sent.kind === 'written' ? await sent.outcome() : sent) };
}

/** A second delivery of the step that placed the order. */
function placeAgain({ deps, tracker }: Stage, orderRef: string): Promise<Placement> {
  return placeOrder({ deps, tracker } as unknown as PlaceParts, orderRef, { by: 'rule', overrideHalt: false });
}

const leased = async (): Promise<number> => (await server.store.leases.acquire('broker', 'a-test', 600_000)) ?? 0;

const placed = ({ world }: Stage, { positionId }: Sent) =>
  ordersOf(world.gateway, positionId).flatMap(({ frames }) => frames).length;

const state = async ({ orderRef }: Sent) => (await server.store.intents.get(orderRef))?.state;

test('an order whose market closes between its checks and its write is not sent', async () => {
  const stage = await staged();
  const sent = await sendCombo(stage, await leased(), { closesAt: stage.world.broker.clock.now() });
  expect(await sent.outcome()).toEqual({ kind: 'expired' });
  expect(await state(sent)).toBe('EXPIRED');
  // A write would have been read by the time that the gateway answers this.
  await stage.world.broker.probe(5_000);
  expect(placed(stage, sent)).toBe(0);
}, 60_000);

/** Seconds until the first callback: the last is longer than an acknowledgement may take. */
const LATE = [0, 1, 3, 5, 8, 13].flatMap((seconds) => [true, false].map((shown) => ({ seconds, shown })));

/** Sends a combo that is acknowledged late, and reads the lists once while its acknowledgement is awaited. */
async function sendLate(stage: Stage, token: number, { seconds, shown }: (typeof LATE)[number]) {
  const { world, tracker } = stage;
  const now = () => world.gateway.now();
  world.gateway.fault({ kind: 'lateAcknowledgement', ms: Math.max(1, seconds * 1_000), shown });
  const one = await sendCombo(stage, token);
  const heard = one.outcome().then(({ kind }) => ({ kind, at: now() }));
  await until(() => placed(stage, one) === 1);
  const due = (ordersOf(world.gateway, one.positionId)[0]?.first.at ?? 0) + seconds * 1_000;
  const { seen } = await findOrder(world, tracker, one.orderRef);
  // On a busy machine the lists of a short delay may be read when it is over.
  return { one, heard, due, seen, isInTime: now() < due - 500 };
}

test('A6 acknowledgements after 0, 1, 3, 5, 8 and 13 s, with the order in lists or in none: each is one live order', async () => {
  const stage = await staged();
  const { world, tracker, deps } = stage;
  const token = await leased();
  const { epoch } = world.broker.state();
  const sent: Awaited<ReturnType<typeof sendLate>>[] = [];
  for (const row of LATE) sent.push(await sendLate(stage, token, row));
  // A session that is taken up meanwhile finds the orders or not; either way it ends none.
  expect(await reconcileSession(deps, tracker)).toBe(true);
  const found: object[] = [];
  for (const { one, heard, due, seen, isInTime } of sent) {
    const { kind, at } = await heard;
    const resolve = () => resolveOrder(deps, tracker, one.orderRef);
    const settled = kind === 'unknown' ? ((await new MockActivityEnvironment().run(resolve)) as Resolution).kind : kind;
    await tracker.drained();
    const lists = isInTime && { seen, isEarly: seen && at < due };
    found.push({ kind, settled, state: await state(one), placed: placed(stage, one), ...lists });
  }
  // A list that shows the order acknowledges it.
  const expected = LATE.map(({ seconds, shown }, index) => ({
    kind: shown || seconds < 10 ? 'live' : 'unknown',
    ...{ settled: 'live', state: 'WORKING', placed: 1 },
    ...(sent[index]?.isInTime && { seen: shown, isEarly: shown }),
  }));
  expect(found.map((one, index) => ({ ...LATE[index], ...one }))).toEqual(
    expected.map((one, index) => ({ ...LATE[index], ...one })),
  );
  // A slow order does not end the session.
  expect(world.broker.state().epoch).toBe(epoch);
}, 120_000);

const STEP_MS = 20_000;
/** An acknowledgement takes this long; the clock of the broker has whole seconds, so that a reading may shift ours by one. */
const SLOW_MS = 3_000;
const LEAST_MS = STEP_MS + SLOW_MS - 1_000;

test('A6 a step begins at the acknowledgement of its order, and ends with the walk at the latest', async () => {
  const stage = await staged();
  const { gateway, broker } = stage.world;
  const token = await leased();
  const begin = async (walkMs: number) => {
    const now = broker.clock.now();
    const ends = { stepEndsAt: now + STEP_MS, endsAt: now + walkMs };
    gateway.fault({ kind: 'lateAcknowledgement', ms: SLOW_MS });
    const { outcome } = await sendCombo(stage, token, {
      walk: { stepNo: 1, limits: [], startMid: 0, limit: 0, ...ends },
    });
    return { now, ...ends, outcome: outcome() };
  };
  const whole = await begin(10 * STEP_MS);
  const cut = await begin(STEP_MS + 500);
  const placement = await whole.outcome;
  expect(placement).toEqual({ kind: 'live', stepEndsAt: expect.any(Number) });
  expect((placement as { stepEndsAt: number }).stepEndsAt - whole.now).toBeGreaterThanOrEqual(LEAST_MS);
  expect(await cut.outcome).toEqual({ kind: 'live', stepEndsAt: cut.endsAt });
});

test('A6 a step begins at the acknowledgement of its change, and ends with the walk at the latest', async () => {
  const stage = await staged();
  const { world, tracker, positionId } = stage;
  const { gateway, broker } = world;
  const { deps, orderRef, first } = await live(server, stage);
  const settings = settingsSchema.parse({
    orders: { walk: { normal: { steps: 5, stepSeconds: STEP_MS / 1000 } }, collarMin: 5, abandonMidMovePct: 1 },
  });
  const calendar = { of: async () => ({ isOpen: true, close: Number.POSITIVE_INFINITY }) };
  const parts = { deps: { ...deps, settings: () => settings, stepped: () => false }, tracker, calendar };
  const { limitPrice: limit = 0 } = first;
  const spec = { positionId, step: 1, role: 'combo', attempt: 1, purpose: 'OPEN', combos: 1 } as const;
  const how = { pricing: { kind: 'walk' }, urgency: 'NORMAL', by: 'entry', overrideHalt: false } as const;
  const { orders } = broker;
  const modify = orders.modify.bind(orders);
  for (const [nth, walkMs] of [10 * STEP_MS, STEP_MS + 500].entries()) {
    const now = broker.clock.now();
    const limits = [limit + (nth + 1) * 50_000];
    const walk = { stepNo: nth + 1, stepEndsAt: now, endsAt: now + walkMs, limits, startMid: limit, limit };
    // The gateway receives the change when this is over.
    let over = Number.POSITIVE_INFINITY;
    orders.modify = (change) => {
      gateway.fault({ kind: 'freeze', input: 'queue' });
      over = performance.now() + SLOW_MS;
      modify(change);
    };
    const taken = repriceOrder(parts as unknown as RepriceParts, { orderRef, spec: { ...spec, ...how }, walk });
    await until(() => performance.now() >= over);
    gateway.fault({ kind: 'unfreeze' });
    const { kind, walk: next } = (await taken) as Extract<Repricing, { kind: 'repriced' }>;
    expect({ kind, limit: next?.limit }).toEqual({ kind: 'repriced', limit: limits[0] });
    if (nth === 0) expect(next.stepEndsAt - now).toBeGreaterThanOrEqual(LEAST_MS);
    else expect(next.stepEndsAt).toBe(walk.endsAt);
  }
});

test('A6 an order that appears late, after no callback and no list even of a new session, is not placed again', async () => {
  const stage = await staged();
  const { world, tracker } = stage;
  world.gateway.fault({ kind: 'lateAcknowledgement', ms: 13_000, shown: false });
  const sent = await sendCombo(stage, await leased());
  expect(await sent.outcome()).toMatchObject({ kind: 'unknown' });
  const { epoch } = world.broker.state();
  world.gateway.fault({ kind: 'drop' });
  await until(() => world.broker.state().epoch > epoch && world.broker.state().usable);
  world.broker.markReconciled(world.broker.state().epoch);
  const resolve = () => resolveOrder(stage.deps, tracker, sent.orderRef);
  expect(await new MockActivityEnvironment().run(resolve)).toEqual({ kind: 'live' });
  expect(await state(sent)).toBe('WORKING');
  expect(placed(stage, sent)).toBe(1);
}, 120_000);

test.each([387, 312, 313, 391, 463, 461, 10268, 10289])(
  'A9 %i alone answers a new order: refused at once, in the same session',
  async (code) => {
    const stage = await staged();
    const { world } = stage;
    const { epoch } = world.broker.state();
    const text = 'Unsupported order type for this exchange and security type.';
    world.gateway.fault({ kind: 'rejectNext', code, text });
    const sent = await sendCombo(stage, await leased());
    expect(await sent.outcome()).toMatchObject({ kind: 'rejected', reaction: 'stop', code });
    expect(await state(sent)).toBe('REJECTED');
    expect(world.broker.state().epoch).toBe(epoch);
  },
);

test('A8 an order shown as working and refused in one packet is not UNKNOWN', async () => {
  const stage = await staged();
  const { world, tracker } = stage;
  world.gateway.fault({ kind: 'lateAcknowledgement', ms: 200, shown: true });
  world.gateway.fault({ kind: 'endNext', as: 'inactive', ms: 0, text: NO_PERMISSION });
  const sent = await sendCombo(stage, await leased());
  const outcome = sent.outcome();
  await until(() => placed(stage, sent) === 1);
  world.gateway.fault({ kind: 'freeze', input: 'queue' });
  await until(() =>
    world.gateway.journal().some(({ dir, type, fields }) => {
      return dir === 'out' && type === 'ORDER_STATUS' && fields.status === 'Inactive';
    }),
  );
  world.gateway.fault({ kind: 'unfreeze' });
  expect(['live', 'rejected']).toContain((await outcome).kind);
  await tracker.drained();
  expect(await state(sent)).toBe('REJECTED');
});

/** Ways in which a step that placed an order may lose its answer: each time the refusal is found again with its reason. */
const SECOND_LOOKS = [
  ['it is placed again under the same name', placeAgain],
  ['it is settled as unknown', ({ deps, tracker }: Stage, orderRef: string) => resolveOrder(deps, tracker, orderRef)],
] as const;

test.each(SECOND_LOOKS)(
  'A8 a refused order whose answer was lost is followed to its reason when %s',
  async (_how, look) => {
    const stage = await staged();
    stage.world.gateway.fault({ kind: 'rejectNext', code: 201, text: `Order rejected - reason:${NO_PERMISSION}` });
    const sent = await sendCombo(stage, await leased());
    await sent.outcome();
    expect(await new MockActivityEnvironment().run(() => look(stage, sent.orderRef))).toEqual({ kind: 'live' });
    const refused = await server.store.intents.get(sent.orderRef);
    if (refused === undefined) throw new Error('no intent');
    const { refusal } = await readProgress(server.store, refused);
    expect(refusal).toMatchObject({ kind: 'rejected', reaction: 'stop', code: 201 });
    expect(placed(stage, sent)).toBe(1);
  },
);

test('A4 an order id is above those of every client whose orders were shown', async () => {
  const stage = await staged();
  const { world, condor, positionId } = stage;
  const other = connectTo(world.gateway, { broker: { clientId: 5 } });
  cleanUp.push(() => other.close());
  const epoch = await usable(other);
  const payload = resting(condor, positionId);
  other.orders.place({ payload, orderRef: 'by another program', orderId: 5_000, account: ACCOUNT, epoch });
  await until(() => world.gateway.journal().some(({ type, dir }) => dir === 'out' && type === 'OPEN_ORDER'));
  expect((await world.broker.orders.openOrders()).rows).toMatchObject([{ orderId: 5_000, clientId: 5 }]);
  const sent = await sendCombo(stage, await leased());
  expect(await sent.outcome()).toMatchObject({ kind: 'live' });
  expect(ordersOf(world.gateway, sent.positionId).map(({ orderId }) => orderId > 5_000)).toEqual([true]);
});

const SHOWN_AS = [
  ['id -2 of our client', { shownId: -2 }],
  ['id 0 of our client', { shownId: 0 }],
  ['id 0 of no client', { shownId: 0, clientId: 0 }],
] as const;

test.each(SHOWN_AS)(
  'A5 an order shown with %s is neither changed nor cancelled, and raises an alert',
  async (_what, lost) => {
    const stage = await staged();
    const { world, tracker, positionId } = stage;
    const { orderRef, deps, first, stored, told } = await live(server, stage);
    world.gateway.fault({ kind: 'loseOrders', orderRefPrefix: orderRef, ...lost });
    expect(await reconcileSession(deps, tracker)).toBe(true);
    const [alert] = await server.store.alerts.list({ positionId });
    expect(alert).toMatchObject({ rule: 'order_out_of_reach', severity: 'IMMEDIATE', status: 'ACTIVE' });
    expect(alert?.message).toMatch(/order id (-2|0) of client \d+, .* Cancel it in TWS/);

    const payload = { ...first, limitPrice: (first.limitPrice ?? 0) + 10_000 };
    const change = {
      intent: await stored(),
      payload,
      overrideHalt: false,
      closesAt: Number.POSITIVE_INFINITY,
      ...decidedNow(deps),
    };
    expect(await modifyOrder(deps, tracker, change)).toMatchObject({ kind: 'out-of-reach' });
    expect(await stored()).toMatchObject({ state: 'WORKING', payload: { limitPrice: first.limitPrice } });

    // A cancel waits for its result, and polls now and then.
    const asked = () => framesOf(stage, 'REQ_ALL_OPEN_ORDERS');
    const looks = asked();
    const activity = new MockActivityEnvironment();
    const cancelled = activity.run(() => cancelOrder(deps, tracker, orderRef, 'a test'));
    cancelled.catch(() => undefined);
    await until(() => asked() >= looks + 2);
    activity.cancel();
    await expect(cancelled).rejects.toThrow();
    expect(framesOf(stage, 'CANCEL_ORDER')).toBe(0);
    expect(told()).toEqual([first.limitPrice]);
  },
);

const framesOf = ({ world }: Stage, type: string) =>
  world.gateway.journal().filter((entry) => entry.dir === 'in' && entry.type === type).length;

/** An order written by a dead process; this one has received nothing about it. */
async function unheard(stage: Stage, payload: OrderPayload, isThere: () => boolean): Promise<string> {
  const { world, positionId } = stage;
  const [orderRef] = stage.refs;
  const { store } = server;
  stage.tracker.close();
  const { orderId } = place(world, payload, orderRef);
  await until(isThere);
  const token = await leased();
  const now = world.broker.clock.now();
  await store.intents.plan(intent(positionId, { orderRef, payload, payloadHash: payloadHash(payload) }), now);
  const sending = { orderId, clientId: 7, sessionEpoch: 'an-old-process:1', token, overrideHalt: false, at: now };
  expect(await store.intents.markSending(orderRef, sending)).toBe(true);
  await store.intents.mark(orderRef, 'UNKNOWN', { at: now, reason: 'no acknowledgement in time' });
  stage.tracker.start();
  return orderRef;
}

test('A11 an unknown order listed as Inactive without an error is ended', async () => {
  const stage = await staged();
  const { world, condor, positionId } = stage;
  world.gateway.fault({ kind: 'endNext', as: 'inactive', ms: 0 });
  const shown = () =>
    world.gateway.journal().some(({ type, fields }) => type === 'ORDER_STATUS' && fields.status === 'Inactive');
  const orderRef = await unheard(stage, resting(condor, positionId), shown);
  const resolve = () => resolveOrder(stage.deps, stage.tracker, orderRef);
  expect(await new MockActivityEnvironment().run(resolve)).toEqual({ kind: 'live' });
  // Its cancel may still be pending when it is found: it ends without another request.
  await until(() => stage.tracker.get(orderRef)?.order?.status === 'Cancelled');
  await stage.tracker.drained();
  expect(await server.store.intents.get(orderRef)).toMatchObject({ state: 'CANCELLED' });
  expect(framesOf(stage, 'CANCEL_ORDER')).toBe(1);
});

test.each([false, true])(
  '42 a filled order in the completed list (without any quantity: %s) is never CANCELLED',
  async (bare) => {
    const stage = await staged();
    const { world, condor, positionId } = stage;
    const payload = payloadOf(condor, condor.natural + 100_000, { positionId, quantity: 2 });
    const filled = () =>
      world.gateway.journal().some(({ type, fields }) => type === 'ORDER_STATUS' && fields.status === 'Filled');
    const orderRef = await unheard(stage, payload, filled);
    // Its executions come late.
    if (bare) world.gateway.fault({ kind: 'bareCompleted', n: 10 });
    world.gateway.fault({ kind: 'falseEmpty', answer: 'executions', n: 1 });
    const resolve = () => resolveOrder(stage.deps, stage.tracker, orderRef);
    expect(await new MockActivityEnvironment().run(resolve)).toEqual({ kind: 'live' });
    expect(await server.store.intents.get(orderRef)).toMatchObject({ state: 'WORKING' });
    const { rows } = await world.broker.orders.executions();
    await stage.tracker.ingest([], rows);
    expect(await server.store.intents.get(orderRef)).toMatchObject({ state: 'FILLED' });
    const { rows: shown } = await server.sql('SELECT status, quantity FROM orders WHERE order_ref = $1', [orderRef]);
    expect(shown).toEqual([{ status: 'Filled', quantity: 2 }]);
  },
);

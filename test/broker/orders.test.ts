/** The order path over TCP: written at once, filled, reported, cancelled, found again. */
import { Socket } from 'node:net';
import { afterEach, expect, it, jest } from '@jest/globals';
import type { OrderEvent } from '../../src/broker/index.js';
import { opposite } from '../../src/domain/option.js';
import {
  ACCOUNT,
  advanceUntil,
  type Condor,
  DEADLINE_MS,
  findCondor,
  framesIn,
  payloadOf,
  place,
  present,
  START,
  startWorld,
  until,
  usable,
  type World,
} from './support.js';

const REF = 'LW|spy-ic-20260302-test01|1|combo|1';

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function steppedWorld(): Promise<World & { condor: Condor }> {
  const started = await startWorld({ gateway: { stepped: true }, control: true });
  world = started;
  await usable(started.broker);
  return { ...started, condor: await findCondor(started.broker) };
}

type Of<K extends OrderEvent['kind']> = Extract<OrderEvent, { kind: K }>;

function of<K extends OrderEvent['kind']>(events: readonly OrderEvent[], kind: K): Of<K>[] {
  return events.filter((event): event is Of<K> => event.kind === kind);
}

it('fills an iron condor and reports it from every side', async () => {
  const { broker, gateway, events, condor } = await steppedWorld();
  const limit = condor.natural + 100_000;
  const { orderId } = place({ broker }, payloadOf(condor, limit, { quantity: 2 }), REF);
  await advanceUntil(present(world), () => of(events, 'order').some(({ order }) => order.status === 'Filled'));
  const frame = present(gateway.journal().find((entry) => entry.dir === 'in' && entry.type === 'PLACE_ORDER')).fields;
  expect(frame).toMatchObject({ secType: 'BAG', symbol: 'SPY', exchange: 'SMART', action: 'BUY', orderType: 'LMT' });
  expect(frame).toMatchObject({ tif: 'DAY', account: ACCOUNT, orderRef: REF, limitPrice: limit / 1e6 });

  const orders = of(events, 'order').map(({ order }) => order);
  expect(new Set(orders.map((order) => order.orderRef))).toEqual(new Set([REF]));
  const last = present(orders.at(-1));
  expect(last).toMatchObject({
    orderId,
    clientId: 7,
    status: 'Filled',
    filled: 2,
    remaining: 0,
    quantity: 2,
    conId: 0,
  });
  expect(last).toMatchObject({ action: 'BUY', orderType: 'LMT', limitPrice: limit, account: ACCOUNT });
  expect(last.legs.map(({ action }) => action)).toEqual(['BUY', 'SELL', 'SELL', 'BUY']);
  expect(last.permId).toBeGreaterThan(0);

  const legFills = () => of(events, 'fill').filter(({ fill }) => fill.secType === 'OPT');
  await advanceUntil(present(world), () => legFills().reduce((sum, { fill }) => sum + fill.quantity, 0) === 8);
  await advanceUntil(present(world), () => of(events, 'commission').length >= legFills().length);
  const summary = of(events, 'fill').filter(({ fill }) => fill.secType === 'BAG');
  expect(summary.reduce((sum, { fill }) => sum + fill.quantity, 0)).toBe(2);
  for (const { fill } of summary) {
    expect(fill).toMatchObject({ conId: 0, side: 'BUY', orderId, orderRef: REF, account: ACCOUNT, liquidation: false });
    expect(fill.price).toBeLessThanOrEqual(limit);
    expect(fill.at).toBeGreaterThanOrEqual(START);
    expect(fill.at).toBeLessThanOrEqual(gateway.now());
  }
  const byConId = new Map(condor.legs.map(({ details, action }) => [details.contract.conId, action]));
  for (const { fill } of legFills()) expect(fill.side).toBe(byConId.get(fill.conId));

  const executions = await broker.orders.executions();
  expect(executions.complete).toBe(true);
  expect(new Set(executions.rows.map((fill) => fill.execId))).toEqual(
    new Set(of(events, 'fill').map((e) => e.fill.execId)),
  );
  for (const fill of executions.rows.filter((row) => row.secType === 'OPT')) expect(fill.commission).toBeGreaterThan(0);
  const open = await broker.orders.openOrders();
  expect(open).toMatchObject({ rows: [], complete: true, epoch: broker.state().epoch });
  const completed = await broker.orders.completedOrders();
  expect(completed.complete).toBe(true);
  expect(completed.rows).toEqual([
    expect.objectContaining({ orderRef: REF, orderId, clientId: 7, status: 'Filled', filled: 2, permId: last.permId }),
  ]);
  const positions = await broker.positions();
  expect(positions.complete).toBe(true);
  expect(positions.rows.map(({ conId, quantity }) => [conId, quantity]).sort()).toEqual(
    condor.legs.map(({ details, action }) => [details.contract.conId, action === 'BUY' ? 2 : -2]).sort(),
  );
  expect(positions.rows[0]).toMatchObject({ account: ACCOUNT, symbol: 'SPY', secType: 'OPT' });
});

it('hands the bytes of every order to the socket before the call returns, however many orders there are', async () => {
  const { broker, condor } = await steppedWorld();
  const { epoch } = broker.state();
  const writes = jest.spyOn(Socket.prototype, 'write');
  try {
    for (let count = 1; count <= 150; count++) {
      const orderId = broker.orders.allocateOrderId(0);
      const orderRef = `${REF}${count}`;
      broker.orders.place({ payload: payloadOf(condor, condor.natural), orderRef, orderId, account: ACCOUNT, epoch });
      expect(writes.mock.calls.at(-1)?.[0]?.toString()).toContain(`\0${orderRef}\0`);
    }
    const last = broker.orders.allocateOrderId(0) - 1;
    broker.orders.cancel(last, epoch);
    expect(writes.mock.calls.at(-1)?.[0]?.toString().split('\0')).toContain(String(last));
    expect(writes).toHaveBeenCalledTimes(151);
  } finally {
    writes.mockRestore();
  }
});

it('a working order is open, can be modified and cancelled', async () => {
  const { broker, gateway, events, condor } = await steppedWorld();
  const { epoch } = broker.state();
  const low = condor.natural - 500_000;
  const goodTill = START + 1_800_000;
  const payload = payloadOf(condor, low, { tif: 'GTD', goodTill, ocaGroup: 'oca-1' });
  const { orderId } = place({ broker }, payload, REF);
  await until(() => of(events, 'order').some(({ order }) => order.status === 'Submitted'));
  const open = await broker.orders.openOrders();
  expect(open.complete).toBe(true);
  expect(open.rows).toEqual([
    expect.objectContaining({ orderId, orderRef: REF, status: 'Submitted', limitPrice: low, filled: 0, remaining: 1 }),
  ]);
  const frame = present(gateway.journal().find((entry) => entry.dir === 'in' && entry.type === 'PLACE_ORDER')).fields;
  expect(frame).toMatchObject({ goodTillDate: '20260302 10:30:00 US/Eastern', ocaGroup: 'oca-1', ocaType: 1 });

  const order = { payload: { ...payload, limitPrice: low + 10_000 }, orderRef: REF, orderId, account: ACCOUNT, epoch };
  gateway.fault({ kind: 'notice', code: 2103 });
  await until(() => broker.state().modifyBlocked);
  expect(() => broker.orders.modify(order)).toThrow(expect.objectContaining({ code: 'BROKER_UNREACHABLE' }));
  broker.markReconciled(epoch);
  broker.orders.modify(order);
  await until(() => of(events, 'order').some((event) => event.order.limitPrice === low + 10_000));
  expect((await broker.orders.openOrders()).rows.length).toBe(1);

  broker.orders.cancel(orderId, epoch);
  await advanceUntil(present(world), () => of(events, 'order').some((event) => event.order.status === 'Cancelled'));
  await until(() => of(events, 'error').some((event) => event.orderId === orderId && event.code === 202));
  expect((await broker.orders.openOrders()).rows).toEqual([]);
  expect((await broker.orders.completedOrders()).rows).toEqual([expect.objectContaining({ status: 'Cancelled' })]);
});

it('reports a rejection as an error that names the order', async () => {
  const { broker, gateway, events, condor } = await steppedWorld();
  gateway.fault({ kind: 'rejectNext', code: 201, text: 'Order rejected - reason: a test' });
  const { orderId } = place({ broker }, payloadOf(condor, condor.natural), REF);
  const [error] = await until(() => {
    const errors = of(events, 'error');
    return errors.length > 0 && errors;
  });
  expect(error).toMatchObject({ orderId, code: 201, epoch: broker.state().epoch });
  expect(error?.text).toContain('a test');
});

it('survives a malformed part of an error message: the session is replaced, the process lives', async () => {
  const { broker, gateway, condor } = await steppedWorld();
  const { epoch } = broker.state();
  gateway.fault({ kind: 'rejectNext', code: 201, text: 'rejected', json: 'no json' });
  place({ broker }, payloadOf(condor, condor.natural), REF);
  await until(() => broker.state().epoch > epoch && broker.state().usable);
});

it('places a single leg with its own action, and a stop limit with a trigger', async () => {
  const { broker, gateway, events, condor } = await steppedWorld();
  const [long] = condor.legs;
  const { contract } = present(long).details;
  const leg = { contract, action: 'SELL' as const, ratio: 1 };
  place({ broker }, payloadOf(condor, 20_000_000, { legs: [leg], role: 'leg1' }), 'LW|p-1-1|1|leg1|1');
  await until(() => of(events, 'order').some(({ order }) => order.conId === contract.conId && order.action === 'SELL'));
  const back = payloadOf(condor, 5_000_000, { orderType: 'STP LMT', stopPrice: 4_000_000, tif: 'GTC' });
  const legs = back.legs.map((one) => ({ ...one, action: opposite(one.action) }));
  place({ broker }, { ...back, legs }, 'LW|p-1-1|1|stop|1');
  await until(
    () => of(events, 'error').length > 0 || of(events, 'order').some(({ order }) => order.orderType === 'STP LMT'),
  );
  expect(of(events, 'error')).toEqual([]);
  const frames = gateway.journal().filter((entry) => entry.dir === 'in' && entry.type === 'PLACE_ORDER');
  expect(frames[0]?.fields).toMatchObject({ secType: 'OPT', conId: contract.conId, action: 'SELL', limitPrice: 20 });
  expect(frames[1]?.fields).toMatchObject({ auxPrice: 4, limitPrice: 5, triggerMethod: 4, tif: 'GTC' });
  expect(() => place({ broker }, payloadOf(condor, 1, { tif: 'GTD' }), 'LW|p-1-1|1|combo|2')).toThrow('goodTill');
  expect(framesIn(gateway, 'PLACE_ORDER')).toBe(2);
});

it('never gives out an order id twice, whatever the gateway sends next', async () => {
  const { broker, gateway, condor } = await steppedWorld();
  const first = broker.orders.allocateOrderId(0);
  expect(broker.orders.allocateOrderId(0)).toBe(first + 1);
  expect(broker.orders.allocateOrderId(500)).toBe(501);
  expect(broker.orders.allocateOrderId(0)).toBe(502);
  place({ broker }, payloadOf(condor, condor.natural - 500_000), REF);
  const { epoch } = broker.state();
  gateway.fault({ kind: 'restart', rollback: 100 });
  await until(() => broker.state().epoch > epoch && broker.state().usable);
  expect(broker.orders.allocateOrderId(10)).toBe(504);
});

it('an answer without its end is incomplete, and its late end does not end the next one', async () => {
  const started = await startWorld({ gateway: { stepped: true }, broker: { requestTimeoutMs: 300 } });
  world = started;
  const { broker, gateway } = started;
  const epoch = await usable(broker);
  gateway.fault({ kind: 'omit', message: 'OPEN_ORDER_END' });
  expect(await broker.orders.openOrders()).toMatchObject({ complete: false, epoch });
  // The end is owed for a while; then a new session owes nothing.
  await until(() => broker.state().epoch > epoch && broker.state().usable);
  const both = await Promise.all([broker.orders.openOrders(), broker.orders.openOrders()]);
  expect(both.map((answer) => answer.complete)).toEqual([true, true]);
});

it('reports a duplicated fill once', async () => {
  const { broker, gateway, events, condor } = await steppedWorld();
  gateway.fault({ kind: 'duplicate', message: 'EXECUTION_DATA', n: 20 });
  place({ broker }, payloadOf(condor, condor.natural + 100_000), REF);
  await advanceUntil(present(world), () => of(events, 'order').some(({ order }) => order.status === 'Filled'));
  await broker.probe(DEADLINE_MS);
  const ids = of(events, 'fill').map(({ fill }) => fill.execId);
  expect(ids.length).toBeGreaterThanOrEqual(5);
  expect(new Set(ids).size).toBe(ids.length);
});

it('a combination at an even price is a limit of zero', async () => {
  const { broker, gateway, events, condor } = await steppedWorld();
  const [, , short, long] = payloadOf(condor, 0).legs;
  const legs = [present(short), { ...present(long), ratio: 2 }];
  place({ broker }, payloadOf(condor, 0, { legs }), REF);
  const order = await advanceUntil(
    present(world),
    () => of(events, 'order').find((event) => event.order.permId > 0)?.order,
  );
  expect(order).toMatchObject({ orderRef: REF, limitPrice: 0 });
  expect(['PreSubmitted', 'Submitted', 'Filled']).toContain(order.status);
  const frame = gateway.journal().find((entry) => entry.dir === 'in' && entry.type === 'PLACE_ORDER');
  expect(frame?.fields).toMatchObject({ orderType: 'LMT', limitPrice: 0 });
});

/** A6: an order may be in transit for seconds: without callbacks and in no list, yet it may match. */
import { EventName } from '@stoqey/ib';
import { acknowledgementMs } from '../../src/exchange/acknowledgements.js';
import { startGateway } from '../../src/index.js';
import { connectClient } from '../protocol/support/fixture.js';
import {
  calls,
  completedOrders,
  condor,
  contractOf,
  type Desk,
  errors,
  limit,
  openDesk,
  openOrders,
  shownOrders,
  statuses,
} from './support/desk.js';

let desk: Desk;

afterEach(() => desk.close());

const RESTING = -8.45;
/** Bought for less credit than the condor is worth, so that it fills at once. */
const MARKETABLE = -1;
const TOLD: readonly string[] = [EventName.openOrder, EventName.orderStatus];

/** Unrequested callbacks about orders. */
const told = (from = 0): number => desk.client.heard.slice(from).filter(([name]) => TOLD.includes(name)).length;

const ids = async (client = desk.client) => (await openOrders(client)).map(({ orderId }) => orderId);

const place = (kind: 'combo' | 'single'): void => {
  const [put] = desk.options;
  if (kind === 'combo') desk.api.placeOrder(1, condor(desk), limit(RESTING));
  else if (put) desk.api.placeOrder(1, contractOf(put), limit(0.05));
};

describe.each(['combo', 'single'] as const)('A6: a %s', (kind) => {
  it.each([0, 1, 3, 5, 8])('of a scenario that acknowledges after %i s', async (seconds) => {
    const range: [number, number] = [seconds, seconds];
    desk = await openDesk({ acknowledgements: { comboSeconds: range, singleSeconds: range } });
    place(kind);
    if (seconds > 0) {
      await desk.pass(seconds - 1);
      expect(told()).toBe(0);
      expect(await ids()).toEqual([]);
      expect(await ids(await desk.connect(2))).toEqual([]);
      await desk.pass(1);
    } else await desk.pass(0);
    expect(statuses(desk.client, 1)).toEqual(['PreSubmitted', 'Submitted']);
    expect(await ids()).toEqual([1]);
    expect(errors(desk.client)).toEqual([]);
  });

  it.each([true, false])('an order whose acknowledgement a fault delays, listed meanwhile: %s', async (shown) => {
    desk = await openDesk();
    desk.gateway.fault({ kind: 'lateAcknowledgement', ms: 9_000, shown });
    place(kind);
    await desk.pass(8);
    expect(told()).toBe(0);
    const listed = shown ? [1] : [];
    expect(await ids(await desk.connect(2))).toEqual(listed);
    expect(await ids()).toEqual(listed);
    await desk.pass(1);
    expect(statuses(desk.client, 1).slice(-1)).toEqual(['Submitted']);
    expect(await ids()).toEqual([1]);
    place(kind);
  });
});

it('A6: the fault delays as many acknowledgements as it says', async () => {
  desk = await openDesk();
  desk.gateway.fault({ kind: 'lateAcknowledgement', ms: 5_000, n: 2 });
  for (const orderId of [1, 2, 3]) desk.api.placeOrder(orderId, condor(desk), limit(RESTING));
  await desk.pass(1);
  expect(await ids()).toEqual([3]);
  await desk.pass(4);
  expect(await ids()).toEqual([1, 2, 3]);
});

it('A6, 13: an order that fills before its acknowledgement is executed first, then shown as filled', async () => {
  desk = await openDesk({ acknowledgements: { comboSeconds: [4, 4] } });
  desk.api.placeOrder(1, condor(desk), limit(MARKETABLE));
  await desk.pass(2);
  expect(calls(desk.client, EventName.execDetails)).toHaveLength(5);
  expect(told()).toBe(0);
  expect(await completedOrders(desk.client)).toEqual([]);
  await desk.pass(2);
  expect(statuses(desk.client, 1)).toEqual(['PreSubmitted', 'Submitted', 'Filled']);
  expect(shownOrders(desk.client).map(({ contract }) => contract.tradingClass)).toContain('COMB');
  expect(await completedOrders(desk.client)).toHaveLength(1);
});

it('A6: an earlier cancel is confirmed right after the acknowledgement, and the order no longer fills', async () => {
  desk = await openDesk({ acknowledgements: { comboSeconds: [5, 5] } });
  desk.api.placeOrder(1, condor(desk), limit(RESTING));
  await desk.pass(1);
  desk.api.cancelOrder(1);
  await desk.pass(3);
  expect(told()).toBe(0);
  expect(errors(desk.client)).toEqual([]);
  await desk.pass(1);
  const seen = statuses(desk.client, 1);
  expect(seen.filter((status) => status !== 'PendingCancel')).toEqual(['PreSubmitted', 'Submitted', 'Cancelled']);
  expect(errors(desk.client).map(([id, code]) => [id, code])).toEqual([[1, 202]]);
  expect(await ids()).toEqual([]);
  expect(await completedOrders(desk.client)).toHaveLength(1);
});

it('A6: a change that comes before is taken of a single contract, and refused of a combo that was not shown', async () => {
  desk = await openDesk({ acknowledgements: { comboSeconds: [5, 5], singleSeconds: [5, 5] } });
  const [put] = desk.options;
  if (!put) throw new Error('no option');
  desk.api.placeOrder(1, contractOf(put), limit(0.05));
  desk.api.placeOrder(2, condor(desk), limit(RESTING));
  await desk.pass(1);
  desk.api.placeOrder(1, contractOf(put), limit(0.07));
  desk.api.placeOrder(2, condor(desk), limit(RESTING + 0.1));
  await desk.pass(4);
  expect(errors(desk.client).map(([id, code]) => [id, code])).toEqual([[2, 105]]);
  expect((await openOrders(desk.client)).map(({ order }) => order.lmtPrice)).toEqual([0.07, RESTING]);
});

it('A6: a refusal is sent at once and leaves no order', async () => {
  desk = await openDesk({ acknowledgements: { comboSeconds: [5, 5] } });
  desk.api.placeOrder(1, condor(desk), limit(-10));
  await desk.pass(0);
  expect(errors(desk.client).map(([id, code]) => [id, code])).toEqual([[1, 201]]);
  await desk.pass(6);
  expect(told()).toBe(0);
});

it('A6: a running gateway acknowledges combos late by itself, and single contracts at once', async () => {
  desk = await openDesk();
  const gateway = await startGateway({ port: 0, seed: 3, speed: 20, start: '2026-03-02T10:00-05:00' });
  const client = await connectClient(gateway.port);
  const [put] = desk.options;
  client.api.placeOrder(1, put ? contractOf(put) : {}, limit(0.05));
  client.api.placeOrder(2, condor(desk), limit(RESTING));
  await client.wait(EventName.openOrder, ((id: number) => id === 2) as never);
  const journal = gateway.journal();
  client.close();
  await gateway.close();
  const first = (type: string, orderId: number) =>
    journal.find((entry) => entry.type === type && entry.fields.orderId === orderId);
  expect(first('OPEN_ORDER', 1)?.n).toBe((first('PLACE_ORDER', 1)?.n ?? 0) + 1);
  const waited = (first('OPEN_ORDER', 2)?.at ?? 0) - (first('PLACE_ORDER', 2)?.at ?? 0);
  const { permId } = first('OPEN_ORDER', 2)?.fields ?? {};
  // Without a reference of its own an order's key is its permanent id.
  expect(waited).toBeGreaterThanOrEqual(acknowledgementMs([0.1, 5], 3, String(permId)));
});

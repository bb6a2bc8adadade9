/** A4: order ids lie above those of all clients that were shown. A5: orders that lost their client. */
import { EventName } from '@stoqey/ib';
import type { Client } from '../protocol/support/fixture.js';
import {
  condor,
  contractOf,
  type Desk,
  errors,
  limit,
  openDesk,
  openOrders,
  settled,
  shownOrders,
  statuses,
} from './support/desk.js';

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});

afterEach(() => desk.close());

function buy(client: Client, orderId: number, more: Parameters<typeof limit>[1] = {}): void {
  const [put] = desk.options;
  if (put) client.api.placeOrder(orderId, contractOf(put), limit(0.05, more));
}

const codes = (client: Client) => errors(client).map(([id, code]) => [id, code]);

async function nextId(client: Client): Promise<unknown> {
  const from = client.heard.length;
  client.api.reqIds();
  return (await client.wait(EventName.nextValidId, () => true, from))[1];
}

it('A4: after a look at all open orders an id must be above those of other clients', async () => {
  const other = await desk.connect(5);
  const ours = await desk.connect(17);
  buy(other, 5000);
  buy(ours, 41);
  await desk.pass(1);
  expect(errors(ours)).toEqual([]);
  await openOrders(ours);
  buy(ours, 42);
  await desk.pass(1);
  expect(errors(ours)).toEqual([[42, 103, 'Duplicate order id']]);
  expect(await nextId(ours)).toBe(5001);
  buy(ours, 41, { lmtPrice: 0.06 });
  buy(ours, 5001);
  await desk.pass(1);
  expect(codes(ours)).toEqual([[42, 103]]);
  expect((await openOrders(ours)).map(({ orderId, order }) => [orderId, order.lmtPrice]).sort()).toEqual([
    [41, 0.06],
    [5000, 0.05],
    [5001, 0.05],
  ]);
});

it('A4: a client that looked at its own orders alone, or did not look, is not bound by others', async () => {
  const other = await desk.connect(5);
  buy(other, 5000);
  await desk.pass(1);
  desk.api.reqOpenOrders();
  await settled(desk.client);
  buy(desk.client, 42);
  await desk.pass(1);
  expect(errors(desk.client)).toEqual([]);
});

it.each<[string, () => void]>([
  ['by the exchange', () => desk.api.placeOrder(7, condor(desk), limit(-10))],
  ['for its account', () => buy(desk.client, 7, { account: 'U999' })],
  [
    'by a fault',
    () => {
      desk.gateway.fault({ kind: 'rejectNext', code: 201, text: 'Order rejected - reason:System is unavailable' });
      buy(desk.client, 7);
    },
  ],
])('55: the id of an order that was refused %s counts as used', async (_, refused) => {
  refused();
  await desk.pass(1);
  expect(errors(desk.client)).toHaveLength(1);
  buy(desk.client, 7);
  await desk.pass(1);
  expect(codes(desk.client).at(-1)).toEqual([7, 103]);
  expect(await nextId(desk.client)).toBe(8);
});

describe('A5: an order that lost its client', () => {
  const OURS = { orderRef: 'legwork-a5' };

  it.each([
    [-2, undefined, 1],
    [0, undefined, 1],
    [0, 99, 99],
    [-7, 0, 0],
  ])('is shown with order id %i', async (shownId, clientId, shownClient) => {
    desk.api.placeOrder(1, condor(desk), limit(-8.45, OURS));
    await desk.pass(1);
    const { permId } = shownOrders(desk.client)[0]?.order ?? {};
    desk.gateway.fault({ kind: 'loseOrders', shownId, ...(clientId !== undefined && { clientId }) });
    const [shown] = await openOrders(desk.client);
    expect(shown?.orderId).toBe(shownId);
    expect(shown?.order).toMatchObject({ permId, clientId: shownClient, orderRef: OURS.orderRef });
    expect(shown?.state.status).toBe('Submitted');
  });

  it('cannot be cancelled: neither by the id it was placed under nor by the one it is shown with', async () => {
    buy(desk.client, 1, OURS);
    await desk.pass(1);
    desk.gateway.fault({ kind: 'loseOrders', shownId: -2 });
    desk.api.cancelOrder(1);
    desk.api.cancelOrder(-2);
    await desk.pass(3);
    expect(codes(desk.client)).toEqual([
      [1, 10147],
      [-2, 10147],
    ]);
    expect(await openOrders(desk.client)).toHaveLength(1);
  });

  it('a change under its first id is a new order', async () => {
    buy(desk.client, 1, OURS);
    await desk.pass(1);
    desk.gateway.fault({ kind: 'loseOrders', shownId: -2, orderRefPrefix: 'legwork' });
    buy(desk.client, 1, { ...OURS, lmtPrice: 0.07 });
    await desk.pass(1);
    expect(errors(desk.client)).toEqual([]);
    const both = (await openOrders(desk.client)).map(({ orderId, order }) => [orderId, order.lmtPrice]);
    expect(both).toEqual([
      [-2, 0.05],
      [1, 0.07],
    ]);
  });

  it('is bound by client 0, which can change and cancel it then', async () => {
    buy(desk.client, 1, OURS);
    buy(desk.client, 2);
    await desk.pass(1);
    desk.gateway.fault({ kind: 'loseOrders', orderRefPrefix: 'legwork' });
    const person = await desk.connect(0);
    person.api.reqAutoOpenOrders(true);
    await settled(person);
    const [bound] = shownOrders(person);
    expect(bound?.order).toMatchObject({ clientId: 0, orderRef: OURS.orderRef });
    const id = bound?.orderId ?? 0;
    expect(id).toBeLessThan(0);
    buy(person, id, { lmtPrice: 0.06 });
    await desk.pass(1);
    person.api.cancelOrder(id);
    await desk.pass(2);
    expect(statuses(person, id).at(-1)).toBe('Cancelled');
    expect((await openOrders(person)).map(({ orderId }) => orderId)).toEqual([2]);
  });

  it('is bound to client 0 as well when that asks for its own open orders', async () => {
    buy(desk.client, 1, OURS);
    await desk.pass(1);
    desk.gateway.fault({ kind: 'loseOrders', shownId: -5 });
    const person = await desk.connect(0);
    person.api.reqOpenOrders();
    await person.wait(EventName.openOrderEnd);
    const [bound] = shownOrders(person);
    person.api.cancelOrder(bound?.orderId ?? 0);
    await desk.pass(2);
    expect(codes(person)).toEqual([[bound?.orderId, 202]]);
    expect(await openOrders(person)).toEqual([]);
  });

  it('needs an order to lose', () => {
    expect(() => desk.gateway.fault({ kind: 'loseOrders' })).toThrow('there is nothing it could happen to');
  });
});

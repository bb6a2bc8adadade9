/** Faults, limits and the control interface, seen by the real client and by plain HTTP. */

import { connect as openSocket } from 'node:net';
import { type Contract, EventName, type Order, OrderAction, OrderType, SecType } from '@stoqey/ib';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import { type Client, connectClient, type Fixture, START, startFixture } from './support/fixture.js';

let fixture: Fixture;
let clients: Client[];

beforeEach(async () => {
  fixture = await startFixture({ controlPort: 0 });
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  await fixture.gateway.close();
});

async function connect(clientId = 1): Promise<Client> {
  const client = await connectClient(fixture.gateway.port, clientId);
  clients.push(client);
  return client;
}

const SPY: Contract = { conId: 756733, symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const order = (orderRef: string): Order => ({
  action: OrderAction.BUY,
  orderType: OrderType.LMT,
  totalQuantity: 1,
  lmtPrice: 1,
  transmit: true,
  orderRef,
});

const errorIs = (code: number, id: number) =>
  ((_: Error, heardCode: number, heardId: number) => heardCode === code && heardId === id) as never;
const infoIs = (code: number) => ((_: string, heardCode: number) => heardCode === code) as never;

/** Waits until everything sent before has been answered. */
async function barrier(client: Client): Promise<void> {
  const mark = client.heard.length;
  client.api.reqCurrentTime();
  await client.wait(EventName.currentTime, () => true, mark);
}

async function post(path: string, body: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${fixture.gateway.controlPort}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function get(path: string): Promise<unknown> {
  return (await fetch(`http://127.0.0.1:${fixture.gateway.controlPort}${path}`)).json();
}

it('refuses a client id that is in use and frees it when its owner is cut', async () => {
  const first = await connect(5);
  await expect(connectClient(fixture.gateway.port, 5).then((second) => clients.push(second))).rejects.toThrow(
    'client id is already in use',
  );
  fixture.gateway.fault({ kind: 'drop' });
  await first.wait(EventName.disconnected);
  const third = await connect(5);
  await barrier(third);
});

it('rejects, swallows and silences orders', async () => {
  const client = await connect();
  fixture.gateway.fault({ kind: 'rejectNext', n: 1, code: 201, text: 'Order rejected - reason:test' });
  client.api.placeOrder(1, SPY, order('a-1'));
  await client.wait(EventName.error, errorIs(201, 1));
  expect(fixture.exchange.placed).toHaveLength(0);

  fixture.gateway.fault({ kind: 'mute', orderRefPrefix: 'lost-' });
  fixture.gateway.fault({ kind: 'mute', orderRefPrefix: 'quiet-', place: true });
  client.api.placeOrder(2, SPY, order('lost-1'));
  client.api.placeOrder(3, SPY, order('quiet-1'));
  client.api.placeOrder(4, SPY, order('a-2'));
  await client.wait(EventName.openOrder, (id: number) => id === 4);
  await barrier(client);
  const told = client.heard.filter(([name]) => name === EventName.openOrder).map(([, id]) => id);
  expect(told).toEqual([4]);
  expect(fixture.exchange.placed.map((row) => row.orderId)).toEqual([3, 4]);
  // A list shows the silent order: it is real.
  const mark = client.heard.length;
  client.api.reqAllOpenOrders();
  await client.wait(EventName.openOrderEnd, () => true, mark);
  expect(
    client.heard
      .slice(mark)
      .filter(([name]) => name === EventName.openOrder)
      .map(([, id]) => id),
  ).toEqual([3, 4]);
});

it('omits, doubles and delays named messages', async () => {
  const client = await connect();
  fixture.gateway.fault({ kind: 'omit', message: 'OPEN_ORDER', n: 1 });
  fixture.gateway.fault({ kind: 'duplicate', message: 'ORDER_STATUS', n: 1 });
  client.api.placeOrder(1, SPY, order('b-1'));
  await barrier(client);
  const kinds = client.heard
    .map(([name]) => name)
    .filter((name) => name === EventName.openOrder || name === EventName.orderStatus);
  expect(kinds).toEqual([EventName.orderStatus, EventName.orderStatus]);
  fixture.gateway.fault({ kind: 'delay', message: 'EXECUTION_DATA', n: 1, ms: 5_000 });
  fixture.exchange.fill(1);
  await barrier(client);
  expect(client.heard.some(([name]) => name === EventName.execDetails)).toBe(false);
  expect(fixture.gateway.nextEvent()).toBe(START + 5_000);
  expect(fixture.gateway.advance(START + 60_000)).toBe(START + 5_000);
  await client.wait(EventName.execDetails);
});

it('freezes like a stalled process and makes up for it, or acts on requests and loses the answers', async () => {
  const client = await connect();
  fixture.gateway.fault({ kind: 'freeze', input: 'queue' });
  client.api.placeOrder(1, SPY, order('c-1'));
  client.api.reqCurrentTime();
  const other = connectClient(fixture.gateway.port, 2);
  await until(() => fixture.gateway.journal().filter((entry) => entry.type === 'CONNECT').length === 2);
  expect(fixture.exchange.placed).toHaveLength(0);
  fixture.gateway.fault({ kind: 'unfreeze' });
  await client.wait(EventName.openOrder);
  clients.push(await other);

  fixture.gateway.fault({ kind: 'freeze', input: 'process' });
  const mark = client.heard.length;
  client.api.placeOrder(2, SPY, order('c-2'));
  await until(() => fixture.exchange.placed.length === 2);
  fixture.gateway.fault({ kind: 'unfreeze' });
  await barrier(client);
  expect(client.heard.slice(mark).map(([name]) => name)).not.toContain(EventName.openOrder);
});

it('loses bytes on a half-open connection and cuts it in the end', async () => {
  const client = await connect();
  fixture.gateway.fault({ kind: 'freeze' });
  client.api.placeOrder(1, SPY, order('d-1'));
  await until(() => clients.length === 1 && client.api.isConnected);
  // The bytes reach the gateway's socket before those of a later connection.
  const late = connectClient(fixture.gateway.port, 9).catch(() => undefined);
  await until(() => fixture.gateway.journal().filter((entry) => entry.type === 'CONNECT').length === 2);
  await barrierOfLoop();
  fixture.gateway.fault({ kind: 'drop' });
  fixture.gateway.fault({ kind: 'unfreeze' });
  await client.wait(EventName.disconnected);
  expect(fixture.exchange.placed).toHaveLength(0);
  clients.push(...[await late].filter((row) => row !== undefined));
});

it('restarts, refuses connections, and sends system notices', async () => {
  const client = await connect();
  client.api.placeOrder(7, SPY, order('e-1'));
  await client.wait(EventName.openOrder);
  fixture.gateway.fault({ kind: 'restart' });
  await client.wait(EventName.disconnected);
  const again = await connect();
  expect(again.heard.find(([name]) => name === EventName.nextValidId)?.[1]).toBe(8);

  again.api.reqMktData(11, SPY, '', false, false);
  await again.wait(EventName.tickPrice);
  fixture.gateway.fault({ kind: 'notice', code: 1100 });
  await again.wait(EventName.info, infoIs(1100));
  const mark = again.heard.length;
  fixture.gateway.advance(START + 60_000);
  await barrier(again);
  expect(again.heard.slice(mark).map(([name]) => name)).not.toContain(EventName.tickPrice);
  fixture.gateway.fault({ kind: 'notice', code: 1102 });
  await again.wait(EventName.info, infoIs(1102));
  fixture.gateway.advance(START + 120_000);
  await again.wait(EventName.tickPrice, () => true, mark);

  fixture.gateway.fault({ kind: 'refuse' });
  fixture.gateway.fault({ kind: 'drop' });
  await again.wait(EventName.disconnected);
  await refusal();
  fixture.gateway.fault({ kind: 'refuse', on: false });
  await connect();
});

it('allows a hundred lines', async () => {
  const client = await connect();
  for (let reqId = 1; reqId <= 101; reqId += 1) client.api.reqMktData(reqId, SPY, '', false, false);
  await client.wait(EventName.error, errorIs(101, 101));
  client.api.cancelMktData(50);
  client.api.reqMktData(102, SPY, '', false, false);
  await client.wait(EventName.tickPrice, (reqId: number) => reqId === 102);
});

it('is controlled over HTTP', async () => {
  await connect(3);
  expect(await get('/status')).toMatchObject({
    now: START,
    mode: 'stepped',
    nextEvent: null,
    sessions: [{ clientId: 3, version: 193 }],
  });
  expect(await post('/advance', { to: START + 1_000 })).toEqual({
    status: 200,
    body: { now: START + 1_000, nextEvent: null },
  });
  const spy = fixture.market.underlyings().find((row) => row.symbol === 'SPY')?.conId ?? 0;
  const before = fixture.market.fairValue(spy, START + 1_000) ?? 0;
  expect((await post('/set', { kind: 'shock', symbol: 'SPY', spotFactor: 0.9 })).status).toBe(200);
  expect((fixture.market.fairValue(spy, START + 1_000) ?? 0) / before).toBeCloseTo(0.9, 6);
  expect(await post('/fault', { kind: 'explode' })).toMatchObject({ status: 400 });
  expect(await post('/nothing', {})).toMatchObject({ status: 404 });
  expect(await get('/faults')).toContainEqual({ name: 'drop', about: 'cuts every connection at once' });
  const entries = (await get('/journal?from=2')) as { n: number; type: string }[];
  expect(entries[0]).toMatchObject({ n: 2, type: 'VERSION' });
  expect(await get('/positions')).toEqual([]);
  expect((await post('/fault', { kind: 'drop' })).status).toBe(200);
  await until(() => clients[0]?.api.isConnected === false);
});

/** Resolves when the gateway has closed a new connection without a byte. */
function refusal(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = openSocket(fixture.gateway.port, '127.0.0.1');
    socket.on('data', () => reject(new Error('the gateway answered')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

/** Lets the event loop read every socket once more. */
async function barrierOfLoop(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000 * TIMEOUT_FACTOR;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

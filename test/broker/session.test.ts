/** Connecting, the live guard, probes and reconnects, against the simulated gateway. */
import { afterEach, expect, it } from '@jest/globals';
import { startGateway } from 'ib-gateway';
import { type Broker, connectBroker } from '../../src/broker/index.js';
import {
  ACCOUNT,
  connectTo,
  DEADLINE_MS,
  findCondor,
  framesIn,
  OPTIONS,
  payloadOf,
  startWorld,
  until,
  usable,
  type World,
} from './support.js';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function world(...options: Parameters<typeof startWorld>): Promise<World> {
  const started = await startWorld(...options);
  open.push(started);
  return started;
}

function keep(broker: Broker): Broker {
  open.push(broker);
  return broker;
}

it('returns at once, and is usable once ids, accounts and the time are known', async () => {
  const { broker } = await world();
  expect(broker.state()).toMatchObject({ connected: false, usable: false });
  expect(broker.state().reason).toContain('No connection');
  expect(() => broker.clock.now()).toThrow(expect.objectContaining({ code: 'BROKER_UNREACHABLE' }));
  const epoch = await usable(broker);
  expect(broker.state()).toEqual({
    connected: true,
    usable: true,
    epoch,
    clientId: 7,
    serverVersion: 193,
    accounts: [ACCOUNT],
    reconciled: false,
    modifyBlocked: false,
  });
  broker.markReconciled(epoch - 1);
  expect(broker.state().reconciled).toBe(false);
  broker.markReconciled(epoch);
  expect(broker.state().reconciled).toBe(true);
});

it.each([
  ['host', { allowedHosts: ['10.0.0.1'] }, 'host'],
  ['port', { allowedPorts: [4002] }, 'port'],
  ['live account without live', { accounts: ['U7654321'] }, 'paper'],
])('the guard refuses by %s: nothing connects, requests fail with LIVE_GUARD', async (_name, change, reason) => {
  const gateway = await startGateway({ port: 0, seed: 5 });
  open.push(gateway);
  const guard = { allowedHosts: [gateway.host], allowedPorts: [gateway.port], accounts: [ACCOUNT], live: false };
  const broker = keep(connectTo(gateway, { broker: { guard: { ...guard, ...change } } }));
  expect(broker.state().reason).toContain(reason);
  await expect(broker.underlying('SPY')).rejects.toMatchObject({ code: 'LIVE_GUARD' });
  await expect(broker.probe(100)).rejects.toMatchObject({ code: 'LIVE_GUARD' });
  await expect(broker.orders.openOrders()).rejects.toMatchObject({ code: 'LIVE_GUARD' });
  expect(() => broker.orders.allocateOrderId(0)).toThrow(expect.objectContaining({ code: 'LIVE_GUARD' }));
  expect(gateway.journal()).toEqual([]);
});

it.each([
  ['a live account', ['U1234567'], ['U1234567'], 'paper'],
  ['a live account without a name', ['U1234567'], [], 'paper'],
  ['more than one account without a name', [ACCOUNT, 'DU2222222'], [], 'none is configured'],
  ['an account that is missing', [ACCOUNT], ['DU2222222'], 'not managed'],
  ['an account too many', [ACCOUNT, 'DU2222222'], [ACCOUNT], 'not configured'],
])('the guard refuses %s after the greeting, and no order frame leaves', async (_name, managed, accounts, reason) => {
  const gateway = await startGateway({ port: 0, seed: 5, accounts: managed });
  open.push(gateway);
  const lines: string[] = [];
  const log = (_level: string, message: string, fields?: object) => void lines.push(message + JSON.stringify(fields));
  const broker = keep(
    connectTo(gateway, {
      broker: { guard: { allowedHosts: [gateway.host], allowedPorts: [gateway.port], accounts, live: false }, log },
    }),
  );
  await until(() => broker.state().reason?.includes(reason));
  expect(broker.state().usable).toBe(false);
  await expect(broker.accountSummary()).rejects.toMatchObject({ code: 'LIVE_GUARD' });
  expect(gateway.journal().filter((entry) => entry.type === 'PLACE_ORDER')).toEqual([]);
  expect(lines.join('\n')).not.toMatch(/U\d{7}/);
});

it('a live account needs its name even when live trading is allowed', async () => {
  const gateway = await startGateway({ port: 0, seed: 5, accounts: ['U1234567'] });
  open.push(gateway);
  const { host, port } = gateway;
  const guard = { allowedHosts: [host], allowedPorts: [port], accounts: [], live: true };
  const broker = keep(connectTo(gateway, { broker: { guard } }));
  await until(() => broker.state().reason?.includes('U1***'));
  await expect(broker.accountSummary()).rejects.toMatchObject({ code: 'LIVE_GUARD' });
});

it('takes the one paper account when none is named', async () => {
  const { host, port } = (await world({ gateway: { stepped: true } })).gateway;
  const guard = { allowedHosts: [host], allowedPorts: [port], accounts: [], live: false };
  const broker = keep(connectBroker({ ...OPTIONS, host, port, clientId: 8, guard }));
  const epoch = await usable(broker);
  expect((await broker.accountSummary()).account).toBe(ACCOUNT);
  const condor = await findCondor(broker);
  const order = { payload: payloadOf(condor, condor.natural), orderRef: 'LW|x-1-1|1|combo|1', orderId: 1, epoch };
  expect(() => broker.orders.place({ ...order, account: 'DU9999999' })).toThrow(
    expect.objectContaining({ code: 'LIVE_GUARD' }),
  );
});

it('names a live account only when live trading is allowed', async () => {
  const gateway = await startGateway({ port: 0, seed: 5, accounts: ['U1234567'] });
  open.push(gateway);
  const { host, port } = gateway;
  const guard = { allowedHosts: [host], allowedPorts: [port], accounts: ['U1234567'], live: true };
  const broker = keep(connectTo(gateway, { broker: { guard } }));
  await usable(broker);
  expect(broker.state().accounts).toEqual(['U1234567']);
});

it('waits for a gateway that is not up, and finds it', async () => {
  const first = await startGateway({ port: 0, seed: 5 });
  const { host, port } = first;
  await first.close();
  const broker = keep(
    connectBroker({
      ...OPTIONS,
      host,
      port,
      guard: { allowedHosts: [host], allowedPorts: [port], accounts: [ACCOUNT], live: false },
    }),
  );
  const refused = `The gateway cannot be reached: connect ECONNREFUSED ${host}:${port}.`;
  await until(() => broker.state().reason === refused);
  await expect(broker.positions()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  open.push(await startGateway({ port, seed: 5 }));
  await usable(broker);
});

it('reports that its client id is in use, and takes no other', async () => {
  const { gateway, broker } = await world();
  await usable(broker);
  const second = keep(connectTo(gateway));
  await until(() => second.state().reason?.includes('client id'));
  expect(second.state()).toMatchObject({ usable: false, clientId: 7 });
  await broker.close();
  await usable(second);
});

it('a frozen gateway fails the probe: the session is dropped, and the next one has a higher epoch', async () => {
  const { gateway, broker } = await world({ broker: { probePeriodMs: 60_000, requestTimeoutMs: 1_000 } });
  const epoch = await usable(broker);
  await broker.probe(DEADLINE_MS);
  gateway.fault({ kind: 'freeze' });
  const hanging = broker.orders.openOrders();
  const asked = hanging.then(
    ({ complete }) => complete,
    (error: { code?: string }) => error.code,
  );
  await expect(broker.probe(150)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  expect([false, 'BROKER_UNREACHABLE']).toContain(await asked);
  // Slow is not dead: the session ends when the answer stays away for as long as a periodic probe may take.
  await until(() => !broker.state().connected);
  expect(broker.state()).toMatchObject({ connected: false, usable: false, reconciled: false });
  expect(() => broker.orders.cancel(1, epoch)).toThrow(expect.objectContaining({ code: 'BROKER_UNREACHABLE' }));
  gateway.fault({ kind: 'unfreeze' });
  expect(await usable(broker)).toBeGreaterThan(epoch);
});

it('a periodic probe finds a half-open connection by itself', async () => {
  const { gateway, broker } = await world({ broker: { probePeriodMs: 50, requestTimeoutMs: 200 } });
  const epoch = await usable(broker);
  gateway.fault({ kind: 'freeze' });
  await until(() => !broker.state().usable);
  gateway.fault({ kind: 'unfreeze' });
  expect(await usable(broker)).toBeGreaterThan(epoch);
});

it('reset ends the session and connects with a new one', async () => {
  const { gateway, broker } = await world();
  const epoch = await usable(broker);
  const told: boolean[] = [];
  broker.onState((state) => told.push(state.usable));
  broker.reset('a test');
  expect(broker.state()).toMatchObject({ usable: false, reason: 'a test' });
  expect(await usable(broker)).toBeGreaterThan(epoch);
  expect(told).toEqual([false, true]);
  expect(gateway.journal().filter((entry) => entry.type === 'CONNECT').length).toBe(2);
});

it('follows the link between gateway and broker', async () => {
  const { gateway, broker, events } = await world();
  const epoch = await usable(broker);
  broker.markReconciled(epoch);
  gateway.fault({ kind: 'notice', code: 1100 });
  await until(() => !broker.state().usable);
  expect(broker.state()).toMatchObject({ connected: true, modifyBlocked: true, reconciled: true, epoch });
  expect(broker.state().reason).toContain('1100');
  await expect(broker.orders.openOrders()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  gateway.fault({ kind: 'notice', code: 1102 });
  await until(() => broker.state().usable);
  expect(broker.state()).toMatchObject({ modifyBlocked: true, reconciled: true });
  broker.markReconciled(epoch);
  expect(broker.state().modifyBlocked).toBe(false);
  gateway.fault({ kind: 'notice', code: 2103 });
  await until(() => broker.state().modifyBlocked);
  expect(broker.state().usable).toBe(true);
  gateway.fault({ kind: 'notice', code: 2110 });
  await until(() => !broker.state().usable);
  gateway.fault({ kind: 'notice', code: 1101 });
  await until(() => broker.state().usable);
  expect(broker.state()).toMatchObject({ reconciled: false, epoch });
  expect(events.some((event) => event.kind === 'session' && !event.state.usable)).toBe(true);
});

it('no write for a lost session arrives in a later one', async () => {
  const { gateway, broker } = await world();
  const epoch = await usable(broker);
  const condor = await findCondor(broker);
  const orderId = broker.orders.allocateOrderId(0);
  const order = {
    payload: payloadOf(condor, condor.natural),
    orderRef: 'LW|x-1-1|1|combo|1',
    orderId,
    account: ACCOUNT,
  };
  gateway.fault({ kind: 'drop' });
  await until(() => !broker.state().usable);
  expect(() => broker.orders.place({ ...order, epoch })).toThrow(
    expect.objectContaining({ code: 'BROKER_UNREACHABLE' }),
  );
  const next = await usable(broker);
  expect(() => broker.orders.place({ ...order, epoch })).toThrow(
    expect.objectContaining({ code: 'BROKER_UNREACHABLE' }),
  );
  expect(() => broker.orders.place({ ...order, account: 'DU9999999', epoch: next })).toThrow(
    expect.objectContaining({ code: 'LIVE_GUARD' }),
  );
  await broker.probe(DEADLINE_MS);
  expect(framesIn(gateway, 'PLACE_ORDER')).toBe(0);
});

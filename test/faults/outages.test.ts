/**
 * Parts fail while an order is in flight: the worker with kill -9, the broker's link, Postgres, Temporal. Real
 * processes throughout. The position ends right, with one order where one was intended.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ScenarioInput, startGateway } from 'ib-gateway';
import { stringify } from 'yaml';
import { kill, type Servers, startServers } from '../../chaos/servers.js';
import type { Part } from '../../src/stack/child.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import { answerOf, ask, ended, enter, namedCondor, WILLING } from '../support/life.js';
import { noRules } from '../support/rules.js';
import { sentOrders } from '../support/wire.js';
import { World } from '../support/world.js';
import { atBroker, caught, framesSince, idsOf, isMessage, isOrder, mark, marketTime } from './support.js';

const SPEED = 5;
/** How long a server stays away, wall seconds. */
const OUTAGE_SECONDS = Number(process.env.FAULT_OUTAGE_SECONDS ?? 60);
const TAKEOVER_MS = 20_000;
const PATIENCE_MS = 120_000 + OUTAGE_SECONDS * 1000;

const SCENARIO: ScenarioInput = {
  // Between an order's frame and its match the test has time to stop a part.
  exchange: { ...WILLING.exchange, latencySeconds: 2, cash: 2_000_000 },
};

interface Worker {
  readonly part: Part;
  readonly held: Promise<true>;
  holds: boolean;
}

const dir = temporaryFolder('outages');
const quiet = () => undefined;
const workers: Worker[] = [];
let servers: Servers;
let world: World;

beforeAll(async () => {
  const scenario = join(dir, 'scenario.yaml');
  writeFileSync(scenario, stringify(SCENARIO));
  const [started, gateway] = await Promise.all([
    startServers(dir, quiet),
    startGateway({ port: 0, controlPort: 0, seed: 5, speed: SPEED, scenario }),
  ]);
  servers = started;
  const undo = [() => servers.stop(), () => gateway.close()];
  const settings = { rules: noRules() };
  const temporal = { address: servers.temporalAddress };
  world = new World(dir, { settings }, gateway, temporal, servers.databaseUrl('legwork'), undo);
  await world.connect();
  await addWorker().held;
});
afterAll(async () => {
  await Promise.all(workers.map(({ part }) => part.stop()));
  await world?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 120_000);

function addWorker(): Worker {
  const worker: Worker = { ...world.spawnWorker(), holds: false };
  void worker.held.then(() => {
    worker.holds = true;
  });
  workers.push(worker);
  return worker;
}

/** A second process on standby. */
async function addStandby(): Promise<Worker> {
  const standby = addWorker();
  await world.waitUntil('the standby is up', () =>
    world.log.some((line) => line.startsWith(`worker ready (process ${standby.part.pid},`)),
  );
  return standby;
}

/** Kills the holder of the session and returns the wall milliseconds until the standby has it. */
async function killHolder(standby: Worker): Promise<number> {
  const holder = workers.find((worker) => worker.holds && worker !== standby);
  if (holder === undefined) throw new Error('nobody holds the session');
  const begun = performance.now();
  await kill(holder.part);
  workers.splice(workers.indexOf(holder), 1);
  await world.waitUntil('the standby holds the session', () => standby.holds, TAKEOVER_MS + 10_000);
  const took = performance.now() - begun;
  process.stderr.write(`taken over after ${(took / 1000).toFixed(1)} s\n`);
  return took;
}

/** The state after the parts return: opened with one order, and every place agrees. */
async function opened(entry: ReturnType<World['client']['enter']>): Promise<string> {
  const result = await answerOf(entry, PATIENCE_MS);
  expect({ status: result.status, reasons: result.reasons }).toMatchObject({ status: 'OPENED' });
  const { positionId = '' } = result;
  expect(result.filledCombos).toBe(1);
  // One order; an attempt that was proved unsent may have come before it.
  expect(idsOf(world, positionId)).toHaveLength(1);
  expect(atBroker(world)).toHaveLength(4);
  await world.agree(20_000);
  return positionId;
}

/** Closed by the exit in progress, with `orders` orders in all, and nothing left anywhere. */
async function over(positionId: string, orders = 2): Promise<void> {
  const row = await ended(world, positionId, PATIENCE_MS);
  expect(row).toMatchObject({ status: 'CLOSED', openCombos: 0 });
  expect(idsOf(world, positionId)).toHaveLength(orders);
  expect(atBroker(world)).toEqual([]);
  await world.agree(20_000);
}

const closing = (positionId: string) => world.client.close(positionId, { pricing: { kind: 'walk' } });

/** Stops a server in the turn of the order's frame and restarts it after the outage. */
async function away(from: number, take: () => Promise<void>, bring: () => Promise<void>, entryId = ''): Promise<void> {
  const frame = await caught(world.gateway, from, isOrder).catch(async (error: unknown) => {
    const entry = await world.store.entries.get(entryId);
    throw new Error(`${String(error)}\n${entry?.status ?? ''} ${entry?.reasons.join(' ') ?? ''}`);
  });
  await take();
  await marketTime(world, frame.at + OUTAGE_SECONDS * 1000 * SPEED, PATIENCE_MS);
  await bring();
}

test('F27 two workers at once: one session with the fixed client id, the other stands by', async () => {
  const standby = await addStandby();
  await marketTime(world, world.gateway.now() + 15_000);
  expect(standby.holds).toBe(false);
  const connects = world.gateway.journal().filter(isMessage('START_API'));
  expect(connects.map(({ fields }) => fields.clientId)).toEqual([17]);
  expect(await world.store.leases.current('broker')).toMatchObject({ token: 1, expired: false });
});

test('F1 kill -9 between the socket write and the result: the standby has the session within 20 s, and there is one order', async () => {
  const [, standby] = workers;
  if (standby === undefined) throw new Error('nobody stands by');
  const from = mark(world.gateway);
  const entry = await world.client.enter(ask(namedCondor()));
  await caught(world.gateway, from, isOrder);
  expect(await killHolder(standby)).toBeLessThan(TAKEOVER_MS);
  await opened(Promise.resolve(entry));
}, 600_000);

test('a worker that holds the session is killed with an exit in flight: taken over within 20 s, closed once', async () => {
  const standby = await addStandby();
  const [row] = await world.store.executions.get_open_strategies();
  const positionId = row?.positionId ?? '';
  const from = mark(world.gateway);
  await closing(positionId);
  await caught(world.gateway, from, isOrder);
  expect(await killHolder(standby)).toBeLessThan(TAKEOVER_MS);
  await over(positionId);
}, 600_000);

test('F7 a fill while disconnected is found in the executions that every reconnect reads', async () => {
  const from = mark(world.gateway);
  const entry = await world.client.enter(ask(namedCondor()));
  const frame = await caught(world.gateway, from, isOrder);
  world.gateway.fault({ kind: 'refuse', ms: 15_000 });
  world.gateway.fault({ kind: 'drop' });
  await world.waitUntil('it is filled at the exchange', () => atBroker(world).length === 4);
  expect(world.gateway.now()).toBeLessThan(frame.at + 15_000);
  expect(framesSince(world.gateway, frame.n, isMessage('EXECUTION_DATA', 'out'))).toEqual([]);
  await opened(Promise.resolve(entry));
  expect(framesSince(world.gateway, frame.n, isMessage('REQ_EXECUTIONS'))).not.toEqual([]);
}, 600_000);

test('F17 1100, then 1101 with data lost: nothing leaves until lines and executions have been requested again', async () => {
  const [row] = await world.store.executions.get_open_strategies();
  const positionId = row?.positionId ?? '';
  const from = mark(world.gateway);
  world.gateway.fault({ kind: 'connectivity', ms: 20_000, dataLost: true });
  await closing(positionId);
  await over(positionId);
  const told = (code: number) =>
    framesSince(world.gateway, from, isMessage('ERR_MSG', 'out')).find(
      ({ fields }) => Number(fields.code ?? fields.errorCode) === code,
    )?.n ?? Number.NaN;
  const [order] = framesSince(world.gateway, from, isOrder);
  expect(told(1101)).toBeGreaterThan(told(1100));
  expect(order?.n).toBeGreaterThan(told(1101));
  for (const type of ['REQ_EXECUTIONS', 'REQ_ALL_OPEN_ORDERS', 'REQ_MKT_DATA']) {
    const [first] = framesSince(world.gateway, told(1101), isMessage(type));
    expect([type, first !== undefined && first.n < (order?.n ?? 0)]).toEqual([type, true]);
  }
}, 600_000);

test('F17 the nightly reset: an entry waits it out and is sent after it, under an id that was never used', async () => {
  const used = sentOrders(world.gateway).map((order) => order.orderId);
  const from = mark(world.gateway);
  world.gateway.fault({ kind: 'nightlyReset', ms: 15_000, rollback: 3 });
  const until = world.gateway.now() + 15_000;
  const positionId = await opened(world.client.enter(ask(namedCondor())));
  const [order] = framesSince(world.gateway, from, isOrder);
  expect(order?.at).toBeGreaterThanOrEqual(until);
  expect(idsOf(world, positionId)[0]).toBeGreaterThan(Math.max(...used));
}, 600_000);

test('F5 the gateway restarts with ids rolled back while an exit is in flight: the position ends right, no id is used twice', async () => {
  const [row] = await world.store.executions.get_open_strategies();
  const positionId = row?.positionId ?? '';
  const from = mark(world.gateway);
  await closing(positionId);
  await caught(world.gateway, from, isOrder);
  world.gateway.fault({ kind: 'restart', rollback: 50 });
  await over(positionId);
  const next = await enter(world, namedCondor());
  await closing(next.positionId);
  await over(next.positionId);
  const ids = sentOrders(world.gateway).map((order) => order.orderId);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
}, 600_000);

test('F30 Postgres is down when the intent is due: no order leaves until it is back, then one does', async () => {
  const from = mark(world.gateway);
  const entry = await world.client.enter(ask(namedCondor()));
  const preview = await caught(world.gateway, from, (frame) => isMessage('PLACE_ORDER')(frame));
  expect(preview.fields.whatIf).toBe(true);
  await servers.killPostgres();
  await marketTime(world, preview.at + OUTAGE_SECONDS * 1000 * SPEED, PATIENCE_MS);
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);
  await servers.revivePostgres();
  await opened(Promise.resolve(entry));
}, 600_000);

test('Postgres is stopped mid-exit: the exit order at the broker ends the position', async () => {
  const [row] = await world.store.executions.get_open_strategies();
  const positionId = row?.positionId ?? '';
  const from = mark(world.gateway);
  await closing(positionId);
  await away(
    from,
    () => servers.killPostgres(),
    () => servers.revivePostgres(),
  );
  expect(atBroker(world)).toEqual([]);
  await over(positionId);
}, 600_000);

test('F31 Postgres goes down after the placement: the fill is recorded when it is back, and nothing is placed again', async () => {
  const from = mark(world.gateway);
  const entry = await world.client.enter(ask(namedCondor()));
  await away(
    from,
    () => servers.killPostgres(),
    () => servers.revivePostgres(),
    entry.id,
  );
  expect(atBroker(world)).toHaveLength(4);
  const positionId = await opened(Promise.resolve(entry));
  await closing(positionId);
  await over(positionId);
}, 600_000);

test('Temporal is stopped mid-entry: the order fills meanwhile, and the entry resumes', async () => {
  const from = mark(world.gateway);
  const entry = await world.client.enter(ask(namedCondor()));
  await away(
    from,
    () => servers.killTemporal(),
    () => servers.reviveTemporal(),
    entry.id,
  );
  const positionId = await world.waitUntil(
    'the entry is opened',
    async () => {
      const row = await world.store.entries.get(entry.id);
      return row?.status === 'OPENED' && row.positionId;
    },
    PATIENCE_MS,
  );
  expect(idsOf(world, positionId)).toHaveLength(1);
  await world.agree(20_000);
  await closing(positionId);
  await over(positionId);
}, 600_000);

test('SIGTERM while Temporal and Postgres swallow everything, an order at work: gone within 60 s, and the next worker goes on', async () => {
  const from = mark(world.gateway);
  const entry = await world.client.enter(ask(namedCondor()));
  await caught(world.gateway, from, isOrder);
  for (const relay of [servers.temporalRelay, servers.postgresRelay]) relay.freeze();
  world.gateway.fault({ kind: 'refuse', ms: 60_000 });
  world.gateway.fault({ kind: 'drop' });
  const begun = performance.now();
  for (const { part } of workers) process.kill(part.pid, 'SIGTERM');
  const ends = await Promise.all(workers.splice(0).map(({ part }) => part.ended));
  expect(performance.now() - begun).toBeLessThan(60_000);
  // 0 in order, 1 cut at 55 s; never killed.
  expect(ends.filter((end) => !/^exit code [01]$/.test(end))).toEqual([]);
  for (const relay of [servers.temporalRelay, servers.postgresRelay]) relay.heal();
  await addWorker().held;
  const row = await world.waitUntil(
    'the entry is opened',
    async () => {
      const now = await world.store.entries.get(entry.id).catch(() => undefined);
      return now?.status === 'OPENED' && now;
    },
    PATIENCE_MS,
  );
  expect(idsOf(world, row.positionId ?? '')).toHaveLength(1);
  await world.agree(20_000);
}, 600_000);

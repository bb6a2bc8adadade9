/** Telling alerts to the outside, and noticing that nobody watches: the real database, a real web hook. */
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StrategyPlan } from '../../src/domain/strategy/strategy.js';
import { type PostgresHandle, startPostgres } from '../../src/stack/postgres.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import { openStore, type Store } from '../../src/store/index.js';
import { startAlertSender } from '../../src/worker/alert-sender.js';
import { tryLease } from '../../src/worker/lease.js';
import { Watchdog } from '../../src/worker/watchdog.js';
import { PLANS } from '../domain/strategy/fixtures.js';

const silent = () => undefined;
const dir = temporaryFolder('alerts');
let postgres: PostgresHandle;
let store: Store;
let hook: Server;
let url: string;
let posted: { text: string; alert: { rule: string; count: number } }[] = [];
let answers: number[] = [];

beforeAll(async () => {
  postgres = await startPostgres({ dir, log: silent });
  store = openStore({ url: postgres.url });
  await store.migrate();
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const status = answers.shift() ?? 200;
      if (status === 200) posted.push(JSON.parse(body));
      response.writeHead(status, status === 429 ? { 'retry-after': '1' } : {});
      response.end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await store.close();
  await postgres.stop();
  await new Promise((resolve) => hook.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(() => {
  posted = [];
  answers = [];
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come about within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function raise(rule: string) {
  return store.alerts.raise({
    type: 'WARNING',
    severity: 'HIGH',
    title: 'Close Position',
    message: 'because of a test',
    rule,
    symbol: 'SPY',
    metadata: {},
    createdAt: 1_000,
  });
}

test('an alert is told once, over refusals of the hook and over a restart of the sender', async () => {
  answers = [429, 503];
  await raise('told-once');
  const first = startAlertSender({ store, url, holder: 'one', log: silent, patienceMs: { first: 50, most: 200 } });
  await until(() => posted.some((one) => one.alert.rule === 'told-once'));
  await until(async () => (await store.deliveries.due(0, 10)).length === 0);
  await first.stop();
  await raise('after-restart');
  const second = startAlertSender({ store, url, holder: 'two', log: silent, patienceMs: { first: 50, most: 200 } });
  await until(() => posted.some((one) => one.alert.rule === 'after-restart'));
  await second.stop();
  expect(posted.filter((one) => one.alert.rule === 'told-once')).toHaveLength(1);
  expect(posted[0]?.text).toBe('[HIGH] Close Position (SPY): because of a test');
});

test('an alert raised again is due again only after the repeat time', async () => {
  const { alertId } = await raise('repeats');
  await store.deliveries.done(alertId, 1);
  expect((await store.deliveries.due(0, 10)).map((one) => one.rule)).not.toContain('repeats');
  await raise('repeats');
  expect((await store.deliveries.due(60_000, 10)).map((one) => one.rule)).not.toContain('repeats');
  expect((await store.deliveries.due(0, 10)).map((one) => one.rule)).toContain('repeats');
  await store.alerts.move(alertId, 'DISMISSED', 2_000);
  expect((await store.deliveries.due(0, 10)).map((one) => one.rule)).not.toContain('repeats');
});

test('the watchdog tells when positions are open and nobody holds the broker session, and when it is over', async () => {
  const watchdog = new Watchdog(store, url, silent, 120_000);
  await watchdog.look(0);
  await watchdog.look(300_000);
  expect(posted).toHaveLength(0);
  await store.executions.save_execution({
    positionId: 'spy-ic-20260302-watchd',
    account: 'DU1000000',
    plan: PLANS[0] as StrategyPlan,
    workflowId: 'position-spy-ic-20260302-watchd',
    createdAt: 1_000,
  });
  await watchdog.look(400_000);
  await watchdog.look(519_000);
  expect(posted).toHaveLength(0);
  await watchdog.look(521_000);
  await watchdog.look(530_000);
  expect(posted.map((one) => one.alert.rule)).toEqual(['nobody_watches']);
  expect(posted[0]?.text).toContain('1 positions are open and no worker holds the broker session');
  const lease = await tryLease(store.leases, 'broker', 'a-worker', silent);
  await watchdog.look(540_000);
  expect((await store.alerts.list({ status: 'ACTIVE' })).map((one) => one.rule)).not.toContain('nobody_watches');
  await lease?.release();
});

/** Telling alerts to the outside, and noticing that nobody watches: the real database, a real webhook. */
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settingsSchema } from '../../src/config/schema.js';
import type { StrategyPlan } from '../../src/domain/strategy/strategy.js';
import { type AlertChannel, channelsOf } from '../../src/outbound/alert-channels.js';
import type { PostgresHandle } from '../../src/stack/postgres.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import { openStore, type Store } from '../../src/store/index.js';
import { startAlertSender } from '../../src/worker/alert-sender.js';
import { startAlertSenders } from '../../src/worker/alert-senders.js';
import { tryLease } from '../../src/worker/lease.js';
import { Watchdog } from '../../src/worker/watchdog.js';
import { PLANS } from '../domain/strategy/fixtures.js';
import { startTestPostgres } from '../support/postgres.js';

const silent = () => undefined;
const dir = temporaryFolder('alerts');
let postgres: PostgresHandle;
let store: Store;
let hook: Server;
let url: string;
let hookChannel: AlertChannel;
let posted: { text: string; alert: { rule: string; count: number }; at: number }[] = [];
let answers: number[] = [];
/** A rule whose alerts the hook never takes. */
let refusedRule: string | undefined;
/** Requests that the hook neither answers nor refuses. */
let hanging = 0;

beforeAll(async () => {
  postgres = await startTestPostgres(join(dir, 'postgres'));
  store = openStore({ url: postgres.url });
  await store.migrate();
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (hanging > 0) {
        hanging -= 1;
        return;
      }
      const refused = refusedRule !== undefined && body.includes(refusedRule);
      const status = refused ? 400 : (answers.shift() ?? 200);
      if (status === 200) posted.push({ ...JSON.parse(body), at: performance.now() });
      response.writeHead(status, status === 429 ? { 'retry-after': '1' } : {});
      response.end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  hookChannel = channelOf({ webhookUrl: url });
});

afterAll(async () => {
  await store.close();
  await postgres.stop();
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(() => {
  posted = [];
  answers = [];
  hanging = 0;
  refusedRule = undefined;
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come about within 60 s');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The one channel of these settings. */
function channelOf(alerts: object): AlertChannel {
  const [channel] = channelsOf(settingsSchema.parse({ alerts }).alerts);
  if (channel === undefined) throw new Error('no channel');
  return channel;
}

const due = (repeatMs: number, { name, severities } = hookChannel) =>
  store.deliveries.due({ name, severities, repeatMs, limit: 100 });

/** What was told is written down as told: a sender that stops in between tells it again. */
const writtenDown = () => until(async () => (await due(0)).length === 0);

setFlagsFromString('--expose-gc');
/** What only weak references hold is gone after it. */
const collectGarbage: () => void = runInNewContext('gc');

function raise(rule: string, severity: 'HIGH' | 'IMMEDIATE' = 'HIGH') {
  return store.alerts.raise({
    type: 'WARNING',
    severity,
    title: 'Close Position',
    message: 'because of a test',
    rule,
    symbol: 'SPY',
    metadata: {},
    createdAt: Date.now(),
  });
}

test('an alert is told once, over refusals of the hook and over a restart of the sender', async () => {
  answers = [429, 503];
  await raise('told-once');
  const first = startAlertSender({
    store,
    channel: hookChannel,
    holder: 'one',
    log: silent,
    patienceMs: { first: 50, most: 200 },
  });
  await until(() => posted.some((one) => one.alert.rule === 'told-once'));
  await writtenDown();
  await first.stop();
  await raise('after-restart');
  const second = startAlertSender({
    store,
    channel: hookChannel,
    holder: 'two',
    log: silent,
    patienceMs: { first: 50, most: 200 },
  });
  await until(() => posted.some((one) => one.alert.rule === 'after-restart'));
  await writtenDown();
  await second.stop();
  expect(posted.filter((one) => one.alert.rule === 'told-once')).toHaveLength(1);
  expect(posted[0]?.text).toBe('[HIGH] Close Position (SPY): because of a test');
});

const RETRY_MS = { first: 50, most: 200 };
const started = (holder: string) =>
  startAlertSender({ store, channel: hookChannel, holder, log: silent, patienceMs: RETRY_MS });
const told = (rule: string) => posted.filter((one) => one.alert.rule === rule);

test('a hook that hangs or breaks off is tried again, and each alert is told', async () => {
  hanging = 1;
  answers = [500, 502];
  await raise('after-silence');
  const sender = started('hung');
  await until(() => told('after-silence').length > 0);
  expect(hanging).toBe(0);
  await writtenDown();
  await sender.stop();
  expect(told('after-silence')).toHaveLength(1);
}, 90_000);

test('a hook that never answers holds alerts back for the time of an answer, however often memory is collected', async () => {
  hanging = 2;
  await raise('after-two-silences');
  const sender = startAlertSender({
    store,
    channel: hookChannel,
    holder: 'hung-twice',
    log: silent,
    patienceMs: RETRY_MS,
    answerMs: 500,
  });
  const collector = setInterval(collectGarbage, 100);
  await until(() => told('after-two-silences').length > 0);
  clearInterval(collector);
  expect(hanging).toBe(0);
  await writtenDown();
  await sender.stop();
}, 90_000);

test('an alert that the hook will not take does not hold back the others, and is tried again', async () => {
  refusedRule = 'not-taken';
  await raise('not-taken');
  await raise('behind-it');
  const sender = started('refused');
  await until(() => told('behind-it').length > 0);
  expect(told('not-taken')).toEqual([]);
  refusedRule = undefined;
  await until(() => told('not-taken').length > 0);
  await writtenDown();
  await sender.stop();
}, 90_000);

test('what cannot wait is told first, a second apart', async () => {
  await raise('can-wait');
  await raise('cannot-wait', 'IMMEDIATE');
  const sender = started('ordered');
  await until(() => posted.length >= 2);
  await writtenDown();
  await sender.stop();
  expect(posted.map((one) => one.alert.rule)).toEqual(['cannot-wait', 'can-wait']);
  expect((posted[1]?.at ?? 0) - (posted[0]?.at ?? 0)).toBeGreaterThan(900);
}, 90_000);

test('a hook that is added, changed or removed while the sender runs is followed', async () => {
  const settingsOf = (alerts: object) => settingsSchema.parse({ alerts }).alerts;
  let alerts = settingsOf({});
  const senders = startAlertSenders({ store, settings: () => alerts, holder: 'all', log: silent, pollMs: 10 });
  const isTold = (rule: string) => until(() => posted.some((one) => one.alert.rule === rule));
  await raise('before-the-hook');
  alerts = settingsOf({ webhookUrl: url });
  await isTold('before-the-hook');
  alerts = settingsOf({ webhookUrl: url, webhookSeverities: ['IMMEDIATE'] });
  await raise('too-slight', 'HIGH');
  await raise('worth-it', 'IMMEDIATE');
  await isTold('worth-it');
  expect(posted.map(({ alert }) => alert.rule)).not.toContain('too-slight');
  alerts = settingsOf({});
  // Its lease is free: nobody sends by it any more.
  await until(async () => {
    const lease = await tryLease(store.leases, 'alerts', 'another', silent);
    await lease?.release();
    return lease !== undefined;
  });
  await senders.stop();
});

test('an alert that ended before its delivery is still delivered; a dismissed one is not', async () => {
  const at = Date.now();
  const [over, dismissed] = [await raise('came-and-went'), await raise('dismissed')];
  await store.alerts.move(over.alertId, 'RESOLVED', at);
  await store.alerts.move(dismissed.alertId, 'DISMISSED', at);
  const rules = async () => (await due(0)).map((one) => one.rule);
  expect(await rules()).toContain('came-and-went');
  expect(await rules()).not.toContain('dismissed');
  const sender = started('late');
  await until(() => told('came-and-went').length > 0);
  await writtenDown();
  await sender.stop();
  expect(told('came-and-went')[0]?.text).toContain('[resolved meanwhile]');
}, 90_000);

test('an alert raised again is due again only after the repeat time', async () => {
  const { alertId } = await raise('repeats');
  await store.deliveries.done('webhook', alertId, 1);
  expect((await due(0)).map((one) => one.rule)).not.toContain('repeats');
  await raise('repeats');
  expect((await due(60_000)).map((one) => one.rule)).not.toContain('repeats');
  expect((await due(0)).map((one) => one.rule)).toContain('repeats');
  await store.alerts.move(alertId, 'DISMISSED', 2_000);
  expect((await due(0)).map((one) => one.rule)).not.toContain('repeats');
});

test('the watchdog tells when positions are open and nobody holds the broker session, and when it is over', async () => {
  const watchdog = new Watchdog(store, [hookChannel], silent, 120_000);
  await watchdog.check(0);
  await watchdog.check(300_000);
  expect(posted).toHaveLength(0);
  await store.executions.save_execution({
    positionId: 'spy-ic-20260302-watchd',
    account: 'DU1000000',
    plan: PLANS[0] as StrategyPlan,
    workflowId: 'position-spy-ic-20260302-watchd',
    createdAt: 1_000,
  });
  await watchdog.check(400_000);
  await watchdog.check(519_000);
  expect(posted).toHaveLength(0);
  await watchdog.check(521_000);
  await watchdog.check(530_000);
  expect(posted.map((one) => one.alert.rule)).toEqual(['nobody_watches']);
  expect(posted[0]?.text).toContain('1 positions are open and no worker holds the broker session');
  const lease = await tryLease(store.leases, 'broker', 'a-worker', silent);
  // Another watchdog takes it back: the one that told may be gone.
  await new Watchdog(store, [hookChannel], silent, 120_000).check(540_000);
  expect((await store.alerts.list({ statuses: ['ACTIVE'] })).map((one) => one.rule)).not.toContain('nobody_watches');
  await lease?.release();
});

test('while the market is closed the watchdog alerts once, and again right at the open', async () => {
  const nobody = () => posted.filter(({ alert }) => alert.rule === 'nobody_watches').map(({ text }) => text);
  const evening = Date.parse('2026-03-02T23:00:00Z');
  await store.marketClock.note(evening);
  const watchdog = new Watchdog(store, [hookChannel], silent, 120_000);
  answers = [500, 200];
  await watchdog.check(0);
  await watchdog.check(119_000);
  expect(nobody()).toEqual([]);
  // The hook refuses, but the database keeps it: the alert sender will tell it.
  await watchdog.check(121_000);
  const [stored] = await store.alerts.list({ statuses: ['ACTIVE'], rule: 'nobody_watches' });
  expect(stored).toMatchObject({ severity: 'HIGH' });
  expect(stored?.message).toContain('The market is closed.');
  await watchdog.check(3_600_000);
  expect(nobody()).toEqual([]);

  await store.marketClock.note(Date.parse('2026-03-03T14:35:00Z'));
  await watchdog.check(4_000_000);
  expect(nobody()).toHaveLength(1);
  expect(nobody()[0]).toMatch(/^\[IMMEDIATE\].*no worker holds the broker session; start `legwork worker`\.$/);
  await watchdog.check(4_800_000);
  expect(nobody()).toHaveLength(1);
  await watchdog.check(4_901_000);
  expect(nobody()).toHaveLength(2);
});

test('a database that is lost at night is told once, by the clock as it was last known', async () => {
  const own = openStore({ url: postgres.url });
  await own.marketClock.note(Date.parse('2026-03-02T23:00:00Z'));
  const watchdog = new Watchdog(own, [channelOf({ webhookUrl: url })], silent, 120_000);
  await watchdog.check(0);
  await own.close();
  await watchdog.check(10_000);
  await watchdog.check(130_000);
  await watchdog.check(7_200_000);
  expect(posted).toHaveLength(1);
  expect(posted[0]?.text).toMatch(/^\[HIGH\].*The database does not answer: .* The market is closed\.$/);
  // From 18:00 of one day until past 09:30 of the next one.
  await watchdog.check(16 * 3_600_000);
  expect(posted).toHaveLength(2);
  expect(posted[1]?.text).toMatch(/^\[IMMEDIATE\]/);
});

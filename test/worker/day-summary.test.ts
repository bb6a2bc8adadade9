/** The summary after each session: the real database, a gateway whose clock is stepped, a real webhook. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { UnderlyingFeeds } from '../../src/activities/market/underlying-feed.js';
import type { DaySummaryParts } from '../../src/activities/positions/day-summary.js';
import { settingsSchema } from '../../src/config/schema.js';
import { channelsOf } from '../../src/outbound/alert-channels.js';
import { startAlertSender } from '../../src/worker/alert-sender.js';
import { DaySummarySchedule } from '../../src/worker/day-summary.js';
import { startWorld, usable, type World } from '../broker/support.js';
import { execution, fill, newPositionId, option, PLAN, testServer } from '../store/support.js';

const server = testServer();
const silent = () => undefined;
const usd = (dollars: number) => Math.round(dollars * 1e6);
/** Wednesday; SPY goes ex-dividend on Friday. */
const AT = (clock: string, day = '18') => Date.parse(`2026-03-${day}T${clock}:00-04:00`);
let world: World;
let hook: Server;
let posted: string[] = [];
let url: string;
let refuses = false;
const schedules: { stop(): Promise<void> }[] = [];
let holders = 0;

beforeAll(async () => {
  world = await startWorld({ gateway: { stepped: true, start: '2026-03-18T16:10:00-04:00' }, control: true });
  await usable(world.broker);
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (!refuses) posted.push((JSON.parse(body) as { text: string }).text);
      response.writeHead(refuses ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  await Promise.all(schedules.splice(0).map((one) => one.stop()));
  posted = [];
});

afterAll(async () => {
  await world.close();
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
});

function start(alerts: object): void {
  const settings = settingsSchema.parse({ alerts });
  const { broker } = world;
  const deps = { broker, store: server.store, log: silent, settings: () => settings };
  schedules.push(new DaySummarySchedule({ deps, feeds: new UnderlyingFeeds(broker) } satisfies DaySummaryParts));
}

/** Lets market time pass as an actor that waits. */
async function passTo(at: number): Promise<void> {
  const { clock } = world.broker;
  clock.join('a-position');
  await clock.wait(at, 'a-position');
  clock.leave('a-position');
}

function deliver(): () => Promise<void> {
  const [channel] = channelsOf(settingsSchema.parse({ alerts: { webhookUrl: url } }).alerts);
  if (channel === undefined) throw new Error('no channel');
  const patienceMs = { first: 20, most: 40 };
  holders += 1;
  const sender = startAlertSender({ store: server.store, channel, holder: `h${holders}`, log: silent, patienceMs });
  schedules.unshift(sender);
  return () => sender.stop();
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come about within 60 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const summaryAlerts = () => server.store.alerts.list({ rule: 'day_summary' });
const stored = async () => (await server.store.daySummaries.get())?.day;

/** Two bear call spreads, opened the day before for 2.50, of which one was closed on the 18th for 1.50. */
async function heldPosition(): Promise<string> {
  const { store } = server;
  const positionId = newPositionId();
  const contract = (conId: number, strike: number) => ({
    ...{ ...option(conId, strike), right: 'CALL' as const, expiry: '20260319' },
    lastTradeAt: AT('16:15', '19'),
  });
  const legs = [
    { contract: contract(101, 700), action: 'SELL', ratio: 1 } as const,
    { contract: contract(102, 710), action: 'BUY', ratio: 1 } as const,
  ];
  const plan = { ...PLAN, strategyType: 'bear_call_spread' as const, legs, expiry: '20260319' };
  await store.executions.save_execution(execution(positionId, { plan, createdAt: AT('10:00', '17') }));
  const [opening, closing] = [`LW|${positionId}|1|combo|1`, `LW|${positionId}|2|combo|1`];
  const at = AT('10:00', '17');
  await store.fills.append([
    fill(`${positionId}-1`, opening, { price: usd(4), at }),
    fill(`${positionId}-2`, opening, { conId: 102, side: 'BUY', price: usd(1.5), at }),
    fill(`${positionId}-3`, closing, { side: 'BUY', quantity: 1, price: usd(2), at: AT('12:00') }),
    fill(`${positionId}-4`, closing, { conId: 102, side: 'SELL', quantity: 1, price: usd(0.5), at: AT('12:00') }),
  ]);
  await store.executions.update_execution_status(positionId, 'FILLED', at);
  const row = { positionId, watchEpoch: 1, gamma: 0, theta: 0.24, vega: 0, impliedVolatility: 0.2 };
  const snapshot = (when: number, underlying: number, unrealized: number) =>
    store.snapshots.append({
      ...{ ...row, at: when, underlying: usd(underlying), unrealizedPnl: usd(unrealized), delta: -0.25 },
    });
  await snapshot(AT('16:00', '17'), 690, 40);
  await snapshot(AT('10:00'), 688, 130);
  await snapshot(AT('16:00'), 689, 80);
  return positionId;
}

test('a worker that has held nothing makes up for nothing', async () => {
  start({ webhookUrl: url });
  await passTo(AT('16:12'));
  expect(await stored()).toBeUndefined();
});

test('one message after the close, over refusals and restarts', async () => {
  start({ webhookUrl: url });
  await passTo(AT('16:13'));
  const positionId = await heldPosition();
  refuses = true;
  let stop = deliver();
  await passTo(AT('16:20'));
  await until(async () => (await stored()) === '20260318');
  await stop();
  // The worker died before the channel took it. The next one does not raise it once more, and delivers it.
  refuses = false;
  await schedules.pop()?.stop();
  start({ webhookUrl: url });
  stop = deliver();
  await until(async () => (await summaryAlerts())[0]?.status === 'RESOLVED');
  await passTo(AT('18:00'));
  expect(await summaryAlerts()).toMatchObject([
    { count: 1, severity: 'NORMAL', type: 'INFO', title: 'Day summary of 2026-03-18' },
  ]);
  await stop();
  expect(posted).toHaveLength(1);
  const [text = ''] = posted;
  // Realised 100; it stood at 40 for both and stands at 80 for one. Delta: 200 shares x -0.25 x (-2 + 1), theta: 200 x 0.24 for a day.
  expect(text).toContain('P&L of the day: 140.00 (realised 100.00, unrealised 40.00).');
  expect(text).toContain('delta 50.00, gamma 0.00, theta 48.00, vega 0.00, residual 42.00');
  expect(text).toContain(`- ${positionId} SPY bear call spread, FILLED, 1 open: 140.00`);
  expect(text).toMatch(/Account at 16:16 New York: net liquidation \d+\.\d\d, available funds \d/);
  expect(text).toContain(
    `- ${positionId}: -1 SPY 20260319 700 CALL expires 2026-03-19, last trade 16:15, to be flat by `,
  );
  expect(text).toMatch(new RegExp(`SPY ex-dividend 2026-03-20, \\d\\.\\d+ a share; short calls .*: ${positionId}`));
  expect(text).toContain('Next session: 2026-03-19, 09:30 to 16:00 New York.');
});

test('off keeps the record and sends nothing; a weekend has none', async () => {
  start({ webhookUrl: url, daySummary: 'off' });
  await passTo(AT('16:20', '19'));
  await until(async () => (await stored()) === '20260319');
  await passTo(AT('12:00', '22'));
  await until(async () => (await stored()) === '20260320');
  await passTo(AT('16:10', '23'));
  expect(await stored()).toBe('20260320');
  expect(await summaryAlerts()).toHaveLength(1);
});

test('its severity chooses the channels; a worker that starts late makes up for the last session', async () => {
  await passTo(AT('10:00', '25'));
  const { sql } = server;
  // Closed on the 24th; nothing is open when the worker starts.
  const positionId = newPositionId();
  const ref = (step: number) => `LW|${positionId}|${step}|combo|1`;
  await server.store.executions.save_execution(execution(positionId, { createdAt: AT('10:00', '24') }));
  const opened = { at: AT('10:00', '24') };
  await server.store.fills.append([
    fill(`${positionId}-1`, ref(1), { price: usd(4), ...opened }),
    fill(`${positionId}-2`, ref(1), { conId: 102, side: 'BUY', price: usd(1.5), ...opened }),
    fill(`${positionId}-3`, ref(2), { side: 'BUY', price: usd(2), at: AT('12:00', '24') }),
    fill(`${positionId}-4`, ref(2), { conId: 102, side: 'SELL', price: usd(0.5), at: AT('12:00', '24') }),
  ]);
  await server.store.executions.update_execution_status(positionId, 'CLOSED', AT('12:00', '24'));
  await sql("UPDATE executions SET status = 'CLOSED', close_time = '2026-03-19' WHERE position_id <> $1", [positionId]);
  start({ webhookUrl: url, webhookSeverities: ['HIGH'], daySummary: 'NORMAL' });
  await until(async () => (await stored()) === '20260324');
  expect(await summaryAlerts()).toHaveLength(1);
  const summary = await server.store.daySummaries.get('20260324');
  expect(summary?.positions).toMatchObject([{ positionId, realized: usd(200), result: usd(200), openCombos: 0 }]);
});

/**
 * No worker watches: all are killed with a position open. `legwork watchdog`, a process of its own, alerts a real
 * webhook, delivers the dead worker's pending alerts, and resolves its own once a worker runs again.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Part } from '../../src/stack/child.js';
import { startCommand } from '../../src/stack/command.js';
import { decided, ended, enter, namedCondor, WILLING } from '../support/life.js';
import { MovedMarket, STILL } from '../support/market.js';
import { onlyRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

const PATIENCE_MS = 120_000;
const RULES = onlyRules({ trailingStopLoss: { activation: 0.25 } });

interface Posted {
  readonly text: string;
  readonly alert: { readonly rule: string };
}

let hook: Server;
let world: World;
let watchdog: Part | undefined;
const market = new MovedMarket(() => world);
const posted: Posted[] = [];
let refusals = 0;
let broken = true;

beforeAll(async () => {
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (broken) refusals += 1;
      else posted.push(JSON.parse(body));
      response.writeHead(broken ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  world = await startWorld({ seed: 5, speed: 5, scenario: { ...WILLING, market: STILL }, settings: { rules: RULES } });
});
afterAll(async () => {
  await watchdog?.stop();
  await world?.stop();
  hook?.closeAllConnections();
  hook?.close();
}, 120_000);

const told = (rule: string) => posted.filter(({ alert }) => alert.rule === rule);

test("the watchdog raises an alert when no worker runs, and delivers the dead worker's alerts", async () => {
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
  market.move({ ivAdd: -0.05 });
  const peak = await world.waitUntil('a peak is kept', async () => {
    const { peakProfitPct } = (await world.client.execution(positionId)).memory;
    return peakProfitPct > 0.35 && peakProfitPct;
  });
  // The running worker uses a hook that is added to its settings.
  const webhookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  world.writeSettings({ rules: RULES, alerts: { webhookUrl, unmonitoredSeconds: 3 } });
  await world.store.alerts.raise({
    type: 'WARNING',
    severity: 'HIGH',
    title: 'Raised before the end',
    message: 'A hook that is broken must not lose this.',
    rule: 'before_the_end',
    metadata: {},
    createdAt: world.gateway.now(),
  });
  await world.waitUntil('the hook has refused it', () => refusals > 0, PATIENCE_MS);
  await world.killWorker();
  market.calmDown();
  broken = false;
  const command = { name: 'watchdog', args: ['watchdog'], stopMs: 15_000, log: () => undefined };
  watchdog = startCommand({ ...command, env: { NODE_OPTIONS: '', ...world.env } });
  await world.waitUntil('the watchdog tells', () => told('nobody_watches').length > 0, PATIENCE_MS);
  expect(told('nobody_watches')[0]?.text).toContain('1 positions are open and no worker holds the broker session');
  await world.waitUntil('what was raised before is told', () => told('before_the_end').length > 0, PATIENCE_MS);

  await world.startWorker();
  await world.waitUntil(
    'it is over',
    async () => {
      const active = await world.store.alerts.list({ statuses: ['ACTIVE'] });
      return !active.some(({ rule }) => rule === 'nobody_watches');
    },
    PATIENCE_MS,
  );
  expect(told('nobody_watches')).toHaveLength(1);
  expect(told('before_the_end')).toHaveLength(1);
  // The peak has outlived its worker: the profit that has gone meanwhile is measured by it.
  const { metadata } = await decided(world, positionId, 'trailing_stop');
  expect(Number(metadata.peak)).toBeGreaterThanOrEqual(peak);
  expect(await ended(world, positionId)).toMatchObject({ status: 'CLOSED', exitRule: 'trailing_stop' });
}, 400_000);

/**
 * No worker watches: all are killed with positions open. `legwork watchdog`, a process of its own, alerts a real
 * webhook, delivers the dead worker's pending alerts, and resolves its own once a worker runs again. The next
 * worker still has what the rules need: the peak profit, and the last hour of the underlying.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ScenarioInput } from 'ib-gateway';
import type { Part } from '../../src/stack/child.js';
import { startCommand } from '../../src/stack/command.js';
import type { PositionRow } from '../../src/store/api.js';
import { answerOf, decided, ended, enter, namedCondor, WILLING, watchedSince } from '../support/life.js';
import { MovedMarket, STILL } from '../support/market.js';
import { onlyRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

const PATIENCE_MS = 120_000;
const SETTINGS = {
  rules: onlyRules({ catastropheProtection: {}, trailingStopLoss: { activation: 0.25 } }),
  watch: { snapshotSeconds: 5 },
};
/** IWM falls some 2.5 % an hour, from more than two hours before the start until long after the end. */
const MARKET: ScenarioInput['market'] = {
  ...STILL,
  events: [{ kind: 'drift', symbols: ['IWM'], from: '+0 10:00', to: '+0 15:00', move: -0.12, ivFactor: 1 }],
};

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
  world = await startWorld({
    ...{ seed: 5, speed: 5, start: '2026-03-02T12:30:00-05:00' },
    scenario: { ...WILLING, market: MARKET },
    settings: SETTINGS,
  });
});
afterAll(async () => {
  await watchdog?.stop();
  await world?.stop();
  hook?.closeAllConnections();
  hook?.close();
}, 120_000);

/** Two short strikes 8 % from the price, and their wings. */
const condorOf = (symbol: string, strikes: readonly number[]) => {
  const { legs = [], ...usual } = namedCondor({ symbol, ignoreSignal: true });
  return { ...usual, legs: legs.map((leg, index) => ({ ...leg, strike: strikes[index] ?? 0 })) };
};

/** The one-hour move of the position's underlying, as the worker has it; undefined while it has none. */
async function hourMoveOf({ positionId }: PositionRow): Promise<number | undefined> {
  const [look] = await answerOf(world.client.monitor(positionId));
  if (look === undefined || 'failed' in look) return undefined;
  const { text } = look.distances.find(({ rule }) => rule === 'catastrophe_protection') ?? { text: '' };
  const [, percent] = /^one-hour move (-?\d+\.\d) %/.exec(text) ?? [];
  return percent === undefined ? undefined : Number(percent);
}

const told = (rule: string) => posted.filter(({ alert }) => alert.rule === rule);

/** One with a profit, and those whose underlyings fall: QQQ twice by 2 % within minutes, IWM slowly. */
let gaining: PositionRow;
let falling: PositionRow;
let slow: PositionRow;
let peak: number;

test("the watchdog raises an alert when no worker runs, and delivers the dead worker's alerts", async () => {
  [gaining, falling, slow] = await Promise.all([
    enter(world, namedCondor({ ignoreSignal: true })),
    enter(world, condorOf('QQQ', [545, 552, 648, 655])),
    enter(world, condorOf('IWM', [202, 207, 243, 248])),
  ]);
  world.gateway.set({ kind: 'shock', symbol: 'QQQ', spotFactor: 0.98 });
  await world.waitUntil('the first drop is seen', async () => (await hourMoveOf(falling)) === -2);
  market.move({ ivAdd: -0.05 });
  peak = await world.waitUntil('a peak is kept', async () => {
    const { peakProfitPct } = (await world.client.execution(gaining.positionId)).memory;
    return peakProfitPct > 0.35 && peakProfitPct;
  });
  // The running worker uses a hook that is added to its settings.
  const webhookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  world.writeSettings({ ...SETTINGS, alerts: { webhookUrl, unmonitoredSeconds: 3 } });
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
  // The second drop falls into the hour of the first, and no worker sees it.
  world.gateway.set({ kind: 'shock', symbol: 'QQQ', spotFactor: 0.98 });
  broken = false;
  const command = { name: 'watchdog', args: ['watchdog'], stopMs: 15_000, log: () => undefined };
  watchdog = startCommand({ ...command, env: { NODE_OPTIONS: '', ...world.env } });
  await world.waitUntil('the watchdog tells', () => told('nobody_watches').length > 0, PATIENCE_MS);
  expect(told('nobody_watches')[0]?.text).toContain('3 positions are open and no worker holds the broker session');
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
}, 400_000);

test('the next worker still has the peak and the last hour', async () => {
  // The profit that has gone meanwhile is measured by the peak.
  const stop = await decided(world, gaining.positionId, 'trailing_stop');
  expect(Number(stop.metadata.peak)).toBeGreaterThanOrEqual(peak);
  expect(await ended(world, gaining.positionId)).toMatchObject({ status: 'CLOSED', exitRule: 'trailing_stop' });

  // Neither drop alone is 3 %: the one before the death and the one after it count together.
  const rule = 'catastrophe_3pct_drop';
  const { metadata } = await decided(world, falling.positionId, rule);
  expect(metadata.hour_change).toBeCloseTo(0.98 ** 2 - 1, 3);
  expect(await ended(world, falling.positionId)).toMatchObject({ status: 'CLOSED', exitRule: rule });

  // IWM fell 6 % since the oldest minute of the broker's history, but less than 3 % in the last hour.
  const percent = await world.waitUntil('the hour of the slow drop is known', () => hourMoveOf(slow));
  expect(percent).toBeGreaterThan(-2.8);
  expect(percent).toBeLessThan(-2.3);
  await watchedSince(world, slow.positionId, world.gateway.now());
  expect(await world.store.decisions.countByRule(slow.positionId)).toEqual({});
}, 400_000);

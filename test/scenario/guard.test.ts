/**
 * What must never leave: orders to a port or account that is not allowed, automatic orders while trading is halted, and
 * openings while it is reducing; and the trading state outlives the worker.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type GatewayHandle, startGateway } from 'ib-gateway';
import { marketTime } from '../faults/support.js';
import { decided, ended, enter, namedCondor, WILLING } from '../support/life.js';
import { isWhole } from '../support/whole.js';
import { sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const SETTINGS = { rules: { confirmation: { enabled: false } } };
const LIVE_PORT = 7496;
const CONDOR = [
  'SPY',
  'custom',
  ...['buy:put:605:20260417', 'sell:put:618:20260417', 'sell:call:711:20260417', 'buy:call:724:20260417'].flatMap(
    (leg) => ['--leg', leg],
  ),
];

let world: World;

beforeAll(async () => {
  world = await startWorld({ seed: 5, speed: 10, scenario: WILLING, worker: false, settings: SETTINGS });
});
afterAll(() => world?.stop());

const orders = () => sentOrders(world.gateway).length;
const refusedEntry = () => world.cli(['enter', ...CONDOR, '--timeout', '120', '--json']);

describe('a gateway or account that is not allowed', () => {
  afterEach(() => world.stopWorker());

  test('a live port is refused with the reason before anything connects', async () => {
    const live = await liveGateway();
    try {
      const { part } = world.spawnWorker({ IB_PORT: String(LIVE_PORT) });
      expect(await part.ended).toBe('exit code 2');
      await part.read;
      expect(world.log.join('\n')).toMatch(/port.*7496.*not allowed/i);
      const entry = await world.cli(['enter', ...CONDOR, '--json'], { ...world.env, IB_PORT: String(LIVE_PORT) });
      expect(entry.code).toBe(2);
      expect(entry.json.error.message).toMatch(/7496.*not allowed/);
      expect(live?.journal() ?? []).toEqual([]);
    } finally {
      await live?.close();
    }
  });

  test('an account that is not listed is refused with the reason, and no order frame leaves', async () => {
    await world.startWorker({ ...SETTINGS, ib: { accounts: ['DU7654321'] } });
    const entry = await refusedEntry();
    expect(entry.code).toBe(3);
    expect(entry.stdout).toMatch(/LIVE_GUARD/);
    expect(entry.stdout).toMatch(/DU\*\*\*.*not managed/);
    expect(entry.stdout).not.toMatch(/DU\d/);
    expect(orders()).toBe(0);
  });

  test('a live account behind an allowed port is refused unless it is configured as live', async () => {
    const live = await startGateway({ port: 0, controlPort: 0, seed: 5, speed: 10, accounts: ['U1234567'] });
    const env = { IB_PORT: String(live.port), LEGWORK_GATEWAY_CONTROL_PORT: String(live.controlPort) };
    world.writeSettings(SETTINGS);
    const { part, held } = world.spawnWorker(env);
    try {
      await Promise.race([held, part.ended]);
      const entry = await world.cli(['enter', ...CONDOR, '--timeout', '120', '--json'], { ...world.env, ...env });
      expect(entry.code).toBe(3);
      expect(entry.stdout).toMatch(/LIVE_GUARD/);
      expect(entry.stdout).toMatch(/not a paper account/);
      expect(sentOrders(live)).toEqual([]);
    } finally {
      await part.stop();
      await live.close();
    }
  });
});

/** A listener on the live port; undefined when the machine already uses that port. */
async function liveGateway(): Promise<GatewayHandle | undefined> {
  return await startGateway({ port: LIVE_PORT, seed: 1 }).catch(() => undefined);
}

/** The legs are quoted again one by one: before, their net price may be one that the broker calls riskless. */
async function quotedAgain(): Promise<void> {
  await marketTime(world, world.gateway.now() + 60_000);
}

describe('the trading state', () => {
  beforeAll(() => world.startWorker(SETTINGS));

  test('HALTED: no entry and no automatic exit leaves, even after a restart; a person may override', async () => {
    const { positionId } = await enter(world, namedCondor());
    const sent = orders();
    expect((await world.cli(['halt', '--reason', 'test of the halt'])).code).toBe(0);

    const entry = await refusedEntry();
    expect(entry.code).toBe(3);
    expect(entry.stdout).toMatch(/HALTED/);

    await world.restartWorker();
    expect((await refusedEntry()).code).toBe(3);
    world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 0.95, ivAdd: 0.05 });
    await decided(world, positionId, 'catastrophe_3pct_drop');
    await world.waitUntil('the position asks for attention or an alert tells of the halt', async () => {
      const alerts = await world.store.alerts.list({ positionId });
      return alerts.some((alert) => /halt/i.test(`${alert.rule} ${alert.title} ${alert.message}`));
    });
    expect(orders()).toBe(sent);

    const refused = await world.cli(['close', positionId, '--json']);
    expect(refused.code).toBe(3);
    expect(refused.stdout).toMatch(/HALTED|halted/);
    expect(orders()).toBe(sent);

    const rolled = await world.cli(['roll', positionId, '--override-halt', '--json']);
    expect(rolled.code).toBe(3);
    expect(rolled.json).toMatchObject({ result: 'REFUSED', code: 'TRADING_HALTED' });
    expect(orders()).toBe(sent);

    await quotedAgain();
    const closed = await world.cli(['close', positionId, '--override-halt', '--json']);
    expect(closed.stderr).toBe('');
    expect(closed.json).toMatchObject({ result: 'CLOSED', openCombos: 0 });
    expect(closed.code).toBe(0);
    expect(orders()).toBe(sent + 1);
    await ended(world, positionId);
    await world.agree();
  });

  if (isWhole) {
    test('REDUCING: no opening order, even after a restart; closing works', async () => {
      expect((await world.cli(['activate'])).code).toBe(0);
      world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 1 / 0.95, ivAdd: -0.05 });
      await quotedAgain();
      const { positionId } = await enter(world, namedCondor());
      const sent = orders();
      expect((await world.cli(['reduce-only'])).code).toBe(0);
      const entry = await refusedEntry();
      expect(entry.code).toBe(3);
      expect(entry.stdout).toMatch(/REDUCING/);
      await world.restartWorker();
      expect((await refusedEntry()).code).toBe(3);
      expect(orders()).toBe(sent);
      const stays = await world.cli(['roll', positionId, '--json']);
      expect(stays.code).toBe(3);
      expect(stays.json).toMatchObject({ result: 'REFUSED', code: 'TRADING_HALTED' });
      expect(orders()).toBe(sent);
      const closed = await world.cli(['roll', positionId, '--or-close', '--json']);
      expect(closed.json).toMatchObject({ result: 'CLOSED', code: 'TRADING_HALTED', openCombos: 0 });
      expect(orders()).toBe(sent + 1);
      await ended(world, positionId);
      await world.agree();
      expect((await world.cli(['activate'])).code).toBe(0);
      expect((await world.store.trading.state()).state).toBe('ACTIVE');
    });
  }
});

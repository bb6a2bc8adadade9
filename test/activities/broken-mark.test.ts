/**
 * A position that an assignment broke, under watch for minutes: it is marked by what it holds, so that its P&L, the day's result and the
 * book of Greeks are of now. Real gateway, real database.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { easternDay } from 'market-time';
import { stringify } from 'yaml';
import { evaluateSignal } from '../../src/activities/entry/signal.js';
import { todaysResult } from '../../src/activities/entry/todays-result.js';
import { projectPosition } from '../../src/activities/orders/project.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import { makeDaySummary } from '../../src/activities/positions/day-summary.js';
import { detailsOf } from '../../src/activities/positions/summary.js';
import { Monitor } from '../../src/activities/watch/monitor.js';
import { paintFor } from '../../src/cli/paint.js';
import { positionsText, readPositions } from '../../src/cli/position-table.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { Fill } from '../../src/domain/order/fill.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import type { PositionRow, SnapshotRow } from '../../src/store/api.js';
import { type Condor, findCondor, present, startWorld, usable, type World } from '../broker/support.js';
import { execution, fill, NOW, newPositionId, PLAN, testServer } from '../store/support.js';
import { STILL } from '../support/market.js';
import { partsIn } from './stage.js';

const server = testServer();
const OPEN_PRICES = [2, 5, 5, 2];
let dir: string;
let world: World;
let parts: BrokerParts;
let condor: Condor;

beforeAll(async () => {
  dir = temporaryFolder('broken-mark');
  const scenario = join(dir, 'still.yaml');
  writeFileSync(scenario, stringify({ market: STILL }));
  world = await startWorld({ gateway: { stepped: true, scenario }, control: true });
  await usable(world.broker);
  condor = await findCondor(world.broker);
  parts = partsIn(server, world, () => settingsSchema.parse({}));
});
afterAll(async () => {
  await world.close();
  rmSync(dir, { recursive: true, force: true });
});

const usd = (dollars: number) => Math.round(dollars * 1e6);
const legOf = (index: number) => present(condor.legs[index]).details.contract;

/** Two condors, opened for 6.00 two hours ago. */
async function opened(): Promise<{
  readonly positionId: string;
  trade(...fills: Partial<Fill>[]): Promise<PositionRow>;
}> {
  const { store } = server;
  const positionId = newPositionId();
  const legs = condor.legs.map(({ details, action }) => ({ contract: details.contract, action, ratio: 1 }));
  const plan = { ...PLAN, strategyType: 'iron_condor' as const, structure: 'iron_condor' as const, legs };
  await store.executions.save_execution(execution(positionId, { plan, createdAt: NOW - 7_200_000 }));
  await store.executions.update_execution_status(positionId, 'FILLED', NOW - 7_200_000, { openingEnded: true });
  let count = 0;
  const trade = async (...fills: Partial<Fill>[]) => {
    const rows = fills.map((one) => fill(`${positionId}-${count++}.01`, `LW|${positionId}|1|combo|1`, one));
    await store.fills.append(rows);
    return present(await projectPosition(store, positionId, world.broker.clock.now()));
  };
  await trade(
    ...condor.legs.map(({ details, action }, index) => ({
      ...{ conId: details.contract.conId, side: action, quantity: 2, price: usd(present(OPEN_PRICES[index])) },
      ...{ at: NOW - 7_200_000, commission: usd(1.3) },
    })),
  );
  return { positionId, trade };
}

/** Both short puts are assigned. */
const assignment = (): Partial<Fill>[] => {
  const { conId, strike } = legOf(1);
  return [
    { conId, side: 'BUY', quantity: 2, price: 0 },
    { conId: PLAN.underlyingConId, secType: 'STK', side: 'BUY', quantity: 200, price: usd(strike) },
  ];
};

/** What is held, at the mids that the gateway quotes. */
async function worth(row: PositionRow): Promise<number> {
  const { broker } = world;
  const spy = await broker.underlying('SPY');
  const held = row.legs.filter(({ openQuantity }) => openQuantity !== 0);
  const options = held.map(({ contract }) => ({ conId: contract.conId, secType: 'OPT' as const, exchange: 'SMART' }));
  const quotes = await broker.quotes.snapshot([spy, ...options], 3_000);
  const mid = (conId: number) => {
    const { bid, ask } = present(quotes.get(conId));
    return (present(bid) + present(ask)) / 2;
  };
  return held.reduce(
    (sum, { contract, openQuantity }) => sum + openQuantity * 100 * mid(contract.conId),
    row.shares * mid(spy.conId),
  );
}

/** Watches for this long and returns the snapshots meanwhile. */
async function watch(positionId: string, ms: number): Promise<readonly SnapshotRow[]> {
  const { clock } = world.broker;
  const from = clock.now();
  const monitor = present(await Monitor.open(parts, positionId, () => undefined));
  clock.join(positionId);
  try {
    for (let now = from; now < from + ms; now = clock.now()) {
      await world.broker.probe(5_000);
      const { decision, nextPollAt } = await monitor.poll();
      expect(decision).toBeUndefined();
      expect(nextPollAt).toBeGreaterThan(now);
      await clock.wait(Math.min(nextPollAt, now + 5_000), positionId);
    }
  } finally {
    clock.leave(positionId);
    monitor.close();
  }
  return await server.store.snapshots.since(positionId, from);
}

test('shares and the legs left are marked, for longer than Greeks stay fresh', async () => {
  const { store } = server;
  const { positionId, trade } = await opened();
  const row = await trade(...assignment());
  await store.executions.update_execution_status(positionId, 'BROKEN', NOW);
  expect(row).toMatchObject({ shares: 200, openCombos: 2 });

  const seen = await watch(positionId, 200_000);
  const last = present(seen.at(-1));
  expect(seen.length).toBeGreaterThanOrEqual(6);
  expect(world.broker.clock.now() - last.at).toBeLessThanOrEqual(60_000);
  // The closed short puts cost their commission; the premium of 1,200 and the shares at the strike are the cash.
  const cash = usd(1_200 - 200 * legOf(1).strike - 2.6 / 2);
  expect(last).toMatchObject({ polls: 0 });
  for (const name of ['closeNet', 'delta', 'profitPct']) expect(last).not.toHaveProperty(name);
  // The legs' quotes move by some ticks in the half minute since.
  expect(Math.abs(present(last.unrealizedPnl) - cash - (await worth(row)))).toBeLessThan(usd(20));
  // 200 shares, long puts of small delta, and a call spread that is short.
  expect(present(last.shareDelta)).toBeGreaterThan(100);
  expect(present(last.shareDelta)).toBeLessThan(200);

  // The whole of it is of today, since nothing was marked before.
  const open = await store.executions.get_open_strategies();
  expect(await todaysResult(parts.deps, store, open)).toBe(last.unrealizedPnl);
  const summary = await makeDaySummary(parts, easternDay(NOW));
  expect(summary.positions.find((one) => one.positionId === positionId)).toMatchObject({
    ...{ shares: 200, unrealized: last.unrealizedPnl, result: last.unrealizedPnl },
    greeks: { residual: expect.any(Number) },
  });

  // Entries in every symbol are measured against a book that knows it, and so is the delta rule.
  const request = {
    ...{
      entryId: 'a-test',
      symbol: 'QQQ',
      strategyType: 'iron_condor' as const,
      quantity: 1,
      pricing: { kind: 'walk' as const },
    },
    ...{ set: {}, dryRun: true, ignoreSignal: true },
  };
  const { checks } = await evaluateSignal(parts, { request, signalOnly: true });
  const { netLiquidation } = await world.broker.accountSummary();
  const share = (present(last.shareDelta) * present(last.underlying)) / netLiquidation;
  const check = present(checks.find(({ name }) => name === 'dollar_delta'));
  expect(check.text).not.toContain('missing');
  expect(Number(check.value)).toBeCloseTo(share, 3);

  // People see the same.
  const text = positionsText(await readPositions(store, {}), paintFor({ stdout: {}, env: {} } as never));
  expect(text).toContain(`${last.shareDelta?.toFixed(1)} sh`);
  const page = await detailsOf(store, present(await store.executions.get_execution(positionId)), NOW);
  expect(page).toMatch(/^unrealised P&L -?\d+\.\d\d, delta of \d+\.\d shares at /m);
});

test.each<[string, () => Partial<Fill>[], number]>([
  ['a leg liquidated', () => [{ conId: legOf(2).conId, side: 'BUY', quantity: 2, price: usd(1) }], 0],
  ['a leg closed twice', () => [{ conId: legOf(3).conId, side: 'SELL', quantity: 3, price: usd(1) }], 0],
  [
    'shares alone',
    () => [
      ...assignment(),
      ...[0, 2, 3].map((index) => ({
        ...{ conId: legOf(index).conId, quantity: 2, price: usd(1) },
        side: present(condor.legs[index]).action === 'BUY' ? ('SELL' as const) : ('BUY' as const),
      })),
    ],
    200,
  ],
])('%s', async (_, fills, shares) => {
  const { positionId, trade } = await opened();
  const row = await trade(...fills());
  expect(row.shares).toBe(shares);
  await server.store.executions.update_execution_status(positionId, 'BROKEN', NOW);
  const last = present((await watch(positionId, 10_000)).at(-1));
  const money = (await server.store.fills.ofPosition(positionId)).reduce((sum, { side, quantity, price, secType }) => {
    return sum + (side === 'SELL' ? 1 : -1) * quantity * price * (secType === 'OPT' ? 100 : 1);
  }, 0);
  const result = present(last.unrealizedPnl) + (row.realizedPnl ?? 0);
  // To some ticks, and the commissions of what was closed.
  expect(Math.abs(result - money - (await worth(row)))).toBeLessThan(usd(20));
  expect(last.shareDelta).toBeDefined();
});

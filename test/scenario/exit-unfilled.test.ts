/**
 * Unfilled exits besides those of exit-age.test.ts: one takes a profit, a person fixed the price of another, the wing of a third has no
 * bid, and a market order on the combination is allowed as the last resort. Time-lapse.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { MINUTE_MS } from 'market-time';
import { closeSignal } from '../../src/contract/messages.js';
import { agingSettings, alertsOf, laterCondor, minutesOfExit, rolesOf, startAgingWorld } from '../support/exit-age.js';
import { dollars, ended, enter } from '../support/life.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

const WAIT_MS = 25_000;

let world: World;

beforeAll(async () => {
  // The first order ends with the minute of the first alert, which is raised with the next one.
  world = await startAgingWorld({ exitGoodTill: { high: 115 } });
});
afterEach(() => world.gateway.fault({ kind: 'holdCombos', off: true }));
afterAll(() => world?.stop(), 90_000);

test('an unfilled profit exit raises an alert, and does not become more urgent', async () => {
  const { positionId, workflowId } = await enter(world, laterCondor());
  world.gateway.fault({ kind: 'holdCombos', market: true });
  const { client } = await world.client.links.temporal();
  const message = { requestId: `profit-${positionId}`, rule: 'take_profit_full', urgency: 'NORMAL' } as const;
  await client.workflow.getHandle(workflowId).signal(closeSignal, message);
  const told = await world.waitUntil(
    'it is told twice',
    async () => (await alertsOf(world, positionId, 'exit_unfilled')).find(({ count }) => count >= 2),
    WAIT_MS,
  );
  expect(told).toMatchObject({
    status: 'ACTIVE',
    severity: 'HIGH',
    metadata: { mark: 2, urgency: 'NORMAL', minutes: 4 },
  });
  expect(minutesOfExit(world, positionId, told.lastAt)).toBeCloseTo(4, 0);
  expect(told.message).toContain('takes a profit, so its urgency does not rise by itself');
  world.gateway.fault({ kind: 'holdCombos', off: true });
  await ended(world, positionId, WAIT_MS);
  expect(new Set(rolesOf(world, positionId))).toEqual(new Set(['combo']));
});

test("an exit at a person's price raises an alert, and keeps the price until its time is over", async () => {
  const { positionId, plan } = await enter(world, laterCondor());
  const price = (dollars(plan.netMid) - 0.3).toFixed(2);
  world.gateway.fault({ kind: 'holdCombos', market: true });
  const exit = await world.client.close(positionId, { pricing: { kind: 'limit', price } });
  const answer = await exit.wait({ timeoutMs: WAIT_MS });
  expect(answer).toMatchObject({ kind: 'done', value: { result: 'FAILED', code: 'NOT_FILLED', openCombos: 1 } });
  // Each lives for `orders.exitGoodTill`, and the next one has the same price.
  const [, ...limits] = ordersOf(world.gateway, positionId);
  expect(new Set(limits.flatMap(({ frames }) => frames.map(({ fields }) => fields.limitPrice)))).toEqual(
    new Set([Number(price)]),
  );
  await world.waitUntil('it is over', async () =>
    (await alertsOf(world, positionId, 'exit_unfilled')).every(({ status }) => status === 'RESOLVED'),
  );
  const [alert] = await alertsOf(world, positionId, 'exit_unfilled');
  expect(alert).toMatchObject({ count: 2, metadata: { mark: 2, urgency: 'HIGH' } });
  expect(alert?.message).toMatch(/1 combo at \d\.\d\d db; mid is .* Your limit stays as it is/);
  await world.client.close(positionId);
  await ended(world, positionId, WAIT_MS);
});

test('no bid for the wing: the shorts are bought back, the wing is offered, and an alert is raised', async () => {
  const row = await enter(world, laterCondor());
  const { positionId } = row;
  const wing = row.legs[3]?.contract.conId ?? 0;
  world.gateway.fault({ kind: 'holdCombos', market: true });
  await world.client.close(positionId, { urgency: 'HIGH' });
  await world.waitUntil('the exit works', () => ordersOf(world.gateway, positionId).length === 2, WAIT_MS);
  // Only now: minutes may pass between a request and its order, and the bid has to stay away until the fourth of the exit.
  world.gateway.set({ kind: 'quote', conId: wing, fault: 'noBid', ms: 5 * MINUTE_MS });
  await world.waitUntil(
    'only the wing is left',
    () => {
      const held = world.gateway.positions().filter(({ quantity }) => quantity !== 0);
      return held.length === 1 && held[0]?.contract.conId === wing;
    },
    WAIT_MS,
  );
  const told = await world.waitUntil(
    'its age is told',
    async () => (await alertsOf(world, positionId, 'exit_unfilled')).find(({ metadata }) => Number(metadata.mark) >= 2),
    WAIT_MS,
  );
  expect(told).toMatchObject({ type: 'CRITICAL', severity: 'IMMEDIATE' });
  expect(told.message).toMatch(/1 contract at 0\.01 cr.*last resort/);
  await ended(world, positionId, WAIT_MS);
  await world.agree();
});

test('a market order on the combination comes first where it is allowed', async () => {
  await world.restartWorker(agingSettings({ allowComboMarket: true }));
  const { positionId } = await enter(world, { ...laterCondor(), pricing: { kind: 'market' } });
  world.gateway.fault({ kind: 'holdCombos' });
  const exit = await world.client.close(positionId, { urgency: 'HIGH' });
  expect(await exit.wait({ timeoutMs: WAIT_MS })).toMatchObject({ kind: 'done', value: { result: 'CLOSED' } });
  await ended(world, positionId);
  const types = ordersOf(world.gateway, positionId).map(({ first }) => String(first.fields.orderType));
  expect(types[0]).toBe('MKT');
  expect(types.at(-1)).toBe('MKT');
  expect(types.slice(1, -1).every((type) => type === 'LMT')).toBe(true);
  expect(new Set(rolesOf(world, positionId))).toEqual(new Set(['combo']));
  await world.agree();
});

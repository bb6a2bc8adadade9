/**
 * An exit that has not filled: the combination finds no counterparty, or its short legs stop trading soon. Alerts come at the minutes of
 * the setting, and it is finally closed leg by leg. Time-lapse; the other unfilled exits are in exit-unfilled.test.ts.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { closeSignal } from '../../src/contract/messages.js';
import { alertsOf, expiringSpread, laterCondor, minutesOfExit, rolesOf, startAgingWorld } from '../support/exit-age.js';
import { answerOf, ended, enter } from '../support/life.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

const WAIT_MS = 25_000;

let world: World;

beforeAll(async () => {
  world = await startAgingWorld();
});
afterEach(() => world.gateway.fault({ kind: 'holdCombos', off: true }));
afterAll(() => world?.stop(), 90_000);

test('short legs that stop trading soon: an alert in time, and flat before the end', async () => {
  const { positionId } = await enter(world, expiringSpread());
  const alert = await world.waitUntil(
    'the end of trading is told',
    async () => (await alertsOf(world, positionId, 'last_trade_near')).find(({ status }) => status === 'ACTIVE'),
    WAIT_MS,
  );
  expect(alert).toMatchObject({ severity: 'IMMEDIATE', count: 1 });
  expect(alert.message).toMatch(/^1 SPY 20260417 668 CALL held short; trading ends at .* in 60 min\. No exit/);
  world.gateway.fault({ kind: 'holdCombos', market: true });
  const { client } = await world.client.links.temporal();
  const { workflowId } = await world.client.execution(positionId);
  const message = { requestId: `late-${positionId}`, rule: 'take_profit_full', urgency: 'LOW' } as const;
  await client.workflow.getHandle(workflowId).signal(closeSignal, message);
  await ended(world, positionId, WAIT_MS);
  const exits = rolesOf(world, positionId).slice(1);
  expect(exits[0]).toBe('combo');
  expect(exits.filter((role) => role !== 'combo')).toEqual(['leg1', 'leg2']);
  expect((await alertsOf(world, positionId, 'exit_unfilled'))[0]?.message).toContain('Trading in a short leg ends at');
  await world.agree();
});

test('the combination does not fill: an alert, more urgency with age, and finally closed leg by leg', async () => {
  // A limit of the entry says nothing about exits.
  const { positionId } = await enter(world, { ...laterCondor(), pricing: { kind: 'limit', price: '1.60' } });
  world.gateway.fault({ kind: 'holdCombos', market: true });
  const exit = await world.client.close(positionId, { urgency: 'NORMAL' });
  expect(await answerOf(Promise.resolve(exit), WAIT_MS)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  const exits = rolesOf(world, positionId).slice(1);
  const legs = exits.filter((role) => role !== 'combo');
  expect(legs).toHaveLength(4);
  expect(new Set(legs.slice(0, 2))).toEqual(new Set(['leg2', 'leg3']));
  const byLegs = ordersOf(world.gateway, positionId).find(({ orderRef }) => orderRef.includes('|leg'));
  const minutes = minutesOfExit(world, positionId, byLegs?.first.at ?? 0);
  // Its age counts from the plan, which comes before the first order.
  expect(minutes).toBeGreaterThan(2.5);
  expect(minutes).toBeLessThan(3.5);
  const [alert, ...more] = await alertsOf(world, positionId, 'exit_unfilled');
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ status: 'RESOLVED', metadata: { mark: 1, urgency: 'IMMEDIATE', minutes: 2 } });
  expect(minutesOfExit(world, positionId, alert?.createdAt ?? 0)).toBeCloseTo(2, 0);
  expect(alert?.message).toMatch(
    /by manual_close has been working for 2 trading minutes\. 1 combo at .* db; mid is .*, natural/,
  );
  await world.agree();
});

/**
 * Orders leg by leg: complete fills make a position, partial ones are completed or unwound by the policy, and the answer
 * gives the numbers. The exchange fills everything at mid; a held contract does not trade.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ScenarioInput } from 'ib-gateway';
import type { EntryOptions } from '../../src/client/client.js';
import { closePosition } from '../../src/client/order-engine.js';
import type { EntryResult } from '../../src/contract/requests.js';
import { caught, type Frame, isOrder, mark } from '../faults/support.js';
import { answerOf, ask, cashFlow, close, ended, enter, legFills, namedCondor, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { isWhole } from '../support/whole.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

/** Prices stand, so that a limit between mid and natural always fills. */
const QUIET: ScenarioInput = { ...WILLING, market: STILL };
const SETTINGS = {
  rules: noRules(),
  // An open position lets the clock go from snapshot to snapshot: the day must last for all of them.
  watch: { snapshotSeconds: 5 },
  orders: { legs: { legSeconds: 30, completeSeconds: 30, unwindSeconds: 60 } },
};
const LONG_PUT = 1;
const SHORT_PUT = 2;
const SHORT_CALL = 3;
const LONG_CALL = 4;

let world: World;

beforeAll(async () => {
  world = await startWorld({ seed: 29, stepped: true, scenario: QUIET, settings: SETTINGS });
});
afterAll(() => world?.stop());

/** Contracts of the usual condor by leg number, as the first entry has found them. */
const conIds = new Map<number, number>();
const conIdOf = (legNo: number) => conIds.get(legNo) ?? Number.NaN;

async function enterByLegs(more: Partial<EntryOptions> = {}): Promise<EntryResult> {
  return await answerOf(world.client.enter(ask(namedCondor({ mode: 'legs', ...more }))), 90_000);
}

/** Roles of the orders that were sent, in their order. */
const roles = (positionId = '') =>
  ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef.split('|').slice(3, 4).join());

const held = () => world.gateway.positions().filter(({ quantity }) => quantity !== 0);

test('every leg fills: the longs first, then the shorts, and the exit the other way round', async () => {
  const would = await enterByLegs({ quantity: 2, dryRun: true });
  expect(would).toMatchObject({ status: 'DRY_RUN', dryRun: { ok: true } });
  expect(would.dryRun?.orders.map(({ payload }) => [payload.quantity, payload.legs.length])).toEqual(
    [1, 2, 3, 4].map(() => [2, 1]),
  );
  expect(held()).toEqual([]);
  const result = await enterByLegs({ quantity: 2 });
  expect(result).toMatchObject({
    status: 'OPENED',
    filledCombos: 2,
    opening: { byLegs: true, openCombos: 2, beyond: 0 },
  });
  const { positionId = '' } = result;
  expect(roles(positionId)).toEqual(would.dryRun?.orders.map(({ payload }) => payload.role));
  expect(roles(positionId)).toEqual([`leg${LONG_PUT}`, `leg${LONG_CALL}`, `leg${SHORT_PUT}`, `leg${SHORT_CALL}`]);
  const row = await world.client.execution(positionId);
  expect(row).toMatchObject({ status: 'FILLED', openedCombos: 2, openCombos: 2 });
  for (const { legNo, contract } of row.legs) conIds.set(legNo, contract.conId);
  // One order a leg, each with a time limit of its own, none in a group.
  for (const { first } of ordersOf(world.gateway, positionId)) {
    expect(first.fields).toMatchObject({ tif: 'GTD', secType: 'OPT' });
    expect(first.fields.ocaGroup ?? '').toBe('');
  }
  const closing = await answerOf(closePosition(world.client, positionId, { dryRun: true }));
  expect(closing).toMatchObject({ ok: true, reasons: [] });
  expect(closing.orders.map(({ payload }) => payload.role)).toEqual(['leg2', 'leg3', 'leg1', 'leg4']);
  const priced = { dryRun: true, pricing: { kind: 'limit', price: '1.00' } } as const;
  expect(await answerOf(closePosition(world.client, positionId, priced))).toMatchObject({ ok: false, orders: [] });
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED', filledCombos: 2 });
  expect(roles(positionId).slice(4)).toEqual(['leg2', 'leg3', 'leg1', 'leg4']);
  expect(await ended(world, positionId)).toMatchObject({ status: 'CLOSED', openCombos: 0 });
  expect(held()).toEqual([]);
  await world.agree();
});

describe('one leg never fills', () => {
  test('unwind: the filled legs are closed again, the shorts first, and nothing is held', async () => {
    world.gateway.fault({ kind: 'hold', conId: conIdOf(SHORT_CALL) });
    const result = await enterByLegs({ onPartial: 'unwind' });
    world.gateway.fault({ kind: 'hold', conId: conIdOf(SHORT_CALL), off: true });
    expect(result).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED', filledCombos: 0 });
    const { positionId = '', opening, reasons } = result;
    expect(roles(positionId)).toEqual(['leg1', 'leg4', 'leg2', 'leg3', 'unwind2', 'unwind1', 'unwind4']);
    expect(opening?.legs.map(({ opened, closed, held: rest }) => [opened, closed, rest])).toEqual([
      [1, 1, 0],
      [1, 1, 0],
      [0, 0, 0],
      [1, 1, 0],
    ]);
    expect(reasons.join()).toContain('0 of 1 combos opened');
    expect(reasons.join()).toContain('nothing is held');
    expect(reasons.join()).toMatch(/; leg 3 did not fill: [^;]+$/);
    const row = await ended(world, positionId);
    expect(row).toMatchObject({ status: 'CLOSED', exitRule: 'unwound', openedCombos: 0, openCombos: 0 });
    expect(row.realizedPnl).toBeLessThan(0);
    // With every commission, also of the last leg.
    expect(opening?.realizedPnl).toBe(cashFlow(await legFills(world, positionId)));
    expect(row.realizedPnl).toBe(opening?.realizedPnl);
    expect(held()).toEqual([]);
    await world.agree();
  });

  if (isWhole) {
    test('complete: the missing leg is worked to its cap, and the position is whole', async () => {
      world.gateway.fault({ kind: 'hold', conId: conIdOf(SHORT_CALL) });
      const from = mark(world.gateway);
      const entry = world.client.enter(ask(namedCondor({ mode: 'legs', onPartial: 'complete' })));
      // Its walk from mid is over when a second order for the leg is sent. That has half a minute of the market, which is short.
      const { n, fields } = await caught(world.gateway, from, isOrderOf('leg3'), 60_000);
      const again: Frame = (frame) => isOrderOf('leg3')(frame) && frame.fields.orderId !== fields.orderId;
      await caught(world.gateway, n, again, 60_000);
      world.gateway.fault({ kind: 'hold', conId: conIdOf(SHORT_CALL), off: true });
      const result = await answerOf(entry, 90_000);
      expect(result).toMatchObject({ status: 'OPENED', filledCombos: 1, opening: { openCombos: 1, beyond: 0 } });
      const { positionId = '' } = result;
      expect(roles(positionId)).toEqual(['leg1', 'leg4', 'leg2', 'leg3', 'leg3']);
      await finish(positionId);
    });
  }
});

if (isWhole) {
  test('half of the combos are closed leg by leg, and the rest stay whole', async () => {
    const { positionId = '' } = await enterByLegs({ quantity: 2 });
    const outcome = await answerOf(world.client.reduce(positionId, 0.5, { pricing: { kind: 'market' } }));
    expect(outcome).toMatchObject({ result: 'REDUCED', filledCombos: 1, openCombos: 1 });
    expect((await world.client.execution(positionId)).legs.map((leg) => leg.openQuantity)).toEqual([1, -1, -1, 1]);
    const limited = await answerOf(world.client.close(positionId, { pricing: { kind: 'limit', price: '9.00' } }));
    expect(limited).toMatchObject({ result: 'REFUSED', reason: expect.stringContaining('leg by leg') });
    await finish(positionId);
  });
}

describe('the broker takes no combination', () => {
  const refuse = (more: { previews?: boolean; off?: boolean } = {}) =>
    world.gateway.fault({ kind: 'refuseCombos', ...more });

  test('refused when sent: opened and closed leg by leg', async () => {
    refuse({ previews: false });
    const result = await answerOf(world.client.enter(ask(namedCondor())), 60_000);
    expect(result).toMatchObject({ status: 'OPENED', filledCombos: 1, opening: { byLegs: true } });
    const { positionId = '' } = result;
    expect(roles(positionId)).toEqual(['combo', 'leg1', 'leg4', 'leg2', 'leg3']);
    await finish(positionId);
    refuse({ off: true });
  });

  test('refused in the preview: never sent as one', async () => {
    refuse();
    const protection = { protective: 'combo', target: 0.5 } as const;
    const asked = ask(namedCondor({ protection }));
    const { positionId = '', ...result } = await answerOf(world.client.enter(asked), 60_000);
    expect(result).toMatchObject({ status: 'OPENED', filledCombos: 1 });
    // Protective orders that can rest only as a combination are not sent: an alert is raised, and needs no action.
    await world.waitUntil('it is told that nothing rests', async () => {
      const rules = (await world.store.alerts.list({ positionId })).map(({ rule }) => rule);
      return rules.includes('no_stop') && rules.includes('no_target');
    });
    expect(roles(positionId)).toEqual(['leg1', 'leg4', 'leg2', 'leg3']);
    expect(await world.client.execution(positionId)).toMatchObject({ attention: false });
    await finish(positionId);
    const combo = await answerOf(world.client.enter(ask(namedCondor({ mode: 'combo' }))), 60_000);
    expect(combo).toMatchObject({ status: 'NOT_ENTERED', code: 'BROKER_REFUSED' });
    refuse({ off: true });
  });

  if (isWhole) {
    test('refused at the exit of a combination opened as one: closed leg by leg', async () => {
      const { positionId } = await enter(world, namedCondor());
      refuse();
      await finish(positionId);
      refuse({ off: true });
      expect(roles(positionId)).toEqual(['combo', 'combo', 'leg2', 'leg3', 'leg1', 'leg4']);
    });
  }
});

if (isWhole) {
  test.each([true, false])(
    'a leg order that is never answered (it reached the exchange: %s) is settled, not sent twice',
    async (place) => {
      const entryId = `unanswered-${place ? 'there' : 'never'}`;
      const positionId = `spy-cu-20260302-${entryId.replaceAll('-', '').slice(-6)}`;
      const orderRef = `LW|${positionId}|2|leg4|1`;
      world.gateway.fault({ kind: 'mute', orderRefPrefix: orderRef, place });
      const result = await enterByLegs({ entryId });
      world.gateway.fault({ kind: 'mute', orderRefPrefix: orderRef, off: true });
      if (!place) {
        // It was in doubt until its own time was over, and the earlier leg is unwound.
        const alerts = await world.store.alerts.list({ positionId });
        expect(alerts.map(({ rule }) => rule)).toContain('unknown_order');
        expect(result).toMatchObject({ status: 'FAILED', filledCombos: 0, positionId });
        expect(roles(positionId)).toEqual(['leg1', 'leg4', 'unwind1']);
        expect(held()).toEqual([]);
        return;
      }
      expect(result).toMatchObject({ status: 'OPENED', filledCombos: 1, positionId });
      expect(roles(positionId)).toEqual(['leg1', 'leg4', 'leg2', 'leg3']);
      expect((await legFills(world, positionId)).map((fill) => fill.quantity)).toEqual([1, 1, 1, 1]);
      await finish(positionId);
    },
  );
}

async function finish(positionId: string): Promise<void> {
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  expect(held()).toEqual([]);
  await world.agree();
}

/** An order of this role. */
function isOrderOf(role: string): Frame {
  return (frame) => isOrder(frame) && String(frame.fields.orderRef).includes(`|${role}|`);
}

if (isWhole) {
  // Last, since the market's clock runs on while it is waited for.
  test('an unwinding that does not fill needs attention, and goes on until nothing is held', async () => {
    const faults = [SHORT_CALL, SHORT_PUT].map((legNo) => ({ kind: 'hold', conId: conIdOf(legNo) }) as const);
    for (const fault of faults.slice(0, 1)) world.gateway.fault(fault);
    const from = mark(world.gateway);
    const entry = world.client.enter(ask(namedCondor({ mode: 'legs' })));
    // The short put has filled by then; from now on it does not trade either.
    await caught(world.gateway, from, isOrderOf(`leg${SHORT_CALL}`), 60_000);
    for (const fault of faults.slice(1)) world.gateway.fault(fault);
    const result = await answerOf(entry, 90_000);
    expect(result).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED', opening: { openCombos: 0, beyond: 3 } });
    const { positionId = '' } = result;
    // The holdings match the record, and the short put has its cover.
    const row = await world.client.execution(positionId);
    expect(row).toMatchObject({ attention: true, openCombos: 0 });
    expect(row.legs.map((leg) => leg.openQuantity)).toEqual([1, -1, 0, 1]);
    expect(row.attentionReason).toContain(`Leg ${SHORT_PUT} is open on its own`);
    const alerts = await world.store.alerts.list({ positionId });
    expect(alerts.map(({ rule }) => rule)).toContain('attention');
    for (const fault of faults) world.gateway.fault({ ...fault, off: true });
    expect(await ended(world, positionId, 60_000)).toMatchObject({ status: 'CLOSED', exitRule: 'broken_structure' });
    expect(held()).toEqual([]);
    await world.agree();
  });
}

test('fills are in the ledger once', async () => {
  const rows = await world.store.executions.list({ limit: 20 });
  for (const { positionId } of rows) {
    const fills = await legFills(world, positionId);
    expect(new Set(fills.map((fill) => fill.execId)).size).toBe(fills.length);
  }
});

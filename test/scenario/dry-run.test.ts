/**
 * Dry runs go through every check, show exactly what would be sent, and leave no trace; and an order that a person cancels.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  cancelOrder,
  closePosition,
  placeBracketOrder,
  placeOrder,
  rollPosition,
} from '../../src/client/order-engine.js';
import { optionLegs } from '../../src/domain/order/order.js';
import type { PositionRow } from '../../src/store/api.js';
import { answerOf, ask, close, ended, enter, namedCondor, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

let world: World;
let row: PositionRow;

beforeAll(async () => {
  world = await startWorld({
    seed: 41,
    speed: 2,
    scenario: { ...WILLING, market: STILL },
    settings: { rules: noRules(), orders: { protective: { kind: 'combo', loss: 1, room: 0.5 } } },
  });
  row = await enter(world, namedCondor({ quantity: 2, ignoreSignal: true }));
  await restingStop();
}, 120_000);
afterAll(() => world?.stop(), 90_000);

async function restingStop() {
  return await world.waitUntil('a stop rests', async () =>
    (await world.store.intents.unsettled(row.positionId)).find(
      ({ role, state }) => role === 'stop' && state === 'WORKING',
    ),
  );
}

/** Every trace of an order. */
async function traces() {
  const { positionId } = row;
  const [intents, requests, all] = await Promise.all([
    world.store.intents.list({}),
    world.store.decisions.ofSubject(positionId, 100),
    world.store.executions.list({ limit: 100 }),
  ]);
  return {
    sent: sentOrders(world.gateway).length,
    cancels: world.gateway.journal().filter(({ type }) => type === 'CANCEL_ORDER').length,
    intents: intents.map(({ orderRef, state }) => [orderRef, state]),
    decisions: requests.filter(({ action }) => action !== 'HOLD').length,
    executions: all.map(({ positionId: id, status, lastStep }) => [id, status, lastStep]),
  };
}

const passed = (checks: readonly { readonly passed: boolean }[]) => checks.every((check) => check.passed);

test('of a close: the stop would be cancelled first, then one order sent', async () => {
  const before = await traces();
  const stop = await restingStop();
  const run = await answerOf(
    closePosition(world.client, row.positionId, { dryRun: true, pricing: { kind: 'market' } }),
  );
  expect(run).toMatchObject({ ok: true, reasons: [], cancels: [stop.orderRef] });
  expect(run.checks.map(({ name }) => name)).toEqual([
    'trading_state',
    'session',
    'gates',
    'over_close',
    'broker_preview',
  ]);
  expect(passed(run.checks)).toBe(true);
  expect(run.whatIf?.commission).toBeGreaterThan(0);
  const [order, ...more] = run.orders;
  expect(more).toEqual([]);
  expect(order).toMatchObject({
    orderRef: `LW|${row.positionId}|3|combo|1`,
    payload: { purpose: 'REDUCE', orderType: 'LMT', quantity: 2, tif: 'GTD' },
  });
  expect(await traces()).toEqual(before);
});

test('of an excessive reduction, and during a halt: the refusal, with its code', async () => {
  const before = await traces();
  const half = await answerOf(closePosition(world.client, row.positionId, { dryRun: true, ratio: 0.5 }));
  expect(half.orders.map(({ payload }) => payload.quantity)).toEqual([1]);
  await world.client.setTrading('HALTED', 'a test', 'test');
  const halted = await answerOf(closePosition(world.client, row.positionId, { dryRun: true }));
  expect(halted).toMatchObject({ ok: false, code: 'TRADING_HALTED' });
  expect(halted.checks.find(({ name }) => name === 'over_close')).toMatchObject({ passed: true });
  const overridden = await answerOf(closePosition(world.client, row.positionId, { dryRun: true, overrideHalt: true }));
  expect(overridden.ok).toBe(true);
  await world.client.setTrading('ACTIVE', 'the test is over', 'test');
  expect(await traces()).toEqual(before);
});

test('of a roll: the close, and the order of the new position', async () => {
  const before = await traces();
  const run = await answerOf(rollPosition(world.client, row.positionId, { dryRun: true, dte: 60 }), 60_000);
  expect(run.reasons).toEqual([]);
  expect(run.orders.map(({ payload }) => payload.purpose)).toEqual(['REDUCE', 'OPEN']);
  const [old, next] = run.orders;
  const terms = (draft: typeof old) => optionLegs(draft?.payload.legs ?? []).map(({ contract }) => contract);
  expect(terms(next).map(({ strike }) => strike)).toEqual(terms(old).map(({ strike }) => strike));
  expect(terms(next)[0]?.expiry).not.toBe(terms(old)[0]?.expiry);
  expect(await traces()).toEqual(before);
}, 90_000);

test('of an entry and of a bracket: the orders with their prices, parent first', async () => {
  const before = await traces();
  const legs = namedCondor().legs?.map((leg) => ({ ...leg, strike: leg.strike + (leg.right === 'PUT' ? -20 : 20) }));
  const other = ask({ ...namedCondor({ ignoreSignal: true }), ...(legs && { legs }) });
  const plain = await answerOf(placeOrder(world.client, { ...other, dryRun: true }), 60_000);
  expect(plain).toMatchObject({ status: 'DRY_RUN', dryRun: { ok: true } });
  expect(plain.dryRun?.orders.map(({ payload }) => payload.role)).toEqual(['combo']);
  const protection = { protective: 'underlying', target: 0.5 } as const;
  const family = await answerOf(placeBracketOrder(world.client, { ...other, protection, dryRun: true }), 60_000);
  const [parent, stop, target] = family.dryRun?.orders ?? [];
  expect([parent, stop, target].map((one) => one?.payload.role)).toEqual(['combo', 'stop', 'target']);
  expect([stop?.parentRef, target?.parentRef]).toEqual([parent?.orderRef, parent?.orderRef]);
  expect(stop?.payload.conditions).toHaveLength(2);
  expect(await traces()).toEqual(before);
  expect(() => placeBracketOrder(world.client, { ...other, dryRun: true })).toThrow(/as children of the bracket/);
}, 120_000);

test('from the command line', async () => {
  const before = await traces();
  const { positionId } = row;
  const closing = await world.cli(['close', positionId, '--dry-run']);
  expect(closing).toMatchObject({ code: 0 });
  expect(closing.stdout).toContain(`LW|${positionId}|3|combo|1`);
  expect(closing.stdout).toContain('Nothing was sent (dry run).');
  const asJson = await world.cli(['reduce', positionId, '--ratio', '0.5', '--dry-run', '--json']);
  expect(asJson.json).toMatchObject({ ok: true, orders: [{ quantity: 1, orderType: 'LMT' }] });
  const roll = await world.cli(['roll', positionId, '--dte', '60', '--dry-run']);
  expect(roll).toMatchObject({ code: 0, stdout: expect.stringContaining('|1|combo|1') });
  expect(await world.cli(['close', 'spy-ic-20260302-nobody', '--dry-run'])).toMatchObject({ code: 2 });
  expect(await world.cli(['enter', 'SPY', 'iron-condor', '--protective', 'maybe', '--dry-run'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--protective'),
  });
  expect(await world.cli(['enter', 'SPY', 'iron-condor', '--target', '-1', '--dry-run'])).toMatchObject({ code: 2 });
  expect(await world.cli(['orders', 'cancel', 'nonsense'])).toMatchObject({ code: 2 });
  expect(await world.cli(['orders', 'cancel', `LW|${positionId}|9|combo|1`])).toMatchObject({ code: 2 });
  const over = await world.cli(['orders', 'cancel', `LW|${positionId}|1|combo|1`]);
  expect(over).toMatchObject({ code: 0, stdout: expect.stringContaining('already over') });
  expect(await traces()).toEqual(before);
}, 120_000);

test('a resting order that a person cancels stays away, and the position goes on', async () => {
  const stop = await restingStop();
  const would = await answerOf(cancelOrder(world.client, stop.orderRef, { dryRun: true }));
  expect(would).toMatchObject({ result: 'WOULD_CANCEL' });
  expect((await restingStop()).orderRef).toBe(stop.orderRef);
  const done = await world.cli(['orders', 'cancel', stop.orderRef]);
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('cancelled') });
  await answerOf(closePosition(world.client, row.positionId, { ratio: 0.5, pricing: { kind: 'market' } }));
  const intents = await world.store.intents.list({ positionId: row.positionId });
  expect(intents.filter(({ role }) => role === 'stop').map(({ orderRef, state }) => [orderRef, state])).toEqual([
    [stop.orderRef, 'CANCELLED'],
  ]);
  expect(await close(world, row.positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, row.positionId);
  await world.agree(30_000);
}, 120_000);

test('an opening order that a person cancels ends the entry', async () => {
  const far = { kind: 'limit', price: '5.20' } as const;
  const under = await world.client.enter(
    ask({ ...namedCondor({ ignoreSignal: true }), pricing: far, entryId: 'dry-far001' }),
  );
  const orderRef = 'LW|spy-cu-20260302-far001|1|combo|1';
  await world.waitUntil('it works', async () => (await world.store.intents.get(orderRef))?.state === 'WORKING');
  expect(await answerOf(cancelOrder(world.client, orderRef))).toMatchObject({ result: 'CANCELLED', filledCombos: 0 });
  expect(await answerOf(Promise.resolve(under))).toMatchObject({ status: 'FAILED', filledCombos: 0 });
  await world.agree(30_000);
}, 120_000);

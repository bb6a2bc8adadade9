/**
 * A stop and a target of one group that both fill, as the broker's documentation says can happen: the double close is held on the
 * opposite side. It is reported, none of our orders touches it, the symbol takes no new position, and a person's trades settle
 * it.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { AlertRow, PositionRow } from '../../src/store/api.js';
import {
  accounted,
  answerOf,
  ask,
  cashFlow,
  close,
  ended,
  enter,
  legFills,
  namedCondor,
  otherCondor,
  WILLING,
} from '../support/life.js';
import { MovedMarket, STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf, sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

/** Implied volatility falls by this: the target is met. */
const CALM = -0.06;
/** The market falls by this factor: the stop triggers, and its limit is met. */
const FALL = 0.86;

let world: World;
const market = new MovedMarket(() => world);

beforeAll(async () => {
  world = await startWorld({
    seed: 23,
    speed: 5,
    scenario: {
      market: STILL,
      // A cancel takes its time at the exchange: what is being cancelled may fill meanwhile.
      exchange: { ...WILLING.exchange, cancelSeconds: 60 },
    },
    settings: {
      rules: noRules(),
      orders: { protective: { kind: 'combo', loss: 1, room: 1 }, target: { enabled: true, profit: 0.5 } },
    },
  });
});
afterEach(() => market.over(), 90_000);
afterAll(() => world?.stop(), 90_000);

/** Two combos with a stop and a target that rest in one group. */
async function enterTwo(): Promise<PositionRow> {
  const row = await enter(world, namedCondor({ quantity: 2, ignoreSignal: true }));
  await world.waitUntil('a stop and a target rest', async () => {
    const intents = await world.store.intents.unsettled(row.positionId);
    const resting = intents.filter(({ role, state }) => state === 'WORKING' && (role === 'stop' || role === 'target'));
    return resting.length === 2 && new Set(resting.map(({ payload }) => payload.ocaGroup)).size === 1;
  });
  return row;
}

const held = (row: PositionRow) =>
  row.legs.map(
    ({ contract }) => world.gateway.positions().find((one) => one.contract.conId === contract.conId)?.quantity ?? 0,
  );
const holds = (row: PositionRow, quantities: readonly number[], timeoutMs = 60_000) =>
  world.waitUntil(
    `the account holds ${quantities}`,
    () => JSON.stringify(held(row)) === JSON.stringify(quantities),
    timeoutMs,
  );

/** The target fills and leaves the stop working. */
async function targetFills(row: PositionRow): Promise<void> {
  world.gateway.fault({ kind: 'ocaRace' });
  market.move({ ivAdd: CALM });
  await holds(row, [0, 0, 0, 0]);
}

/** The stop fills as well. */
async function stopFillsToo(row: PositionRow): Promise<void> {
  market.calmDown();
  market.move({ spotFactor: FALL });
  await holds(row, [-2, 2, 2, -2]);
  market.calmDown();
}

const reversals = async ({ positionId }: PositionRow): Promise<readonly AlertRow[]> =>
  (await world.store.alerts.list({ positionId })).filter(({ rule }) => rule === 'reversed');

/** The alert once it names every leg. */
async function told(row: PositionRow): Promise<AlertRow> {
  return await world.waitUntil('every leg is said to be reversed', async () => {
    const [alert, another] = await reversals(row);
    expect(another).toBeUndefined();
    return alert !== undefined && [1, 2, 3, 4].every((leg) => alert.message.includes(`leg ${leg} holds`)) && alert;
  });
}

/** A person trades every leg back to nothing: one by an order that rests in TWS, the others at once. */
async function settleByHand(row: PositionRow): Promise<void> {
  for (const [index, { contract }] of row.legs.entries()) {
    const quantity = -(held(row)[index] ?? 0);
    const { conId } = contract;
    if (index === 0) world.gateway.fault({ kind: 'manualOrder', conId, quantity, limitPrice: 8 });
    else world.gateway.fault({ kind: 'manualTrade', conId, quantity });
  }
  await holds(row, [0, 0, 0, 0]);
  await world.cli(['reconcile', '--json']);
  await ended(world, row.positionId, 60_000);
}

/** Settled, and in the ledger once. */
async function isSettled(row: PositionRow): Promise<void> {
  const { positionId } = row;
  await settleByHand(row);
  const after = await accounted(world, positionId);
  expect(after).toMatchObject({ status: 'CLOSED', openedCombos: 2, openCombos: 0, attention: false });
  expect(after.exitRule).toBe('closed_outside');
  expect(after.legs.map(({ openQuantity }) => openQuantity)).toEqual([0, 0, 0, 0]);
  const fills = await legFills(world, positionId);
  expect(fills.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(4 * 2 * 4);
  expect(after.realizedPnl).toBe(cashFlow(fills));
  expect((await reversals(row)).map(({ status }) => status)).toEqual(['RESOLVED']);
  expect(await world.cli(['reconcile'])).toMatchObject({ code: 0, stdout: 'Broker and database agree.\n' });
  await world.agree();
}

test('a stop that fills while it is being cancelled: reported once, left alone, and settled by a person', async () => {
  const row = await enterTwo();
  const { positionId } = row;
  await targetFills(row);
  await world.waitUntil('the stop is being cancelled', () =>
    world.gateway.journal().some(({ type, dir }) => dir === 'in' && type === 'CANCEL_ORDER'),
  );
  await stopFillsToo(row);
  const alert = await told(row);
  expect(alert).toMatchObject({ type: 'CRITICAL', severity: 'IMMEDIATE', status: 'ACTIVE', symbol: 'SPY' });
  expect(alert.message).toContain('leg 1 holds -2 SPY 20260417 605 PUT (buy 2 to settle it)');
  const orders = ordersOf(world.gateway, positionId).length;

  const asked = await close(world, positionId);
  expect(asked).toMatchObject({ result: 'REFUSED', code: 'PARKED', openCombos: 1 });
  const now = await world.client.execution(positionId);
  expect(['CLOSED', 'FAILED', 'EXITING']).not.toContain(now.status);
  expect(now).toMatchObject({ attention: true, attentionReason: alert.message, openCombos: 0 });

  const compared = await world.cli(['reconcile', '--json']);
  expect(compared.code).toBe(5);
  expect(compared.json.findings).toEqual([{ kind: 'reversed', text: `Position ${positionId}: ${alert.message}` }]);
  const listed = await world.cli(['positions', 'SPY']);
  expect(listed.stdout).toContain(`attention: ${alert.message}`);
  // It is marked by what it holds: no price or delta of a combo.
  const marked = { closeNet: null, delta: null, unrealizedPnl: expect.any(String), shareDelta: expect.any(Number) };
  await world.waitUntil('it is marked', async () => {
    const last = await world.store.snapshots.latest(positionId);
    return last !== undefined && last.delta === undefined && last.shareDelta !== undefined;
  });
  const [shown] = (await world.cli(['positions', '--json'])).json.positions;
  expect(shown).toMatchObject({ positionId, attention: alert.message, openCombos: 0, snapshot: marked });
  expect((await world.cli(['monitor', positionId])).stdout).toContain(alert.message);
  expect((await world.cli(['show', positionId, '--json'])).json).toMatchObject({ snapshot: marked });

  const refused = await answerOf(world.client.enter(ask(otherCondor({ ignoreSignal: true }))));
  expect(refused).toMatchObject({ status: 'NOT_ENTERED', code: 'RISK_REFUSED' });
  expect(refused.reasons).toEqual([`Position ${positionId}: ${alert.message}`]);

  await world.killWorker();
  await world.startWorker();
  expect((await world.cli(['reconcile', '--json'])).code).toBe(5);
  expect(await reversals(row)).toMatchObject([{ alertId: alert.alertId, count: alert.count, status: 'ACTIVE' }]);
  expect(ordersOf(world.gateway, positionId)).toHaveLength(orders);
  expect(await world.store.intents.unsettled(positionId)).toEqual([]);

  await isSettled(row);
  expect(ordersOf(world.gateway, positionId)).toHaveLength(orders);
  const { positionId: next } = await enter(world, otherCondor({ ignoreSignal: true }));
  expect(await close(world, next)).toMatchObject({ result: 'CLOSED' });
}, 300_000);

test('both fill while no worker runs: found at the next start, and nothing is sent', async () => {
  const row = await enterTwo();
  await world.killWorker();
  await targetFills(row);
  await stopFillsToo(row);
  const orders = sentOrders(world.gateway).length;
  await world.startWorker();
  await told(row);
  expect((await world.cli(['reconcile', '--json'])).json.findings).toMatchObject([{ kind: 'reversed' }]);
  expect((await world.cli(['close', row.positionId, '--json'])).code).toBe(5);
  expect(sentOrders(world.gateway)).toHaveLength(orders);
  await isSettled(row);
}, 300_000);

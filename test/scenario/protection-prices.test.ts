/**
 * A protective stop and a profit target that rest at the broker in one group: the position's fate when one of them fills,
 * in part or completely, while it is watched, during an exit, and without a worker.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { IntentRow, PositionRow } from '../../src/store/api.js';
import { answerOf, close, ended, enter, inHalves, legFills, namedCondor } from '../support/life.js';
import { MovedMarket } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

/** The market falls by this factor: the stop triggers, and its limit is met. */
const FALL = 0.86;
/** Implied volatility falls by this: the target is met. */
const CALM = -0.06;

let world: World;
const market = new MovedMarket(() => world);

beforeAll(async () => {
  world = await startWorld({
    seed: 23,
    speed: 5,
    scenario: inHalves('close', 10),
    settings: {
      rules: noRules(),
      orders: { protective: { kind: 'combo', loss: 1, room: 1 }, target: { enabled: true, profit: 0.5 } },
    },
  });
});
afterEach(() => market.over(), 90_000);
afterAll(() => world?.stop(), 90_000);

async function resting(positionId: string, quantity: number): Promise<Record<'stop' | 'target', IntentRow>> {
  return await world.waitUntil(
    `a stop and a target for ${quantity} rest`,
    async () => {
      const intents = await world.store.intents.unsettled(positionId);
      const of = (role: string) =>
        intents.find((one) => one.role === role && one.state === 'WORKING' && one.payload.quantity === quantity);
      const [stop, target] = [of('stop'), of('target')];
      return stop && target && { stop, target };
    },
    60_000,
  );
}

async function enterTwo(): Promise<PositionRow> {
  const row = await enter(world, namedCondor({ quantity: 2, ignoreSignal: true }));
  await resting(row.positionId, 2);
  return row;
}

/** Legs are requoted one after another in a fall: a net of old and new prices would fill a target. */
async function enterStopOnly(protective: 'combo' | 'underlying' = 'combo'): Promise<PositionRow> {
  const row = await enter(
    world,
    namedCondor({ quantity: 2, ignoreSignal: true, protection: { protective, target: 0 } }),
  );
  await world.waitUntil('a stop rests alone', async () => {
    const [stop, ...others] = await world.store.intents.unsettled(row.positionId);
    return stop?.role === 'stop' && stop.state === 'WORKING' && others.length === 0;
  });
  return row;
}

/** Closed exactly once, by the broker's account and by the ledger, and nothing rests. */
async function closedOnce(positionId: string): Promise<PositionRow> {
  const row = await ended(world, positionId, 90_000);
  expect(row.legs.map((leg) => leg.openQuantity)).toEqual([0, 0, 0, 0]);
  const closed = (await legFills(world, positionId)).reduce((sum, fill) => sum + fill.quantity, 0);
  expect(closed).toBe(2 * 2 * 4);
  await world.agree(30_000);
  const alerts = await world.store.alerts.list({ positionId });
  expect(alerts.filter(({ rule }) => rule === 'reversed')).toEqual([]);
  return row;
}

const filledBy = async (positionId: string, role: string) =>
  (await legFills(world, positionId)).filter(({ orderRef }) => orderRef.includes(`|${role}|`)).length / 4;

test('stop and target share a group that cancels with block, and are resized after a reduction', async () => {
  const { positionId, entryNet = 0 } = await enterTwo();
  const { stop, target } = await resting(positionId, 2);
  expect(stop.payload.ocaGroup).toBe(target.payload.ocaGroup);
  expect(target.payload).toMatchObject({ orderType: 'LMT', tif: 'GTC', purpose: 'REDUCE' });
  expect(target.payload.limitPrice).toBeLessThanOrEqual(entryNet / 2);
  const sent = world.gateway.journal().filter(({ type, fields }) => type === 'PLACE_ORDER' && fields.ocaGroup);
  expect(sent.map(({ fields }) => [fields.ocaGroup, fields.ocaType])).toEqual([
    [stop.payload.ocaGroup, 1],
    [stop.payload.ocaGroup, 1],
  ]);
  await answerOf(world.client.reduce(positionId, 0.5, { pricing: { kind: 'market' } }), 60_000);
  const next = await resting(positionId, 1);
  expect(next.stop.payload.ocaGroup).not.toBe(stop.payload.ocaGroup);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  expect((await closedOnce(positionId)).exitRule).toBe('manual_close');
}, 180_000);

test('the target fills while the position is watched', async () => {
  const { positionId } = await enterTwo();
  market.move({ ivAdd: CALM });
  const row = await closedOnce(positionId);
  expect(row.exitRule).toBe('profit_target');
  expect(await filledBy(positionId, 'stop')).toBe(0);
  expect(row.realizedPnl).toBeGreaterThan(0);
}, 180_000);

test('the stop fills in parts while the position is watched', async () => {
  const { positionId } = await enterStopOnly();
  market.move({ spotFactor: FALL });
  await world.waitUntil(
    'half of the stop is filled, and seen',
    async () => (await world.client.execution(positionId)).openCombos === 1,
    60_000,
  );
  const row = await closedOnce(positionId);
  expect(row.exitRule).toBe('protective_stop');
  expect(await filledBy(positionId, 'stop')).toBe(2);
  const told = await world.store.alerts.list({ positionId });
  expect(told.map(({ rule }) => rule)).toContain('protective_stop');
}, 180_000);

test("the stop fills at the moment of a person's exit request", async () => {
  const { positionId } = await enterStopOnly();
  market.move({ spotFactor: FALL });
  const outcome = await close(world, positionId);
  expect(['CLOSED', 'ALREADY_CLOSED']).toContain(outcome.result);
  const row = await closedOnce(positionId);
  expect(['protective_stop', 'manual_close']).toContain(row.exitRule);
}, 180_000);

test('the worker dies between two fills of the stop', async () => {
  const { positionId } = await enterStopOnly();
  market.move({ spotFactor: FALL });
  await world.waitUntil('the stop begins to fill', async () => (await filledBy(positionId, 'stop')) > 0, 60_000);
  await world.killWorker();
  await world.startWorker();
  const row = await closedOnce(positionId);
  expect(row.exitRule).toBe('protective_stop');
}, 180_000);

test('a conditional order starts at the break-even of the underlying', async () => {
  const { positionId } = await enterStopOnly('underlying');
  const [stop] = await world.store.intents.unsettled(positionId);
  const [below, above] = stop?.payload.conditions ?? [];
  expect([below?.isMore, above?.isMore]).toEqual([false, true]);
  const { entryNet = 0, plan } = await world.client.execution(positionId);
  expect([below?.price, above?.price]).toEqual([618_000_000 - entryNet, 711_000_000 + entryNet]);
  const sent = world.gateway
    .journal()
    .find(({ type, fields }) => type === 'PLACE_ORDER' && fields.orderRef === stop?.orderRef);
  expect(sent?.fields).toMatchObject({ orderType: 'LMT', tif: 'GTC', conditionsCancelOrder: false });
  market.move({ spotFactor: (0.98 * (below?.price ?? 0)) / plan.underlyingPrice });
  expect((await closedOnce(positionId)).exitRule).toBe('protective_stop');
}, 180_000);

/**
 * The broker's answers, or their absence: refusals that refuse nothing, callbacks that never come, lists that are falsely
 * empty. In every case at most one order is live, and the holdings are known or reported as unknown.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { answerOf, ask, close, ended, enter, namedCondor, WILLING } from '../support/life.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';
import {
  atBroker,
  begin,
  caught,
  enterWith,
  framesSince,
  idsOf,
  intentIs,
  isMessage,
  isOrder,
  mark,
  marketTime,
  rest,
} from './support.js';

const CANCEL_SECONDS = 8;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    speed: 8,
    scenario: {
      // A market that hardly moves; one that stands still has stale prices.
      market: { realizedRatio: 0.3, volOfVol: 0 },
      // Between an order's frame and its match the test has time to move the market.
      exchange: { ...WILLING.exchange, latencySeconds: 2, cancelSeconds: CANCEL_SECONDS, cash: 2_000_000 },
    },
    settings: { rules: noRules() },
  });
});
afterAll(() => world?.stop(), 90_000);
afterEach(() => {
  world?.gateway.fault({ kind: 'clear' });
});

/** Closed, ended, and nothing left anywhere. */
async function finish(positionId: string): Promise<void> {
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  expect(atBroker(world)).toEqual([]);
  await world.agree();
}

test('F6 error 103 although the order was placed: it is followed, not placed again', async () => {
  const row = await enterWith(world, { kind: 'rejectNext', code: 103, text: 'Duplicate order id', place: true });
  expect(row.openCombos).toBe(1);
  expect(idsOf(world, row.positionId)).toHaveLength(1);
  await finish(row.positionId);
});

test('F8 no status Filled ever comes: the state is taken from the executions', async () => {
  const from = mark(world.gateway);
  world.gateway.fault({ kind: 'omit', message: 'ORDER_STATUS', status: 'Filled', n: 1000 });
  const row = await enter(world, namedCondor({ quantity: 2 }));
  expect(row.legs.map((leg) => leg.openQuantity)).toEqual([2, -2, -2, 2]);
  expect(await world.store.intents.list({ positionId: row.positionId })).toMatchObject([{ state: 'FILLED' }]);
  await finish(row.positionId);
  expect(framesSince(world.gateway, from, isMessage('FAULT_HIT', 'sys'))).not.toEqual([]);
});

test('F13 10349 comes, and the order lives: a warning, no second order', async () => {
  const text = 'Order TIF was set to DAY based on order preset.';
  const row = await enterWith(world, { kind: 'rejectNext', code: 10349, text, place: true });
  const [order, ...others] = ordersOf(world.gateway, row.positionId);
  expect(others).toEqual([]);
  expect(order?.first.fields.tif).toBe('GTD');
  await finish(row.positionId);
});

test('F14 201 on a modify: the original goes on working until it is cancelled, and its successor fills', async () => {
  // The order must rest long enough to be priced again; if it fills first, the test tries again.
  for (let tries = 1; ; tries++) {
    const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
    const from = mark(world.gateway);
    world.gateway.fault({
      kind: 'rejectNext',
      on: 'modify',
      code: 201,
      text: 'Order rejected - reason:Modify refused',
    });
    const exit = await world.client.close(positionId, { pricing: { kind: 'walk' }, urgency: 'HIGH' });
    const frame = await caught(world.gateway, from, isOrder);
    // Its cost rises at once: the order rests until it is priced again.
    world.gateway.set({ kind: 'shock', symbol: 'SPY', ivAdd: 0.15 });
    expect(await answerOf(Promise.resolve(exit))).toMatchObject({ result: 'CLOSED', filledCombos: 1 });
    world.gateway.set({ kind: 'shock', symbol: 'SPY', ivAdd: -0.15 });
    await ended(world, positionId);
    await world.agree();
    const frames = framesSince(world.gateway, from, isOrder);
    const successor = frames.find(({ fields }) => fields.orderId !== frame.fields.orderId);
    if (successor !== undefined) {
      const end = framesSince(world.gateway, from, isMessage('ORDER_STATUS', 'out')).find(
        ({ fields }) => fields.orderId === frame.fields.orderId && fields.status === 'Cancelled',
      );
      expect(end?.n).toBeLessThan(successor.n);
      return;
    }
    expect(tries).toBeLessThan(5);
  }
});

test('F11 a fill after a cancel request is kept, and the exit goes on with it', async () => {
  const { positionId, entry } = await rest(world);
  const from = mark(world.gateway);
  const exit = await world.client.close(positionId, { pricing: { kind: 'market' } });
  const cancel = await caught(world.gateway, from, isMessage('CANCEL_ORDER'));
  world.gateway.set({ kind: 'shock', symbol: 'SPY', ivAdd: 0.15 });
  await caught(world.gateway, cancel.n, isMessage('EXECUTION_DATA', 'out'));
  expect(world.gateway.now()).toBeLessThan(cancel.at + CANCEL_SECONDS * 1000);
  world.gateway.set({ kind: 'shock', symbol: 'SPY', ivAdd: -0.15 });
  expect(await answerOf(Promise.resolve(entry))).toMatchObject({ status: 'OPENED', filledCombos: 1 });
  expect(await answerOf(Promise.resolve(exit))).toMatchObject({ result: 'CLOSED', filledCombos: 1 });
  expect(idsOf(world, positionId)).toHaveLength(2);
  await ended(world, positionId);
  expect(atBroker(world)).toEqual([]);
  await world.agree();
});

test.each([
  [161, 'Cancel attempted when order is not in a cancellable state. Order permId = 0'],
  [10147, 'OrderId 0 that needs to be cancelled is not found.'],
  [10148, 'OrderId 0 that needs to be cancelled cannot be cancelled, state: PendingSubmit.'],
])(
  'F12 a cancel answered %i is no cancel: the order is checked and cancelled again until nothing is live',
  async (code, text) => {
    const { positionId, entry } = await rest(world);
    const from = mark(world.gateway);
    world.gateway.fault({ kind: 'cancelAnswer', code, text });
    await world.client.close(positionId);
    const result = await answerOf(Promise.resolve(entry));
    expect(result).toMatchObject({ filledCombos: 0 });
    const asked = framesSince(world.gateway, from, isMessage('CANCEL_ORDER'));
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(framesSince(world.gateway, from, isMessage('REQ_ALL_OPEN_ORDERS'))).not.toEqual([]);
    const cancelled = framesSince(world.gateway, from, isMessage('ORDER_STATUS', 'out')).find(
      ({ fields }) => fields.status === 'Cancelled' || fields.status === 'ApiCancelled',
    );
    expect(cancelled?.n).toBeGreaterThan(asked[1]?.n ?? Number.POSITIVE_INFINITY);
    expect(await world.store.intents.list({ positionId })).toMatchObject([{ state: 'CANCELLED' }]);
    expect(idsOf(world, positionId)).toHaveLength(1);
    await world.agree();
  },
);

test('F20 a falsely empty list of open orders: absence counts only when seen twice, so the order is found again', async () => {
  const opening = await muted(true, async () => {
    world.gateway.fault({ kind: 'falseEmpty', answer: 'openOrders', n: 2 });
    return await begin(world, { pricing: { kind: 'limit', price: '4.80' } });
  });
  const intent = await intentIs(world, opening.positionId, 'WORKING');
  expect(intent.attempt).toBe(1);
  expect(idsOf(world, opening.positionId)).toEqual([intent.orderId]);
  await world.client.close(opening.positionId);
  expect(await answerOf(Promise.resolve(opening.entry))).toMatchObject({ filledCombos: 0 });
  await world.agree();
});

test('F29 a dialog swallows the order silently: UNKNOWN with an alert, and placed again when its time is over', async () => {
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
  const from = mark(world.gateway);
  const exit = await muted(false, async () => {
    const asked = await world.client.close(positionId, { pricing: { kind: 'walk' }, urgency: 'IMMEDIATE' });
    await caught(world.gateway, from, isOrder);
    await world.waitUntil('it is unknown', async () => {
      const unsettled = await world.store.intents.unsettled(positionId);
      return unsettled.some(({ state }) => state === 'UNKNOWN');
    });
    return asked;
  });
  await world.waitUntil('an alert tells of the order', async () => {
    const alerts = await world.store.alerts.list({ positionId });
    return alerts.some(({ rule }) => rule === 'unknown_order');
  });
  expect(await answerOf(Promise.resolve(exit), 60_000)).toMatchObject({ result: 'CLOSED', filledCombos: 1 });
  // The first one arrived nowhere; the second one exists after a minute and ten seconds.
  const [first, second, ...more] = framesSince(world.gateway, from, isOrder);
  expect([first, second].map((frame) => frame?.fields.orderRef)).toEqual([
    `LW|${positionId}|2|combo|1`,
    `LW|${positionId}|2|combo|2`,
  ]);
  expect(more.every(({ fields }) => fields.orderRef === second?.fields.orderRef)).toBe(true);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(65_000);
  await ended(world, positionId);
  await world.agree();
}, 180_000);

test('F21 quotes that are delayed, taken by another session, or absent refuse an entry; nothing leaves', async () => {
  const from = mark(world.gateway);
  for (const state of ['delayed', 'competing'] as const) {
    world.gateway.fault({ kind: 'marketData', state });
    const result = await answerOf(world.client.enter(ask(namedCondor())), 60_000);
    expect({ state, result }).toMatchObject({ result: { status: 'NOT_ENTERED' } });
    expect(result.reasons.join(' ')).toContain('The price of the underlying is missing.');
  }
  world.gateway.fault({ kind: 'marketData', state: 'live' });
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);
  // The quotes were the only reason.
  const row = await world.waitUntil('quotes are live again and an entry is accepted', async () => {
    const result = await answerOf(world.client.enter(ask(namedCondor())));
    return result.status === 'OPENED' && result;
  });
  await finish(row.positionId ?? '');
}, 120_000);

test('F19 the day rolls before an unknown order is settled: parked for a person, never placed again', async () => {
  const from = mark(world.gateway);
  world.gateway.fault({ kind: 'mute', orderRefPrefix: 'LW|', place: true });
  const { positionId } = await begin(world);
  const frame = await caught(world.gateway, from, isOrder);
  await world.waitUntil('it is filled at the exchange', () => atBroker(world).length === 4);
  await marketTime(world, world.gateway.now() + 2_000);
  world.gateway.fault({ kind: 'dateRoll' });
  await intentIs(world, positionId, 'PARKED', 60_000);
  expect(idsOf(world, positionId)).toEqual([frame.fields.orderId]);
  await world.waitUntil('an alert asks a person at once', async () => {
    const alerts = await world.store.alerts.list({ positionId });
    return alerts.some(({ severity, metadata }) => severity === 'IMMEDIATE' && metadata.code === 'PARKED');
  });
}, 120_000);

/** Orders get no answer while `work` runs; with `placed` they still reach the exchange. */
async function muted<T>(placed: boolean, work: () => Promise<T>): Promise<T> {
  world.gateway.fault({ kind: 'mute', orderRefPrefix: 'LW|', place: placed });
  try {
    return await work();
  } finally {
    world.gateway.fault({ kind: 'mute', orderRefPrefix: 'LW|', off: true });
  }
}

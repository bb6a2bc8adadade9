/**
 * A protective order at the broker: placed after the fills and sized to them, resized on a reduction, gone before an exit
 * is sent.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerOf, close, ended, enter, namedCondor, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf, type SentOrder } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 23,
    speed: 5,
    scenario: { ...WILLING, market: STILL },
    settings: { rules: noRules(), orders: { protective: { kind: 'combo', loss: 0.3, room: 0.7 } } },
  });
});
afterAll(() => world?.stop());

const stops = (positionId: string): readonly SentOrder[] =>
  ordersOf(world.gateway, positionId).filter((order) => order.orderRef.includes('|stop|'));

async function restingStop(positionId: string, quantity: number) {
  return await world.waitUntil(`a stop for ${quantity} rests`, async () => {
    const unsettled = await world.store.intents.unsettled(positionId);
    return unsettled.find(
      ({ role, state, payload }) => role === 'stop' && state === 'WORKING' && payload.quantity === quantity,
    );
  });
}

test('placed after the fills, resized on a reduction, gone before the close', async () => {
  const { positionId, entryNet = 0 } = await enter(world, namedCondor({ quantity: 2, ignoreSignal: true }));
  const first = await restingStop(positionId, 2);
  expect(first.payload).toMatchObject({ orderType: 'STP LMT', tif: 'GTC', purpose: 'REDUCE' });
  expect(first.payload.stopPrice).toBeGreaterThanOrEqual(entryNet * 1.3);
  expect(first.payload.limitPrice).toBeGreaterThan(first.payload.stopPrice ?? 0);
  await answerOf(world.client.reduce(positionId, 0.5, { pricing: { kind: 'market' } }));
  const second = await restingStop(positionId, 1);
  expect(second.orderRef).not.toBe(first.orderRef);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  expect(stops(positionId)).toHaveLength(2);
  const states = (await world.store.intents.list({ positionId })).filter(({ role }) => role === 'stop');
  expect(states.map(({ state }) => state)).toEqual(['CANCELLED', 'CANCELLED']);
  await world.agree();
});

test('A11 a stop that the broker lists as Inactive, its error unheard, is placed again after its cancel', async () => {
  const { gateway, store } = world;
  // The entry fills before that; the stop is left so. Its error is lost from the start: a slow machine sees the stop after it.
  gateway.fault({ kind: 'endNext', n: 2, as: 'inactive', ms: 15_000 });
  gateway.fault({ kind: 'omit', message: 'ERR_MSG' });
  const { positionId } = await enter(world, namedCondor({ quantity: 1, ignoreSignal: true }));
  const sentStops = async () => (await store.intents.list({ positionId })).filter(({ role }) => role === 'stop');
  const first = await world.waitUntil('a stop is sent', async () => (await sentStops()).at(-1));
  const ours = async (statuses: readonly ('ACTIVE' | 'RESOLVED')[]) =>
    (await store.alerts.list({ positionId, statuses })).filter(({ rule }) => rule === 'order_inactive');
  // On a fast machine another stop may already rest when this looks.
  await world.waitUntil('a person is alerted', async () => (await ours(['ACTIVE', 'RESOLVED']))[0], 40_000);
  await world.waitUntil('another stop rests', async () => {
    const unsettled = await store.intents.unsettled(positionId);
    return unsettled.find(
      ({ orderRef, role, state }) => role === 'stop' && state === 'WORKING' && orderRef !== first.orderRef,
    );
  });
  await world.waitUntil('the alert is over', async () => (await ours(['RESOLVED']))[0]);
  const [before, after] = stops(positionId);
  expect(stops(positionId)).toHaveLength(2);
  const ended = gateway.journal().find(({ dir, type, fields }) => {
    return (
      dir === 'out' && type === 'ORDER_STATUS' && fields.orderId === before?.orderId && fields.status === 'Cancelled'
    );
  });
  expect(ended?.n).toBeLessThan(after?.first.n ?? 0);
  expect(await store.intents.get(first.orderRef)).toMatchObject({ state: 'CANCELLED' });
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await world.agree();
});

test('a stop that the broker cancels is placed again at once; after three within an hour none is, and a person is alerted', async () => {
  const { gateway, store } = world;
  // The entry fills before its turn.
  gateway.fault({ kind: 'endNext', n: 4, as: 'cancelled', ms: 15_000, text: 'Margin is being calculated.' });
  const { positionId } = await enter(world, namedCondor({ quantity: 1, ignoreSignal: true }));
  const alert = await world.waitUntil('a person is alerted', async () =>
    (await store.alerts.list({ positionId })).find(({ rule }) => rule === 'no_stop'),
  );
  expect(alert.message).toBe(
    'The protective order was not placed: the broker ended the last 3 within an hour (202: Order Canceled - reason:Margin is ' +
      'being calculated.). Only the rules protect the position, while a worker runs.',
  );
  const rows = (await store.intents.list({ positionId })).filter(({ role }) => role === 'stop');
  expect(rows.map(({ state }) => state)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED']);
  expect(stops(positionId)).toHaveLength(3);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  expect(stops(positionId)).toHaveLength(3);
  await world.agree();
});

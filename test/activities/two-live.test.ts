/**
 * Two live orders under the prefix of one intent: both are cancelled and the intent is settled; a person cancels what cannot
 * be cancelled from here. Real broker adapter over TCP, real database.
 */
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { resolveOrder } from '../../src/activities/orders/resolve-unknown.js';
import { connectTo, place, until, usable } from '../broker/support.js';
import { intent, NOW, testServer } from '../store/support.js';
import { resting, type Stage, stages } from './stage.js';

const server = testServer();
const { staged, cleanUp } = stages(server);

async function unknown({ positionId, condor }: Stage, orderRef: string, orderId: number): Promise<void> {
  const { store } = server;
  const holder = `test-${positionId}`;
  const token = await store.leases.acquire('broker', holder, 60_000);
  if (token === undefined) throw new Error('the lease is held');
  await store.intents.plan(intent(positionId, { orderRef, payload: resting(condor, positionId) }), NOW);
  const sending = { orderId, clientId: 7, sessionEpoch: 'an-old-process:1', token, overrideHalt: false, at: NOW };
  expect(await store.intents.markSending(orderRef, sending)).toBe(true);
  await store.intents.mark(orderRef, 'UNKNOWN', { at: NOW, reason: 'no acknowledgement in time' });
  await store.leases.release('broker', holder, token);
}

/** Combos are acknowledged one by one, each in its own time. */
const bothShown = ({ world }: Stage) =>
  until(() => {
    const told = world.gateway.journal().filter(({ type }) => type === 'OPEN_ORDER');
    return new Set(told.map(({ fields }) => fields.permId)).size === 2;
  });

const resolve = (stage: Stage, orderRef: string) =>
  new MockActivityEnvironment().run(() => resolveOrder(stage.deps, stage.tracker, orderRef));

test.each([
  ['two attempts of one step', 1],
  ['one reference twice', 0],
])(
  '%s: both are cancelled, and the intent is settled',
  async (_name, second) => {
    const stage = await staged();
    const { world, condor, positionId, refs } = stage;
    const payload = resting(condor, positionId);
    const orderRef = refs[0];
    // The tracker does not know them yet: a broker event about an order makes it known.
    stage.tracker.close();
    const { orderId } = place(world, payload, orderRef);
    place(world, payload, refs[second] ?? '');
    await bothShown(stage);
    await unknown(stage, orderRef, orderId);
    stage.tracker.start();
    expect(await resolve(stage, orderRef)).toEqual({ kind: 'live' });
    expect((await world.broker.orders.openOrders()).rows).toEqual([]);
    expect(await server.store.intents.get(orderRef)).toMatchObject({ state: 'CANCELLED' });
    const alerts = await server.store.alerts.list({ positionId });
    expect(alerts.find(({ rule }) => rule === 'two_live_orders')).toMatchObject({
      ...{ severity: 'IMMEDIATE', status: 'RESOLVED' },
    });
  },
  120_000,
);

test('one belongs to another client: the step waits until a person has cancelled it', async () => {
  const stage = await staged();
  const { world, condor, positionId, refs } = stage;
  const payload = resting(condor, positionId);
  const other = connectTo(world.gateway, { broker: { clientId: 8 } });
  cleanUp.push(() => other.close());
  await usable(other);
  const foreign = place({ broker: other }, payload, refs[1]);
  stage.tracker.close();
  const { orderId } = place(world, payload, refs[0]);
  await bothShown(stage);
  await unknown(stage, refs[0], orderId);
  stage.tracker.start();
  let over = false;
  const settled = resolve(stage, refs[0]).finally(() => {
    over = true;
  });
  settled.catch(() => undefined);
  const asked = async () => (await server.store.alerts.list({ positionId })).map(({ message }) => message).join(' ');
  while (!/Cancel them at the broker: permId \d+ of client 8/.test(await asked())) {
    await new Promise((again) => setTimeout(again, 100));
  }
  expect(over).toBe(false);
  expect((await world.broker.orders.openOrders()).rows).toMatchObject([{ clientId: 8, orderRef: refs[1] }]);
  other.orders.cancel(foreign.orderId, other.state().epoch);
  expect(await settled).toEqual({ kind: 'live' });
  expect(await server.store.intents.get(refs[0])).toMatchObject({ state: 'CANCELLED' });
}, 180_000);

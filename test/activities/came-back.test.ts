/** An order that was proved absent and works after all: cancelled where it can be, and the alert says what is true. */
import { expect, test } from '@jest/globals';
import { payloadHash } from '../../src/activities/orders/payload-hash.js';
import { reconcileSession } from '../../src/activities/orders/reconcile.js';
import { framesIn, place, until } from '../broker/support.js';
import { intent, testServer } from '../store/support.js';
import { resting, stages } from './stage.js';

const server = testServer();
const { staged } = stages(server);

test.each([
  ['reachable', /being cancelled/, 1],
  ['out of reach', /order id -2 of client 7, which Legwork cannot cancel: cancel it in TWS/, 0],
] as const)('%s', async (where, says, cancels) => {
  const stage = await staged();
  const { world, tracker, condor, positionId } = stage;
  const [orderRef] = stage.refs;
  const { intents, leases, alerts } = server.store;
  const token = (await leases.acquire('broker', 'a-test', 60_000)) ?? 0;
  const payload = resting(condor, positionId);
  const now = world.broker.clock.now();
  tracker.close();
  await intents.plan(intent(positionId, { orderRef, payload, payloadHash: payloadHash(payload) }), now);
  const { orderId } = place(world, payload, orderRef);
  const sending = { orderId, clientId: 7, sessionEpoch: 'an-old-process:1', token, overrideHalt: false, at: now };
  expect(await intents.markSending(orderRef, sending)).toBe(true);
  await intents.mark(orderRef, 'EXPIRED', { at: now, reason: 'absent' });
  await until(() => world.events.some((event) => event.kind === 'order' && event.order.orderRef === orderRef));
  if (where === 'out of reach') world.gateway.fault({ kind: 'loseOrders', orderRefPrefix: orderRef, shownId: -2 });
  tracker.start();
  expect(await reconcileSession(stage.deps, tracker)).toBe(true);
  const told = (await alerts.list({ positionId })).find(({ rule }) => rule === 'order_came_back');
  expect(told?.message).toMatch(says);
  await world.broker.probe(10_000);
  expect(framesIn(world.gateway, 'CANCEL_ORDER')).toBe(cancels);
});

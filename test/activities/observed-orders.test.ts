/**
 * Orders as IB was seen to treat them, where another broker would not: acknowledged late, refused for good by codes without a status,
 * ids below those of other clients. The real broker adapter over TCP, the real database.
 */
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { payloadHash } from '../../src/activities/orders/payload-hash.js';
import { resolveOrder } from '../../src/activities/orders/resolve.js';
import { send } from '../../src/activities/orders/send.js';
import type { Placement } from '../../src/contract/activities.js';
import { orderRefOf } from '../../src/domain/ids.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import { ACCOUNT, connectTo, until, usable } from '../broker/support.js';
import { execution, intent, newPositionId, testServer } from '../store/support.js';
import { ordersOf } from '../support/wire.js';
import { resting, type Stage, stages } from './stage.js';

const server = testServer();
const { staged, cleanUp } = stages(server);

/** Market time that an order of these tests has at the broker. */
const LIFE_MS = 60_000;

interface Sent {
  readonly positionId: string;
  readonly orderRef: string;
  outcome(): Promise<Placement>;
}

/** Writes a combo of a position of its own as placing does. */
async function sendCombo(stage: Stage, token: number, more: Partial<OrderPayload> = {}): Promise<Sent> {
  const { world, tracker, condor } = stage;
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  const orderRef = orderRefOf({ positionId, step: 1, role: 'combo', attempt: 1 });
  const now = world.broker.clock.now();
  const payload = { ...resting(condor, positionId), tif: 'GTD' as const, goodTill: now + LIFE_MS, ...more };
  const validUntil = now + LIFE_MS;
  const row = await store.intents.plan(
    intent(positionId, { orderRef, payload, payloadHash: payloadHash(payload), validUntil }),
    now,
  );
  const deps = { ...stage.deps, lease: { token, valid: () => true } };
  const deadline = performance.now() + 60_000;
  const { epoch } = world.broker.state();
  const sent = await send({ deps, tracker }, [row], { epoch, deadline, overrideHalt: false });
  return { positionId, orderRef, outcome: async () => (sent.kind === 'written' ? await sent.outcome() : sent) };
}

const leased = async (): Promise<number> => (await server.store.leases.acquire('broker', 'a-test', 600_000)) ?? 0;

const placed = ({ world }: Stage, { positionId }: Sent) =>
  ordersOf(world.gateway, positionId).flatMap(({ frames }) => frames).length;

const state = async ({ orderRef }: Sent) => (await server.store.intents.get(orderRef))?.state;

test('A6 acknowledgements after 0, 1, 3, 5 and 8 s, with the order in lists or in none: each is one live order', async () => {
  const stage = await staged();
  const { world } = stage;
  const token = await leased();
  const { epoch } = world.broker.state();
  const cases = [0, 1, 3, 5, 8].flatMap((seconds) => [true, false].map((shown) => ({ seconds, shown })));
  const sent: (Sent & { readonly seconds: number })[] = [];
  for (const { seconds, shown } of cases) {
    world.gateway.fault({ kind: 'lateAcknowledgement', ms: Math.max(1, seconds * 1_000), shown });
    sent.push({ ...(await sendCombo(stage, token)), seconds });
  }
  const outcomes = await Promise.all(sent.map(({ outcome }) => outcome()));
  expect(outcomes.map(({ kind }) => kind)).toEqual(sent.map(() => 'live'));
  for (const one of sent) expect(placed(stage, one)).toBe(1);
  // A slow order costs nobody the session.
  expect(world.broker.state().epoch).toBe(epoch);
}, 120_000);

test('A6 an order that is in no callback and no list, also of a new session, and then appears is not placed again', async () => {
  const stage = await staged();
  const { world, tracker } = stage;
  world.gateway.fault({ kind: 'lateAcknowledgement', ms: 13_000, shown: false });
  const sent = await sendCombo(stage, await leased());
  expect(await sent.outcome()).toMatchObject({ kind: 'unknown' });
  const { epoch } = world.broker.state();
  world.gateway.fault({ kind: 'drop' });
  await until(() => world.broker.state().epoch > epoch && world.broker.state().usable);
  world.broker.markReconciled(world.broker.state().epoch);
  const resolve = () => resolveOrder(stage.deps, tracker, sent.orderRef);
  expect(await new MockActivityEnvironment().run(resolve)).toEqual({ kind: 'live' });
  expect(await state(sent)).toBe('ACKED');
  expect(placed(stage, sent)).toBe(1);
}, 120_000);

test.each([387, 312, 313, 391, 463, 461, 10268, 10289])(
  'A9 %i answers a new order and nothing else: refused at once, in the same session',
  async (code) => {
    const stage = await staged();
    const { world } = stage;
    const { epoch } = world.broker.state();
    const text = 'Unsupported order type for this exchange and security type.';
    world.gateway.fault({ kind: 'rejectNext', code, text });
    const sent = await sendCombo(stage, await leased());
    expect(await sent.outcome()).toMatchObject({ kind: 'rejected', reaction: 'stop', code });
    expect(await state(sent)).toBe('REJECTED');
    expect(world.broker.state().epoch).toBe(epoch);
  },
);

test('A4 an order id is above those of every client whose orders were shown', async () => {
  const stage = await staged();
  const { world, condor, positionId } = stage;
  const other = connectTo(world.gateway, { broker: { clientId: 5 } });
  cleanUp.push(() => other.close());
  const epoch = await usable(other);
  const payload = resting(condor, positionId);
  other.orders.place({ payload, orderRef: 'by another program', orderId: 5_000, account: ACCOUNT, epoch });
  await until(() => world.gateway.journal().some(({ type, dir }) => dir === 'out' && type === 'OPEN_ORDER'));
  expect((await world.broker.orders.openOrders()).rows).toMatchObject([{ orderId: 5_000, clientId: 5 }]);
  const sent = await sendCombo(stage, await leased());
  expect(await sent.outcome()).toMatchObject({ kind: 'live' });
  expect(ordersOf(world.gateway, sent.positionId).map(({ orderId }) => orderId > 5_000)).toEqual([true]);
}, 60_000);

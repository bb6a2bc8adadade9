/** An opening that a person cancels before the broker has acknowledged it: nothing of it is sent again under another attempt. */
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import type { SessionCalendar } from '../../src/activities/market/session-calendar.js';
import { cancelByUser, withoutCancelledByUser } from '../../src/activities/orders/cancel-by-user.js';
import { prepareOrder } from '../../src/activities/orders/prepare.js';
import { projectPosition } from '../../src/activities/orders/project.js';
import type { OrderTracker } from '../../src/activities/orders/tracker.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import { planLegs } from '../../src/activities/positions/legs.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { OrderSpec } from '../../src/contract/activities.js';
import { BY_PERSON } from '../../src/domain/order/cancelled-by-user.js';
import { execution, fill, intent, NOW, newPositionId, testServer } from '../store/support.js';

const server = testServer();

/** The broker is never called: a PLANNED order has not left, and a cancelled one is not prepared. */
const deps = () =>
  ({
    store: server.store,
    broker: { clock: { now: () => NOW, join: () => undefined } },
    stopping: new AbortController().signal,
  }) as unknown as BrokerDeps;

const tracker = { drained: async () => undefined } as unknown as OrderTracker;
const calendar = undefined as unknown as SessionCalendar;

async function cancelled(role: 'combo' | 'leg2'): Promise<string> {
  const positionId = newPositionId();
  await server.store.executions.save_execution(execution(positionId));
  const { orderRef } = await server.store.intents.plan(intent(positionId, { role }), NOW);
  const end = await new MockActivityEnvironment().run(() => cancelByUser(deps(), tracker, { orderRef, dryRun: false }));
  expect(end).toMatchObject({ result: 'CANCELLED', filledCombos: 0 });
  expect(await server.store.intents.get(orderRef)).toMatchObject({ state: 'EXPIRED', reason: BY_PERSON });
  return positionId;
}

test('the next attempt of its step is not prepared', async () => {
  const positionId = await cancelled('combo');
  const spec: OrderSpec = {
    ...{ positionId, step: 1, role: 'combo', attempt: 2, purpose: 'OPEN', combos: 2 },
    ...{ pricing: { kind: 'walk' }, urgency: 'NORMAL', by: 'entry', overrideHalt: false },
  };
  expect(await prepareOrder(deps(), calendar, spec)).toEqual({ kind: 'nothing', reason: BY_PERSON });
  expect(await server.store.intents.list({ positionId })).toHaveLength(1);
});

test('a cancel request whose process died after storing it is completed', async () => {
  const positionId = newPositionId();
  await server.store.executions.save_execution(execution(positionId));
  const { orderRef } = await server.store.intents.plan(intent(positionId, { role: 'stop' }), NOW);
  await server.store.intents.mark(orderRef, 'WORKING', { at: NOW });
  await server.store.intents.requestCancel(orderRef, NOW);
  // The process dies here; the order ends at the broker, and another process gets the event.
  await server.store.intents.mark(orderRef, 'CANCELLED', { at: NOW, reason: 'the broker says so' });
  expect(await withoutCancelledByUser(server.store, positionId, ['stop', 'target'])).toEqual(['target']);
  const again = () =>
    new MockActivityEnvironment().run(() => cancelByUser(deps(), tracker, { orderRef, dryRun: false }));
  expect(await again()).toMatchObject({ result: 'CANCELLED' });
  expect(await server.store.intents.get(orderRef)).toMatchObject({ reason: BY_PERSON, cancelRequestedAt: NOW });
  expect(await again()).toMatchObject({ result: 'ALREADY_OVER', reason: expect.stringContaining(BY_PERSON) });
});

test('an order that filled before the cancel reached it does not count as cancelled by the user', async () => {
  const positionId = newPositionId();
  await server.store.executions.save_execution(execution(positionId));
  const { orderRef } = await server.store.intents.plan(intent(positionId, { role: 'target' }), NOW);
  await server.store.intents.requestCancel(orderRef, NOW);
  await server.store.intents.mark(orderRef, 'FILLED', { at: NOW });
  const end = await new MockActivityEnvironment().run(() => cancelByUser(deps(), tracker, { orderRef, dryRun: false }));
  expect(end).toMatchObject({ result: 'FILLED' });
  expect(await server.store.intents.get(orderRef)).not.toHaveProperty('reason', BY_PERSON);
  expect(await withoutCancelledByUser(server.store, positionId, ['target'])).toEqual(['target']);
});

test('a leg of an opening leg by leg is not completed either: the filled part is unwound', async () => {
  const positionId = await cancelled('leg2');
  await server.store.fills.append([
    fill('e1.01', `LW|${positionId}|2|leg1|1`, { conId: 101, side: 'SELL', quantity: 2 }),
  ]);
  const parts = {
    deps: { ...deps(), settings: () => settingsSchema.parse({}) },
    tracker: { ...tracker, projectNow: () => projectPosition(server.store, positionId, NOW) },
  } as unknown as BrokerParts;
  const plan = await planLegs(parts, { positionId, step: 3, tried: [], resumed: false, onPartial: 'complete' });
  expect(plan).toMatchObject({ kind: 'order', role: 'unwind1', purpose: 'REDUCE', contracts: 2 });
});

/**
 * What stops a change of a live order between its decision and its write: the order stays as it was, at the broker and here.
 * Real broker adapter over TCP, real database.
 */
import { afterEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { SessionCalendar } from '../../src/activities/market/session-calendar.js';
import { type AdjustParts, adjustProtection } from '../../src/activities/orders/adjust-protection.js';
import { decidedNow, modifyOrder } from '../../src/activities/orders/modify.js';
import { DEADLINE_MS } from '../broker/support.js';
import { NOW, testServer } from '../store/support.js';
import { type Live, live, stages } from './stage.js';

const server = testServer();
const { staged } = stages(server);

afterEach(() => server.store.trading.set('ACTIVE', 'a test', 'test', NOW));

test.each<[string, (order: Live) => Promise<unknown>, { readonly deadline?: number; readonly closesAt?: number }]>([
  ['trading is halted', () => server.store.trading.set('HALTED', 'a test', 'test', NOW), {}],
  ['only exits may leave', () => server.store.trading.set('REDUCING', 'a test', 'test', NOW), {}],
  ['a person has asked to cancel the order', ({ orderRef }) => server.store.intents.requestCancel(orderRef, NOW), {}],
  ['another process has the broker', () => server.store.leases.acquire('broker', 'a-test', 60_000), {}],
  ['its time is over', async () => undefined, { deadline: 0 }],
  ['the market has closed', async () => undefined, { closesAt: NOW }],
])('%s', async (_what, meanwhile, late) => {
  const stage = await staged();
  const order = await live(server, stage);
  const { deps, first, stored, told } = order;
  const intent = await stored();
  const payload = { ...first, limitPrice: (first.limitPrice ?? 0) + 10_000 };
  const change = {
    intent,
    payload,
    overrideHalt: false,
    closesAt: Number.POSITIVE_INFINITY,
    ...decidedNow(deps),
    ...late,
  };
  await meanwhile(order);
  expect(await modifyOrder(deps, stage.tracker, change)).toEqual({ kind: 'again' });
  expect(await stored()).toMatchObject({ state: 'WORKING', payload: first, payloadHash: intent.payloadHash });
  // A write would have been read by the time that the gateway answers this.
  await stage.world.broker.probe(DEADLINE_MS);
  expect(told()).toEqual([first.limitPrice]);
});

test('after the close a resting order keeps its price until the next open', async () => {
  const stage = await staged();
  const { deps, orderRef, stored, told, first } = await live(server, stage);
  const nextOpen = stage.world.broker.clock.now() + 60_000;
  const calendar = { of: async () => ({ isOpen: false, nextOpen }) } as unknown as SessionCalendar;
  const parts = { deps, tracker: stage.tracker, calendar } as unknown as AdjustParts;
  const before = await stored();
  const { positionId } = stage;
  const adjusting = new MockActivityEnvironment().run(() => adjustProtection(parts, { positionId, orderRef }));
  expect(await adjusting).toEqual({ kind: 'later', at: nextOpen });
  expect(await stored()).toEqual(before);
  await stage.world.broker.probe(DEADLINE_MS);
  expect(told()).toEqual([first.limitPrice]);
});

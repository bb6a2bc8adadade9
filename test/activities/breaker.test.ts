/** The circuit breaker at the gate of openings, from the outcomes in the database. */
import { expect, test } from '@jest/globals';
import { gateOpening } from '../../src/activities/orders/gates.js';
import { settingsSchema } from '../../src/config/schema.js';
import { BROKER_LEASE } from '../../src/store/leases.js';
import { intent, NOW, newPositionId, testServer } from '../store/support.js';

const server = testServer();
const settings = () => settingsSchema.parse({ risk: { breaker: { failures: 3 } } });
const at = (seconds: number) => NOW + seconds * 1000;
const gate = (seconds: number) => gateOpening({ settings, store: server.store }, at(seconds));

/** An opening that was sent; the test sets its outcome afterwards. */
async function sent(seconds: number): Promise<string> {
  const { store } = server;
  const wanted = intent(newPositionId());
  await store.intents.plan(wanted, at(seconds));
  const token = (await store.leases.acquire(BROKER_LEASE, 'a-test', 60_000)) ?? 0;
  const sending = { orderId: 7, clientId: 7, sessionEpoch: 'a:1', token, overrideHalt: false, at: at(seconds) };
  expect(await store.intents.markSending(wanted.orderRef, sending)).toBe(true);
  return wanted.orderRef;
}

async function ended(seconds: number, state: 'REJECTED' | 'WORKING', more: object): Promise<void> {
  await server.store.intents.mark(await sent(seconds), state, { at: at(seconds), ...more });
}

const failed = (seconds: number) =>
  ended(seconds, 'REJECTED', { reason: '201: Order rejected - reason: no trading permission' });
const reached = (seconds: number) => ended(seconds, 'WORKING', { permId: seconds });

test('three failures stop openings; after the pause one at a time is tried until three have reached the broker', async () => {
  await failed(0);
  // A refusal of this very order says nothing about the account.
  await ended(5, 'REJECTED', { reason: '201: Riskless combination orders are not allowed' });
  await failed(10);
  expect(await gate(15)).toEqual({ kind: 'open' });
  await failed(20);
  expect(await gate(21)).toMatchObject({ kind: 'later', notBefore: at(320) });
  expect(await gate(320)).toEqual({ kind: 'open' });
  await reached(330);
  const trial = await sent(340);
  expect(await gate(341)).toMatchObject({
    kind: 'later',
    reason: 'openings are tried one at a time until 2 more have reached the broker',
  });
  await server.store.intents.mark(trial, 'WORKING', { at: at(342), permId: 340 });
  expect(await gate(343)).toEqual({ kind: 'open' });
  await reached(350);
  // Closed: openings in progress do not hold back others.
  await sent(360);
  expect(await gate(361)).toEqual({ kind: 'open' });
});

/** Gateway problems that a person must fix. A10: a Read-Only API is reported as such, and recovers when it is unticked. */
import { afterEach, expect, it } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { reconcileSession } from '../../src/activities/orders/reconcile.js';
import { LAST_ORDER_ID } from '../../src/broker/request-ids.js';
import { SessionTroubles } from '../../src/worker/session-troubles.js';
import { testServer } from '../store/support.js';
import { ACCOUNT, connectTo, DEADLINE_MS, findCondor, payloadOf, place, until, usable } from './support.js';
import { startTapped, type Tap, type TappedWorld } from './tap.js';

const TEXT = "Error validating request.-'bL' : cause - The API interface is currently in Read-Only mode.";
/** Requests that such a gateway refuses. */
const REFUSED = new Set(['REQ_ALL_OPEN_ORDERS', 'REQ_OPEN_ORDERS', 'REQ_COMPLETED_ORDERS']);

/** A request without an answer would end after this time. */
const PATIENT = { broker: { requestTimeoutMs: 60_000 } } as const;
/** Far from that. */
const AT_ONCE_MS = 5_000;

const server = testServer();
let world: TappedWorld | undefined;
let troubles: SessionTroubles | undefined;

afterEach(async () => {
  await world?.close();
  await troubles?.stop();
  world = undefined;
  troubles = undefined;
});

/** A gateway that is read-only while `ticked`. */
function readOnly(tap: Tap): { ticked: boolean } {
  const setting = { ticked: true };
  tap.ask = ({ name, values }) => {
    if (!setting.ticked) return undefined;
    if (name === 'PLACE_ORDER') {
      tap.say('ERR_MSG', { id: values.orderId, code: 321, text: TEXT });
      return [];
    }
    if (!REFUSED.has(name)) return undefined;
    tap.say('ERR_MSG', { id: -1, code: 321, text: TEXT });
    return [];
  };
  return setting;
}

const alerts = async (name = 'read_only_api') =>
  (await server.store.alerts.list({ statuses: ['ACTIVE'] })).filter(({ rule }) => rule === name);

it('A10 lists refused without an id end at once, with the setting to untick; the session stays and recovers', async () => {
  let setting = { ticked: true };
  const started = await startTapped(PATIENT, (tap) => {
    setting = readOnly(tap);
  });
  world = started;
  const { broker, tap, gateway } = started;
  const deps = { broker, store: server.store, log: () => undefined } as unknown as BrokerDeps;
  const epoch = await usable(broker);
  troubles = new SessionTroubles(deps);
  const asked = performance.now();
  await expect(broker.orders.openOrders()).rejects.toMatchObject({
    code: 'BROKER_UNREACHABLE',
    message: expect.stringContaining('Untick "Read-Only API"'),
  });
  expect(performance.now() - asked).toBeLessThan(AT_ONCE_MS);
  expect(broker.state()).toMatchObject({ connected: true, usable: false, epoch });
  expect(broker.state().reason).toContain('Global Configuration > API > Settings');
  // Every call now fails with that reason, and nothing is sent to the gateway for it.
  const lists = tap.count('REQ_ALL_OPEN_ORDERS');
  await expect(broker.orders.completedOrders()).rejects.toThrow('Read-Only API');
  await expect(broker.quotes.snapshot([], 100)).rejects.toThrow('Read-Only API');
  expect(() => broker.orders.allocateOrderId(0)).toThrow('Read-Only API');
  expect(tap.count('REQ_ALL_OPEN_ORDERS')).toBe(lists);
  const told = await untilTold();
  expect(told).toMatchObject({ severity: 'IMMEDIATE', message: expect.stringContaining('Untick "Read-Only API"') });
  setting.ticked = false;
  await until(() => broker.state().usable);
  // It was tried again at a slow pace, on the same session.
  expect(tap.count('REQ_ALL_OPEN_ORDERS')).toBe(lists + 1);
  expect(broker.state()).toMatchObject({ epoch, reconciled: false });
  expect((await broker.orders.openOrders()).complete).toBe(true);
  await untilTakenBack();
  expect(gateway.journal().filter(({ type }) => type === 'CONNECT').length).toBe(1);
});

async function untilTold(name?: string) {
  const [alert] = await untilAlerts((told) => told.length > 0, name);
  return alert;
}

const untilTakenBack = () => untilAlerts((told) => told.length === 0);

/** The worker looks at the session every five seconds at the least. */
async function untilAlerts(isSo: (told: Awaited<ReturnType<typeof alerts>>) => boolean, name?: string) {
  const deadline = performance.now() + 2 * DEADLINE_MS;
  for (;;) {
    const told = await alerts(name);
    if (isSo(told)) return told;
    if (performance.now() > deadline) throw new Error(`never: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it('A10 an order refused for that reason names the setting as well', async () => {
  let setting = { ticked: false };
  const started = await startTapped({}, (tap) => {
    setting = readOnly(tap);
    setting.ticked = false;
  });
  world = started;
  const { broker, events } = started;
  await usable(broker);
  const condor = await findCondor(broker);
  setting.ticked = true;
  const { orderId } = place(started, payloadOf(condor, condor.natural), 'LW|x-1-1|1|combo|1');
  await until(() => !broker.state().usable);
  expect(broker.state().reason).toContain('Read-Only API');
  const error = events.find((event) => event.kind === 'error');
  expect(error).toMatchObject({ orderId, code: 321, text: expect.stringContaining('Read-Only') });
});

it('A10 a session is not taken up, and nothing waits for it', async () => {
  const started = await startTapped(PATIENT, (tap) => void readOnly(tap));
  world = started;
  const { broker } = started;
  await usable(broker);
  const deps = { broker, store: server.store, log: () => undefined } as unknown as BrokerDeps;
  const begun = performance.now();
  await expect(reconcileSession(deps, undefined as never)).rejects.toThrow('Read-Only API');
  expect(performance.now() - begun).toBeLessThan(AT_ONCE_MS);
});

// The last of this file: a process never forgets the order ids that it has seen.
it('an order id of another client near the highest raises an alert that says what to do, and orders go on', async () => {
  const started = await startTapped({});
  world = started;
  const { broker, gateway } = started;
  const epoch = await usable(broker);
  troubles = new SessionTroubles({ broker, store: server.store, log: () => undefined });
  const other = connectTo(gateway, { broker: { clientId: 5 } });
  try {
    const condor = await findCondor(broker);
    const payload = payloadOf(condor, condor.natural - 500_000);
    const highest = LAST_ORDER_ID - 50;
    const order = { payload, orderRef: 'by another program', orderId: highest, account: ACCOUNT };
    other.orders.place({ ...order, epoch: await usable(other) });
    await until(() => gateway.journal().some(({ type, dir }) => dir === 'out' && type === 'OPEN_ORDER'));
    expect(await alerts('ids_used_up')).toEqual([]);
    expect((await broker.orders.openOrders()).rows).toMatchObject([{ orderId: highest }]);
    expect(await untilTold('ids_used_up')).toMatchObject({
      ...{ type: 'CRITICAL', severity: 'IMMEDIATE' },
      message: expect.stringMatching(/^Only 50 order ids are left above 2147483596, .*"Reset API order ID sequence"/),
    });
    expect(broker.state()).toMatchObject({ usable: true, epoch });
    expect(broker.orders.allocateOrderId(0)).toBe(highest + 1);
  } finally {
    await other.close();
  }
});

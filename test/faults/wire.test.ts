/**
 * The link to the broker when it is down, half open, restarted or damaged: what is sent and what is not. The real adapter
 * against the simulated gateway, over TCP.
 */

import { afterEach, expect, test } from '@jest/globals';
import { classifyEvidence, type EvidenceSnapshot } from '../../src/domain/order/evidence.js';
import {
  ACCOUNT,
  type BrokerWorldOptions,
  type Condor,
  DEADLINE_MS,
  findCondor,
  framesIn,
  payloadOf,
  place,
  present,
  startWorld,
  until,
  usable,
  type World,
} from '../broker/support.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';

const PREFIX = 'LW|spy-ic-20260302-test01|1|combo|';

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function connected(options: BrokerWorldOptions = {}): Promise<World & { condor: Condor }> {
  const started = await startWorld(options);
  world = started;
  await usable(started.broker);
  return { ...started, condor: await findCondor(started.broker) };
}

/** A condor that works unfilled, at a better price than the market's. */
const resting = (condor: Condor) => payloadOf(condor, condor.natural - 500_000);

test('F2 an order for a link that is down is refused at once, and nothing of it is sent after the reconnect', async () => {
  const { broker, gateway, condor } = await connected();
  const { epoch } = broker.state();
  const orderId = broker.orders.allocateOrderId(0);
  gateway.fault({ kind: 'refuse' });
  gateway.fault({ kind: 'drop' });
  await until(() => !broker.state().usable);
  const order = { payload: resting(condor), orderRef: `${PREFIX}1`, orderId, account: ACCOUNT };
  for (let attempt = 0; attempt < 20; attempt++) {
    expect(() => broker.orders.place({ ...order, epoch })).toThrow(
      expect.objectContaining({ code: 'BROKER_UNREACHABLE' }),
    );
  }
  gateway.fault({ kind: 'refuse', on: false });
  const next = await usable(broker);
  expect(next).toBeGreaterThan(epoch);
  await broker.probe(DEADLINE_MS);
  // The new session does not send a write for the old one either.
  expect(() => broker.orders.place({ ...order, epoch })).toThrow(
    expect.objectContaining({ code: 'BROKER_UNREACHABLE' }),
  );
  await broker.probe(DEADLINE_MS);
  expect(framesIn(gateway, 'PLACE_ORDER')).toBe(0);
  expect((await broker.orders.openOrders()).rows).toEqual([]);
});

test('F3 a burst cut by a lost connection: evidence shows which orders arrived, and each missing one is placed once', async () => {
  const { broker, gateway, condor } = await connected({ gateway: { messageRate: 0, speed: 5 } });
  const burst = 60;
  const sent = Array.from({ length: burst }, (_, index) =>
    place({ broker }, resting(condor), `${PREFIX}${index + 101}`),
  ).map(({ orderRef }) => orderRef);
  const { epoch } = broker.state();
  await until(() => framesIn(gateway, 'PLACE_ORDER') > 0);
  gateway.fault({ kind: 'drop' });
  await until(() => broker.state().epoch > epoch && broker.state().usable);

  const looks: EvidenceSnapshot[] = [];
  await acknowledged(gateway);
  for (let look = 0; look < 2; look++) looks.push(await collectOnce(world));
  const arrived = new Set(arrivedRefs(world));
  for (const orderRef of sent) {
    const verdict = classifyEvidence({ orderRef, prefix: orderRef, permId: 0, looks, deadFrom: 0 });
    expect([orderRef, verdict.kind]).toEqual([orderRef, arrived.has(orderRef) ? 'found' : 'absent']);
  }
  for (const orderRef of sent.filter((ref) => !arrived.has(ref))) place({ broker }, resting(condor), orderRef);
  await broker.probe(DEADLINE_MS);
  expect([...arrivedRefs(world)].sort()).toEqual([...sent].sort());
});

/** No list shows a combo before it is acknowledged, which takes up to 5 s of market time. */
async function acknowledged(gateway: World['gateway']): Promise<void> {
  const at = gateway.now() + 5_000;
  await until(() => gateway.now() > at);
}

/** References of the orders that reached the gateway, one an order. */
function arrivedRefs(of: World | undefined): readonly string[] {
  const frames = present(of).gateway.journal();
  return frames
    .filter((entry) => entry.dir === 'in' && entry.type === 'PLACE_ORDER' && entry.fields.whatIf !== true)
    .map((entry) => String(entry.fields.orderRef));
}

async function collectOnce(of: World | undefined): Promise<EvidenceSnapshot> {
  const { broker } = present(of);
  const [open, completed, fills, positions] = await Promise.all([
    broker.orders.openOrders(),
    broker.orders.completedOrders(),
    broker.orders.executions(),
    broker.positions(),
  ]);
  return {
    at: broker.clock.now(),
    open: open.rows,
    openComplete: open.complete,
    completed: completed.rows,
    completedComplete: completed.complete,
    fills: fills.rows,
    fillsComplete: fills.complete,
    positions: positions.rows,
    positionsComplete: positions.complete,
  };
}

test('F4 a half-open socket: the probe fails, no order leaves, and the next session is a new one', async () => {
  const { broker, gateway, condor } = await connected({ broker: { probePeriodMs: 60_000 } });
  const { epoch } = broker.state();
  const orderId = broker.orders.allocateOrderId(0);
  gateway.fault({ kind: 'freeze', input: 'discard' });
  expect(broker.state().usable).toBe(true);
  await expect(broker.probe(200)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  await until(() => !broker.state().connected);
  expect(broker.state()).toMatchObject({ usable: false, connected: false });
  const order = { payload: resting(condor), orderRef: `${PREFIX}1`, orderId, account: ACCOUNT, epoch };
  expect(() => broker.orders.place(order)).toThrow(expect.objectContaining({ code: 'BROKER_UNREACHABLE' }));
  gateway.fault({ kind: 'unfreeze' });
  expect(await usable(broker)).toBeGreaterThan(epoch);
  expect(framesIn(gateway, 'PLACE_ORDER')).toBe(0);
});

test('F5 ids go back after a restart of the gateway: no id is used twice, and the order is found by its reference', async () => {
  const { broker, gateway, condor } = await connected({ gateway: { speed: 5 }, broker: { probePeriodMs: 60_000 } });
  const first = place({ broker }, resting(condor), `${PREFIX}1`);
  await until(() => framesIn(gateway, 'PLACE_ORDER') === 1);
  const { epoch } = broker.state();
  gateway.fault({ kind: 'restart', rollback: 5 });
  await until(() => broker.state().epoch > epoch && broker.state().usable);
  const greeting = gateway
    .journal()
    .filter((entry) => entry.type === 'NEXT_VALID_ID')
    .at(-1);
  expect(Number(greeting?.fields.orderId)).toBeLessThanOrEqual(first.orderId);
  // A process without memory relies on stored data; this one also on what it has seen.
  expect(broker.orders.allocateOrderId(0)).toBeGreaterThan(first.orderId);
  const floor = first.orderId + 40;
  expect(broker.orders.allocateOrderId(floor)).toBeGreaterThan(floor);
  await acknowledged(gateway);
  expect((await broker.orders.openOrders()).rows).toEqual([
    expect.objectContaining({ orderRef: `${PREFIX}1`, orderId: first.orderId }),
  ]);
});

test('F21 delayed quotes are marked, a missing bid is no price, and a competing session gives no live quote', async () => {
  const { broker, gateway, condor } = await connected();
  const wing = present(condor.legs[0]).details.contract.conId;
  const ask = async () =>
    (await broker.quotes.snapshot([{ conId: wing, secType: 'OPT', exchange: 'SMART' }], 2_000)).get(wing);
  expect(await until2(ask)).toMatchObject({ kind: 'live' });
  gateway.set({ kind: 'quote', conId: wing, fault: 'noBid', ms: 3_600_000 });
  const blind = await until2(async () => {
    const quote = await ask();
    return quote?.bid === undefined ? quote : undefined;
  });
  expect(blind?.bid).toBeUndefined();
  expect(blind?.ask).toBeGreaterThan(0);
  for (const state of ['delayed', 'competing'] as const) {
    gateway.fault({ kind: 'marketData', state });
    await until2(async () => {
      const quote = await ask();
      return quote === undefined || quote.kind !== 'live' ? state : undefined;
    });
  }
});

test.each([
  ['a live account', ['U1234567'], 'not managed'],
  ['an account that is not the configured one', ['DU7654321'], 'not managed'],
  ['one account more', [ACCOUNT, 'DU7654321'], 'not configured'],
])('F28 %s behind the port: the guard fails closed, and no order leaves', async (_name, accounts, reason) => {
  const started = await startWorld({ gateway: { accounts } });
  world = started;
  const { broker, gateway } = started;
  await until(() => broker.state().reason?.includes(reason));
  await expect(broker.accountSummary()).rejects.toMatchObject({ code: 'LIVE_GUARD' });
  expect(() => broker.orders.allocateOrderId(0)).toThrow(expect.objectContaining({ code: 'LIVE_GUARD' }));
  expect(broker.state().usable).toBe(false);
  expect(framesIn(gateway, 'PLACE_ORDER')).toBe(0);
});

const DAMAGED = ['OPEN_ORDER', 'ORDER_STATUS', 'EXECUTION_DATA'].flatMap((message) =>
  (['short', 'long', 'garbled'] as const).map((how) => [message, how] as const),
);

test.each(DAMAGED)(
  'F39 a damaged %s (%s) ends no process; a usable session then shows the complete state',
  async (message, how) => {
    const { broker, gateway, condor } = await connected();
    gateway.fault({ kind: 'corrupt', message, how });
    const payload = payloadOf(condor, condor.natural + 100_000);
    place({ broker }, payload, `${PREFIX}1`);
    await until(() => gateway.positions().length === 4);
    await until(() => gateway.journal().some((entry) => entry.dir === 'sys' && entry.type === 'FAULT_HIT'));
    const seen = await until2(async () => {
      if (!broker.state().usable) return undefined;
      const fills = await broker.orders.executions().catch(() => undefined);
      const legs = fills?.rows.filter((fill) => fill.secType === 'OPT' && fill.orderRef === `${PREFIX}1`) ?? [];
      return fills?.complete === true && legs.length === 4 ? legs : undefined;
    });
    expect(seen.reduce((sum, fill) => sum + fill.quantity, 0)).toBe(4);
    expect((await broker.orders.openOrders()).rows).toEqual([]);
  },
);

/** Waits for the answer to a request. */
async function until2<T>(asked: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 20_000 * TIMEOUT_FACTOR;
  for (;;) {
    const value = await asked();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error('The broker never told everything.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

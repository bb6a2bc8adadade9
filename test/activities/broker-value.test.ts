/**
 * Values compared with the broker's profit and loss: an alert when they disagree for some minutes, over when they agree.
 */
import { afterAll, expect, test } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { SessionCalendar } from '../../src/activities/market/session-calendar.js';
import { OrderTracker } from '../../src/activities/orders/tracker.js';
import { BrokerValueCheck } from '../../src/activities/positions/broker-value.js';
import { settingsSchema } from '../../src/config/schema.js';
import { ACCOUNT, findCondor, payloadOf, present, until, usable } from '../broker/support.js';
import { startTapped, type TappedWorld } from '../broker/tap.js';
import { execution, newPositionId, PLAN, testServer } from '../store/support.js';

const server = testServer();
let world: TappedWorld;
afterAll(() => world?.close());

test('a lasting disagreement raises an alert with both values; agreement ends it', async () => {
  world = await startTapped();
  const { broker, tap } = world;
  const { store } = server;
  await usable(broker);
  const condor = await findCondor(broker);
  const base = {
    ...{ store, broker, account: () => ACCOUNT, processId: 'a-test', lease: { valid: () => true } },
    settings: () => settingsSchema.parse({}),
    stopping: new AbortController().signal,
    log: () => undefined,
  } as unknown as BrokerDeps;
  const tracker = new OrderTracker(base);
  tracker.start();
  const positionId = newPositionId();
  const legs = condor.legs.map(({ details: { contract }, action }) => ({ contract, action, ratio: 1 }));
  await store.executions.save_execution(execution(positionId, { plan: { ...PLAN, legs, quantity: 1 } }));
  const orderRef = `LW|${positionId}|1|combo|1`;
  const orderId = broker.orders.allocateOrderId(0);
  tracker.track(orderRef, orderId);
  const payload = payloadOf(condor, condor.natural + 50_000, { positionId });
  broker.orders.place({ payload, orderRef, orderId, account: ACCOUNT, epoch: broker.state().epoch });
  await until(() => world.events.filter(({ kind }) => kind === 'commission').length === 4);
  await tracker.drained();
  await tracker.projectNow(positionId);

  let later = 0;
  const clock = { ...broker.clock, now: () => broker.clock.now() + later } as typeof broker.clock;
  const deps = { ...base, broker: { ...broker, clock } };
  const calendar = new SessionCalendar(base);
  const check = new BrokerValueCheck({ deps, calendar });
  const alert = async () => (await store.alerts.list({ positionId })).find(({ rule }) => rule === 'value_disagrees');
  await check.check();
  expect([tap.count('REQ_PNL_SINGLE'), await alert()]).toEqual([4, undefined]);

  // The broker reports ten times the value of every leg.
  tap.answer = ({ name, values }) =>
    name === 'PNL_SINGLE' ? [{ name, values: { ...values, value: Number(values.value) * 10 } }] : undefined;
  await check.check();
  expect(await alert()).toBeUndefined();
  later = 20_000;
  await check.check();
  expect(await alert()).toBeUndefined();
  tap.answer = ({ name, values }) =>
    name === 'PNL_SINGLE' ? [{ name, values: { ...values, unrealized: 5_000 } }] : undefined;
  later = 300_000;
  const quotes = {
    ...broker.quotes,
    snapshot: async (...asked: Parameters<typeof broker.quotes.snapshot>) =>
      new Map(
        [...(await broker.quotes.snapshot(...asked))].map(([conId, one]) => [conId, { ...one, at: clock.now() }]),
      ),
  };
  Object.assign(deps.broker, { quotes });
  await check.check();
  const raised = present(await alert());
  expect(raised).toMatchObject({ status: 'ACTIVE', severity: 'HIGH', metadata: { broker: { pnl: 20_000_000_000 } } });
  expect(raised.message).toMatch(
    /^The broker values it at -?\d+\.\d\d with an unrealised P&L of 20000\.00, Legwork at .* for 5 minutes\./,
  );

  tap.answer = () => undefined;
  await check.check();
  expect(await alert()).toMatchObject({ status: 'RESOLVED' });

  // Raised by an earlier process, for a position that is over.
  const over = { positionId: 'spy-ic-20260302-over01', rule: 'value_disagrees', symbol: 'SPY' };
  const words = { type: 'WARNING', severity: 'HIGH', title: 'x', message: 'y', metadata: {} } as const;
  await store.alerts.raise({ ...words, ...over, createdAt: 1 });
  await check.check();
  expect(await store.alerts.list({ positionId: over.positionId })).toMatchObject([{ status: 'RESOLVED' }]);
  await check.stop();
  tracker.close();
});

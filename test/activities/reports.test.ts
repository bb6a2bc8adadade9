/**
 * Commission reports: the broker repeats all of the day with every answer about executions, and each is recorded once. Real
 * broker adapter over TCP, real database.
 */
import { expect, test } from '@jest/globals';
import { OrderTracker } from '../../src/activities/orders/tracker.js';
import type { OrderEvent } from '../../src/broker/api.js';
import type { Store } from '../../src/store/api.js';
import { payloadOf, place, until } from '../broker/support.js';
import { execution, fill, NOW, newPositionId, testServer } from '../store/support.js';
import { stages } from './stage.js';

const server = testServer();
const { staged, cleanUp } = stages(server);

test('repeated reports are not written again, corrected ones are', async () => {
  const { world, deps, condor, positionId, refs } = await staged();
  const { fills } = server.store;
  const written: string[] = [];
  let emit: (event: OrderEvent) => void = () => undefined;
  const { orders } = world.broker;
  const tracker = new OrderTracker({
    ...deps,
    store: {
      ...server.store,
      fills: {
        ...fills,
        setCommission: (execId: string, ...figures: [number, number | undefined]) => {
          written.push(execId);
          return fills.setCommission(execId, ...figures);
        },
      },
    },
    broker: {
      ...{ clock: world.broker.clock, state: () => world.broker.state() },
      orders: {
        on: (listener: (event: OrderEvent) => void) => {
          emit = listener;
          return orders.on(listener);
        },
      },
    },
  } as unknown as typeof deps);
  tracker.start();
  cleanUp.push(() => tracker.close());

  const heard = new Map<string, number>();
  cleanUp.push(
    orders.on((event) => {
      if (event.kind === 'commission') heard.set(event.execId, (heard.get(event.execId) ?? 0) + 1);
    }),
  );
  place(world, payloadOf(condor, condor.natural + 50_000, { positionId }), refs[0]);
  await until(() => heard.size === condor.legs.length);
  for (let asked = 0; asked < 5; asked++) expect((await orders.executions()).complete).toBe(true);
  await until(() => [...heard.values()].every((times) => times > 5));
  await tracker.drained();
  expect([...written].sort()).toEqual([...heard.keys()].sort());

  const [execId = ''] = written;
  emit({ kind: 'commission', execId, commission: 990_000, epoch: world.broker.state().epoch });
  await tracker.drained();
  expect(written).toHaveLength(heard.size + 1);
  const stored = (await fills.ofPosition(positionId)).find((fill) => fill.execId === execId);
  expect(stored).toMatchObject({ commission: 990_000 });
});

test("an execution whose fold failed is folded when the broker's lists show it again", async () => {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  let failures = 1;
  const applyLedger: Store['executions']['applyLedger'] = async (...ledger) => {
    failures -= 1;
    if (failures >= 0) throw new Error('the database is in recovery');
    return await store.executions.applyLedger(...ledger);
  };
  const broker = {
    clock: { now: () => NOW, hold: () => () => undefined },
    state: () => ({ epoch: 1, clientId: 11 }),
    orders: { on: () => () => undefined },
  };
  const tracker = new OrderTracker({
    ...{ broker, log: () => undefined },
    store: { ...store, executions: { ...store.executions, applyLedger } },
  } as unknown as ConstructorParameters<typeof OrderTracker>[0]);
  let lost = 0;
  tracker.onLoss(() => {
    lost += 1;
  });
  const sold = fill('folded-late.01', `LW|${positionId}|1|combo|1`, { conId: 101, side: 'SELL' });
  const open = async () => (await store.executions.get_execution(positionId))?.legs[0]?.openQuantity;
  await tracker.ingest([], [sold]);
  expect([lost, await open()]).toEqual([1, 0]);
  await tracker.ingest([], [sold]);
  expect([lost, await open()]).toEqual([1, -2]);
});

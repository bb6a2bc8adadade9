/** The broker adapter over TCP and the real database, for activities. */
import { afterEach, expect } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { payloadHash } from '../../src/activities/orders/payload-hash.js';
import { reconcileSession } from '../../src/activities/orders/reconcile.js';
import { OrderTracker } from '../../src/activities/orders/tracker.js';
import { type BrokerParts, makeParts } from '../../src/activities/parts.js';
import { orderRefOf } from '../../src/domain/ids.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import type { IntentRow } from '../../src/store/api.js';
import {
  ACCOUNT,
  type Condor,
  findCondor,
  payloadOf,
  startWorld,
  until,
  usable,
  type World,
} from '../broker/support.js';
import { execution, intent, NOW, newPositionId, type TestServer } from '../store/support.js';
import { NO_METERS } from '../support/meters.js';
import { ordersOf } from '../support/wire.js';

export interface Stage {
  readonly world: World;
  readonly deps: BrokerDeps;
  readonly tracker: OrderTracker;
  readonly condor: Condor;
  readonly positionId: string;
  readonly refs: readonly [string, string];
}

/** Half a dollar from the price at which it would fill. */
export const resting = (condor: Condor, positionId: string): OrderPayload =>
  payloadOf(condor, condor.natural - 500_000, { positionId });

export interface Live {
  readonly orderRef: string;
  /** Those of the stage, with the lease of the broker. */
  readonly deps: BrokerDeps;
  readonly first: OrderPayload;
  readonly stored: () => Promise<IntentRow>;
  /** Limit prices that the gateway received, in micros. */
  readonly told: () => readonly number[];
}

/** An order resting at the broker, as placing leaves it. */
export async function live(server: TestServer, stage: Stage): Promise<Live> {
  const { world, tracker, condor, positionId } = stage;
  const { store } = server;
  const [orderRef] = stage.refs;
  const { epoch } = world.broker.state();
  const first = resting(condor, positionId);
  const token = (await store.leases.acquire('broker', 'a-test', 60_000)) ?? 0;
  await store.intents.plan(intent(positionId, { orderRef, payload: first, payloadHash: payloadHash(first) }), NOW);
  const orderId = world.broker.orders.allocateOrderId(0);
  const sending = { orderId, clientId: 7, sessionEpoch: `a-test:${epoch}`, token, overrideHalt: false, at: NOW };
  expect(await store.intents.markSending(orderRef, sending)).toBe(true);
  tracker.track(orderRef, orderId);
  world.broker.orders.place({ payload: first, orderRef, orderId, account: ACCOUNT, epoch });
  await until(() => tracker.get(orderRef)?.liveEpoch === epoch);
  await tracker.drained();
  return {
    orderRef,
    deps: { ...stage.deps, lease: { token, valid: () => true } },
    first,
    stored: async () => {
      const row = await store.intents.get(orderRef);
      if (row === undefined) throw new Error('no intent');
      return row;
    },
    told: () => {
      const [order] = ordersOf(world.gateway, positionId);
      return order?.frames.map(({ fields }) => Math.round(Number(fields.limitPrice) * 1e6)) ?? [];
    },
  };
}

/** Stages of the tests of a file; each is taken down after its test, with everything in `cleanUp`. */
export function stages(server: TestServer): { staged(): Promise<Stage>; readonly cleanUp: (() => unknown)[] } {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  });
  /** A session that was taken up, a position, and references for its orders. */
  const staged = async (): Promise<Stage> => {
    const world = await startWorld();
    cleanUp.push(() => world.close());
    await usable(world.broker);
    const condor = await findCondor(world.broker);
    const deps = {
      store: server.store,
      broker: world.broker,
      account: () => ACCOUNT,
      lease: { valid: () => true },
      processId: 'a-test',
      stopping: new AbortController().signal,
      log: () => undefined,
      meters: NO_METERS,
    } as unknown as BrokerDeps;
    const tracker = new OrderTracker(deps);
    tracker.start();
    cleanUp.push(() => tracker.close());
    expect(await reconcileSession(deps, tracker)).toBe(true);
    const positionId = newPositionId();
    await server.store.executions.save_execution(execution(positionId));
    const refs = ([1, 2] as const).map((attempt) => orderRefOf({ positionId, step: 1, role: 'combo', attempt }));
    return { world, deps, tracker, condor, positionId, refs: refs as unknown as readonly [string, string] };
  };

  return { staged, cleanUp };
}

/** What activities get in a world of real parts: its broker and database, stepped, with a lease that holds. */
export function partsIn(server: TestServer, world: World, settings: BrokerDeps['settings']): BrokerParts {
  return makeParts({
    ...{ store: server.store, broker: world.broker, processId: 'a-test', settings },
    configHash: () => 'hash',
    account: () => ACCOUNT,
    lease: { token: 1, valid: () => true },
    stepped: () => true,
    stopping: new AbortController().signal,
    log: () => undefined,
    meters: NO_METERS,
  } as unknown as BrokerDeps);
}

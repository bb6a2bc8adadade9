/** The broker adapter over TCP and the real database, as activities find them. */
import { afterEach, expect } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/deps.js';
import { reconcileSession } from '../../src/activities/orders/reconcile.js';
import { OrderTracker } from '../../src/activities/orders/tracker.js';
import { orderRefOf } from '../../src/domain/ids.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import { ACCOUNT, type Condor, findCondor, payloadOf, startWorld, usable, type World } from '../broker/support.js';
import { execution, newPositionId, type TestServer } from '../store/support.js';

export interface Stage {
  readonly world: World;
  readonly deps: BrokerDeps;
  readonly tracker: OrderTracker;
  readonly condor: Condor;
  readonly positionId: string;
  readonly refs: readonly [string, string];
}

/** Half a dollar from where it would fill. */
export const resting = (condor: Condor, positionId: string): OrderPayload =>
  payloadOf(condor, condor.natural - 500_000, { positionId });

/** Stages of the tests of a file; each is taken down after its test, with whatever else is in `cleanUp`. */
export function stages(server: TestServer): { staged(): Promise<Stage>; readonly cleanUp: (() => unknown)[] } {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  });
  /** A session that has been taken up, a position, and names for its orders. */
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

/** The comparison of broker and database over a real database, beside other comparisons and beside people. */
import { expect, test } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/deps.js';
import { projectPosition } from '../../src/activities/orders/project.js';
import type { OrderTracker } from '../../src/activities/orders/tracker.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import { reconcileNow } from '../../src/activities/position/reconcile-now.js';
import type { BrokerPosition } from '../../src/broker/api.js';
import type { Fill } from '../../src/domain/order/fill.js';
import type { Store } from '../../src/store/api.js';
import { NOW, testServer } from '../store/support.js';

const server = testServer();

/** What the account shows. */
interface Account {
  positions: readonly BrokerPosition[];
  executions: readonly Fill[];
}

function partsOver(account: Account, store: Store = server.store): BrokerParts {
  const complete = <T>(rows: readonly T[]) => ({ complete: true, rows });
  const broker = {
    clock: { now: () => NOW },
    state: () => ({ epoch: 1 }),
    markReconciled: () => undefined,
    positions: async () => complete(account.positions),
    orders: {
      openOrders: async () => complete([]),
      completedOrders: async () => complete([]),
      executions: async () => complete(account.executions),
    },
  };
  const tracker = {
    adopt: async () => undefined,
    drained: async () => undefined,
    projectNow: (positionId: string) => projectPosition(store, positionId, NOW),
  } as unknown as OrderTracker;
  return {
    deps: { store, broker, log: () => undefined } as unknown as BrokerDeps,
    tracker,
    waits: { end: () => undefined },
  } as unknown as BrokerParts;
}

const NOTHING: Account = { positions: [], executions: [] };

/** A difference that an earlier comparison has found. */
async function toldEarlier(symbol: string): Promise<string> {
  const { alertId } = await server.store.alerts.raise({
    ...{ type: 'WARNING', severity: 'HIGH', title: 'Broker and database differ', message: 'It differs.' },
    ...{ rule: 'reconcile_quantity', symbol, metadata: {}, createdAt: NOW },
  });
  return alertId;
}

async function statusOf(alertId: string): Promise<string | undefined> {
  return (await server.store.alerts.list({})).find((alert) => alert.alertId === alertId)?.status;
}

test('a person who resolves the alert that it is about to resolve is no failure of the comparison', async () => {
  const { store } = server;
  const alertId = await toldEarlier('SPY');
  const list: Store['alerts']['list'] = async (filter) => {
    const rows = await store.alerts.list(filter);
    if (rows.some((alert) => alert.alertId === alertId)) await store.alerts.move(alertId, 'DISMISSED', NOW);
    return rows;
  };
  const parts = partsOver(NOTHING, { ...store, alerts: { ...store.alerts, list } });
  expect(await reconcileNow(parts)).toEqual({ findings: [] });
  expect(await statusOf(alertId)).toBe('DISMISSED');
});

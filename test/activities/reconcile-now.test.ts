/** The comparison of broker and database over a real database, beside other comparisons and beside people. */
import { expect, test } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { InTurn } from '../../src/activities/context/in-turn.js';
import { SingleFlight } from '../../src/activities/context/single-flight.js';
import { projectPosition } from '../../src/activities/orders/project.js';
import type { OrderTracker } from '../../src/activities/orders/tracker.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import { reconcileNow } from '../../src/activities/positions/reconcile-now.js';
import type { BrokerPosition } from '../../src/broker/api.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { Fill } from '../../src/domain/order/fill.js';
import type { Store } from '../../src/store/api.js';
import { execution, fill, NOW, newPositionId, testServer } from '../store/support.js';
import { NO_METERS } from '../support/meters.js';

const server = testServer();

/** The account's holdings. */
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
    ingest: async () => undefined,
    drained: async () => undefined,
    projectNow: (positionId: string) => projectPosition(store, positionId, NOW),
  } as unknown as OrderTracker;
  return {
    deps: {
      store,
      broker,
      settings: () => settingsSchema.parse({}),
      log: () => undefined,
      meters: NO_METERS,
    } as unknown as BrokerDeps,
    tracker,
    waits: { changed: () => undefined },
    comparison: new SingleFlight(),
    imports: new InTurn(),
  } as unknown as BrokerParts;
}

const NOTHING: Account = { positions: [], executions: [] };

/** A difference found by an earlier comparison. */
async function alertedEarlier(symbol: string): Promise<string> {
  const { alertId } = await server.store.alerts.raise({
    ...{ type: 'WARNING', severity: 'HIGH', title: 'Broker and database differ', message: 'It differs.' },
    ...{ rule: 'reconcile_quantity', symbol, metadata: {}, createdAt: NOW },
  });
  return alertId;
}

async function statusOf(alertId: string): Promise<string | undefined> {
  return (await server.store.alerts.list({})).find((alert) => alert.alertId === alertId)?.status;
}

test('the comparison survives a person resolving its alert at the same time', async () => {
  const { store } = server;
  const alertId = await alertedEarlier('SPY');
  const list: Store['alerts']['list'] = async (filter) => {
    const rows = await store.alerts.list(filter);
    if (rows.some((alert) => alert.alertId === alertId)) await store.alerts.move(alertId, 'DISMISSED', NOW);
    return rows;
  };
  const parts = partsOver(NOTHING, { ...store, alerts: { ...store.alerts, list } });
  expect(await reconcileNow(parts)).toEqual({ findings: [] });
  expect(await statusOf(alertId)).toBe('DISMISSED');
});

/** A gate that the others wait for. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  const gates: (() => void)[] = [];
  const opened = new Promise<void>((resolve) => gates.push(resolve));
  return { opened, open: () => gates[0]?.() };
}

test('two concurrent comparisons import a manual trade once', async () => {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  await store.fills.append([fill('sold.01', `LW|${positionId}|1|leg1|1`)]);
  await projectPosition(store, positionId, NOW);
  // Without the trade, the shares make the missing option look assigned.
  const shares: BrokerPosition = { conId: 756733, symbol: 'SPY', secType: 'STK', quantity: 200 } as BrokerPosition;
  const byHand = fill('hand.01', '', { side: 'BUY', price: 1_250_000, at: NOW + 1 });
  const [firstBegun, bothAsked, taken] = [gate(), gate(), gate()];
  let begun = 0;
  let asked = 0;
  // Two concurrent comparisons would both have seen the difference, and one has imported the trade when the other searches for
  // it.
  const ofExecutions: Store['fills']['ofExecutions'] = async (execIds) => {
    if (begun > 1) {
      asked += 1;
      if (asked > 1) bothAsked.open();
      await (asked > 1 ? taken.opened : Promise.race([bothAsked.opened, taken.opened]));
    }
    return await store.fills.ofExecutions(execIds);
  };
  const account = { positions: [shares], executions: [byHand] };
  const made = partsOver(account, { ...store, fills: { ...store.fills, ofExecutions } });
  const ingest = async () => {
    begun += 1;
    firstBegun.open();
  };
  const parts = {
    ...made,
    tracker: { ...made.tracker, ingest },
    waits: { changed: taken.open },
  } as unknown as BrokerParts;
  const first = reconcileNow(parts);
  await firstBegun.opened;
  await Promise.all([first, reconcileNow(parts)]);
  expect(begun).toBe(2);
  const fills = await store.fills.ofPosition(positionId);
  expect(fills.map(({ execId }) => execId)).toEqual(['sold.01', 'hand.01']);
});

test('a process that stalls while it folds a position leaves no older result than the one after it', async () => {
  const { store } = server;
  const positionId = newPositionId();
  const outside = `LW|${positionId}|0|external|1`;
  const bought = (correction: number, price: number) =>
    fill(`closed.0${correction}`, outside, { conId: 101, side: 'BUY', price });
  await store.executions.save_execution(execution(positionId));
  await store.fills.append([
    fill('opened.01', `LW|${positionId}|1|combo|1`, { conId: 101, side: 'SELL', price: 4_000_000 }),
    bought(1, 1_000_000),
  ]);
  const [stalls, goesOn] = [gate(), gate()];
  const applyLedger: Store['executions']['applyLedger'] = async (...ledger) => {
    stalls.open();
    await goesOn.opened;
    return await store.executions.applyLedger(...ledger);
  };
  const slow = projectPosition({ ...store, executions: { ...store.executions, applyLedger } }, positionId, NOW);
  await stalls.opened;
  await store.fills.append([bought(2, 950_000)]);
  await projectPosition(store, positionId, NOW);
  goesOn.open();
  await slow;
  const row = await store.executions.get_execution(positionId);
  expect(row?.realizedPnl).toBe(2 * 100 * (4_000_000 - 950_000));
});

test("acknowledged foreign holdings stay acknowledged in any order of the broker's list", async () => {
  const { store } = server;
  await store.executions.save_execution(execution(newPositionId()));
  const held = (conId: number, quantity: number) =>
    ({ conId, symbol: 'SPY', secType: 'STK', quantity }) as BrokerPosition;
  const account = { positions: [held(756733, 100), held(900, 5), held(900, 3)], executions: [] };
  const foreign = async () =>
    (await store.alerts.list({ symbol: 'SPY' })).filter(
      ({ rule, status }) => rule === 'reconcile_foreign-position' && status !== 'RESOLVED',
    );
  const parts = partsOver(account);
  await reconcileNow(parts);
  const [{ alertId = '', message = '' } = {}] = await foreign();
  expect(message).toMatch(/ 3 .* 5 .* 100 /);
  await store.alerts.move(alertId, 'ACKNOWLEDGED', NOW);
  account.positions.reverse();
  await reconcileNow(parts);
  expect(await foreign()).toMatchObject([{ alertId, status: 'ACKNOWLEDGED', message }]);
  account.positions.pop();
  await reconcileNow(parts);
  expect(await foreign()).toMatchObject([{ status: 'ACTIVE', message: expect.not.stringContaining(' 100 ') }]);
});

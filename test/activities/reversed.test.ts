/** A position that was closed twice: its row and its alert. */
import { expect, test } from '@jest/globals';
import { projectPosition } from '../../src/activities/orders/project.js';
import type { AlertRow, Store } from '../../src/store/api.js';
import { execution, fill, NOW, newPositionId, testServer } from '../store/support.js';

const server = testServer();

/** Two contracts sold, and this many more bought back. */
async function reversedBy(positionId: string, quantity: number, store: Store = server.store): Promise<void> {
  await traded(positionId, 'SELL', 2);
  await traded(positionId, 'BUY', 2 + quantity, store);
}

async function traded(
  positionId: string,
  side: 'BUY' | 'SELL',
  quantity: number,
  store: Store = server.store,
): Promise<void> {
  const known = await store.fills.ofPosition(positionId);
  const execId = `${positionId}-${known.length}.01`;
  await store.fills.append([fill(execId, `LW|${positionId}|1|leg1|1`, { conId: 101, side, quantity })]);
  await projectPosition(store, positionId, NOW + known.length);
}

async function position(): Promise<string> {
  const positionId = newPositionId();
  await server.store.executions.save_execution(execution(positionId));
  return positionId;
}

const reversals = async (positionId: string): Promise<readonly AlertRow[]> =>
  (await server.store.alerts.list({ positionId })).filter(({ rule }) => rule === 'reversed');

/** A store in which a person resolves every alert right after it was read. */
function withQuickPerson(): Store {
  const { store } = server;
  const list: Store['alerts']['list'] = async (filter) => {
    const rows = await store.alerts.list(filter);
    for (const { alertId, status } of rows) if (status === 'ACTIVE') await store.alerts.move(alertId, 'RESOLVED', NOW);
    return rows;
  };
  return { ...store, alerts: { ...store.alerts, list } };
}

test('the fold survives a person resolving the alert at the same time', async () => {
  const positionId = await position();
  await reversedBy(positionId, 1);
  expect(await reversals(positionId)).toMatchObject([{ status: 'ACTIVE' }]);
  await traded(positionId, 'SELL', 1, withQuickPerson());
  expect(await reversals(positionId)).toMatchObject([{ status: 'RESOLVED' }]);
  expect(await server.store.executions.get_execution(positionId)).toMatchObject({ attention: false });
});

test('an earlier reason for attention survives the reversal and its end, and the reversal survives the end of that reason', async () => {
  const { store } = server;
  const positionId = await position();
  const row = async () => await store.executions.get_execution(positionId);
  await store.executions.setAttention(positionId, { parked: 'An order is parked.' });
  await reversedBy(positionId, 1);
  const [alert] = await reversals(positionId);
  expect((await row())?.attentionReason).toBe(`${alert?.message} An order is parked.`);
  await store.executions.setAttention(positionId, { parked: null });
  expect(await row()).toMatchObject({ attention: true, attentionReason: alert?.message });
  await store.executions.setAttention(positionId, { parked: 'An order is parked.' });
  await traded(positionId, 'SELL', 1);
  expect(await row()).toMatchObject({ attention: true, attentionReason: 'An order is parked.' });
  expect(await reversals(positionId)).toMatchObject([{ status: 'RESOLVED', count: 1 }]);
});

test('an acknowledged alert is raised again once when it changes', async () => {
  const { store } = server;
  const positionId = await position();
  await reversedBy(positionId, 1);
  const [{ alertId = '' } = {}] = await reversals(positionId);
  await store.alerts.move(alertId, 'ACKNOWLEDGED', NOW);
  await projectPosition(store, positionId, NOW);
  expect(await reversals(positionId)).toMatchObject([{ alertId, status: 'ACKNOWLEDGED', count: 1 }]);
  await traded(positionId, 'BUY', 1);
  await projectPosition(store, positionId, NOW + 10);
  const told = await reversals(positionId);
  expect(told.map(({ status, count }) => [status, count])).toEqual([
    ['ACTIVE', 1],
    ['RESOLVED', 1],
  ]);
  expect(told[0]?.message).toContain('leg 1 holds 2 ');
  await traded(positionId, 'SELL', 2);
  expect((await reversals(positionId)).map(({ status }) => status)).toEqual(['RESOLVED', 'RESOLVED']);
});

/** The day's result over the whole database: positions that were closed today count whenever they were opened (case C16). */
import { expect, test } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { todaysResult } from '../../src/activities/entry/todays-result.js';
import { execution, fill, NOW, newPositionId, testServer } from '../store/support.js';

const server = testServer();
const NEXT_DAY = NOW + 86_400_000;
const usd = (dollars: number) => Math.round(dollars * 1e6);

/** Opened for 2.50 twice on 2 March. */
async function opened(at = NOW): Promise<string> {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId, { createdAt: at }));
  const ref = `LW|${positionId}|1|combo|1`;
  await store.fills.append([
    fill(`${positionId}-leg1`, ref, { price: usd(4), at }),
    fill(`${positionId}-leg2`, ref, { conId: 102, side: 'BUY', price: usd(1.5), at }),
  ]);
  await store.executions.update_execution_status(positionId, 'FILLED', at);
  return positionId;
}

async function closedAt(positionId: string, price: number, at: number): Promise<void> {
  const { store } = server;
  const ref = `LW|${positionId}|2|combo|1`;
  await store.fills.append([
    fill(`${positionId}-leg3`, ref, { side: 'BUY', price: usd(1 + price), at }),
    fill(`${positionId}-leg4`, ref, { conId: 102, side: 'SELL', price: usd(1), at }),
  ]);
  await store.executions.update_execution_status(positionId, 'CLOSED', at);
}

async function mark(positionId: string, dollars: number, at: number): Promise<void> {
  await server.store.snapshots.append({ positionId, at, watchEpoch: 1, unrealizedPnl: usd(dollars) });
}

async function resultAt(now: number): Promise<number> {
  const { store } = server;
  const deps = { store, broker: { clock: { now: () => now } } } as unknown as BrokerDeps;
  return (await todaysResult(deps, store, await store.executions.get_open_strategies())) / 1e6;
}

test('a loss of 2 March counts on 2 March, and a later close on its own day', async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, () => opened()));
  for (const id of ids) await mark(id, -149.5, NOW + 60_000);
  expect(await resultAt(NOW + 120_000)).toBe(-1196);
  for (const id of ids) await mark(id, -152.5, NEXT_DAY);
  expect(await resultAt(NEXT_DAY + 60_000)).toBe(-24);
  // Hundreds of newer positions do not hide one closed today.
  const [first = ''] = ids;
  const others = Array.from({ length: 250 }, () => newPositionId());
  for (const id of others) {
    await server.store.executions.save_execution(execution(id, { createdAt: NEXT_DAY }));
    await server.store.executions.update_execution_status(id, 'FAILED', NEXT_DAY);
  }
  await closedAt(first, 3.5, NEXT_DAY + 60_000);
  // It stood at -149.50 and was closed for a loss of 200.
  expect(await resultAt(NEXT_DAY + 120_000)).toBe(-21 - 50.5);
  // A day later nothing of it belongs to that day; a snapshot without a price is no mark.
  await server.store.snapshots.append({ positionId: ids[1] ?? '', at: NEXT_DAY + 90_000_000, watchEpoch: 1 });
  expect(await resultAt(NEXT_DAY + 2 * 86_400_000)).toBe(0);
});

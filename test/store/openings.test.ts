/** Concurrent openings from processes that know nothing of each other: each counts those before it. */
import { afterAll, expect, test } from '@jest/globals';
import { LegworkError } from '../../src/domain/errors.js';
import { openStore, type Store } from '../../src/store/index.js';
import { BROKER_LEASE } from '../../src/store/leases.js';
import { execution, intent, NOW, newPositionId, testServer } from './support.js';

const server = testServer();
const others: Store[] = [];
afterAll(() => Promise.all(others.map((store) => store.close())));

/** A position that waits to be sent. */
async function planned(): Promise<string> {
  const positionId = newPositionId();
  await server.store.executions.save_execution(execution(positionId));
  await server.store.intents.plan(intent(positionId), NOW);
  return positionId;
}

test('of twenty concurrent openings from four processes, a limit for five lets five be sent', async () => {
  const { store } = server;
  const token = (await store.leases.acquire(BROKER_LEASE, 'a-test', 60_000)) ?? 0;
  others.push(...Array.from({ length: 3 }, () => openStore({ url: server.url })));
  const ids = await Promise.all(Array.from({ length: 20 }, planned));
  const sent = await Promise.all(
    ids.map((positionId, index) =>
      ([store, ...others][index % 4] ?? store).openingsInTurn(async ({ executions, intents }) => {
        const open = await executions.get_open_strategies();
        const before = await intents.everSent(open.map((row) => row.positionId));
        if (before.size >= 5) return false;
        // What the limits are computed from takes a while to read.
        await server.sql('SELECT pg_sleep(0.02)');
        const sending = { clientId: 7, sessionEpoch: 'a:1', token, overrideHalt: false, at: NOW };
        return await intents.markSending(`LW|${positionId}|1|combo|1`, { ...sending, orderId: 100 + index });
      }),
    ),
  );
  expect(sent.filter(Boolean)).toHaveLength(5);
  const states = await Promise.all(ids.map((id) => store.intents.get(`LW|${id}|1|combo|1`)));
  expect(states.filter((row) => row?.state === 'SENDING')).toHaveLength(5);
  expect(await store.intents.everSent(ids)).toEqual(new Set(ids.filter((_, index) => sent[index])));
});

test('a failure in its turn leaves nothing, and blocks no other', async () => {
  const { store } = server;
  const positionId = await planned();
  const turn = store.openingsInTurn(async ({ executions }) => {
    await executions.update_execution_status(positionId, 'FAILED', NOW);
    throw new LegworkError('RISK_REFUSED', 'not now');
  });
  await expect(turn).rejects.toMatchObject({ code: 'RISK_REFUSED' });
  expect(await store.executions.get_execution(positionId)).toMatchObject({ status: 'PENDING' });
  expect(await store.openingsInTurn(async () => 'next')).toBe('next');
});

test('an opening is marked as over once, and a signal override is kept', async () => {
  const { executions } = server.store;
  const positionId = newPositionId();
  await executions.save_execution(execution(positionId, { ignoresSignal: true }));
  await executions.update_execution_status(positionId, 'PARTIAL', NOW);
  const first = await executions.get_execution(positionId);
  expect([first?.openingEndedAt, first?.ignoresSignal]).toEqual([undefined, true]);
  await executions.update_execution_status(positionId, 'PARTIAL', NOW + 1, { openingEnded: true });
  await executions.update_execution_status(positionId, 'EXITING', NOW + 2);
  await executions.update_execution_status(positionId, 'PARTIAL', NOW + 3, { openingEnded: true });
  expect(await executions.get_execution(positionId)).toMatchObject({ openingEndedAt: NOW + 1 });
});

test('the newest Greeks and marks of many positions are read at once; rows without them do not count', async () => {
  const { snapshots } = server.store;
  const [one = '', other = ''] = [newPositionId(), newPositionId()];
  const row = { positionId: one, watchEpoch: 1 };
  await snapshots.append({ ...row, at: NOW, delta: 0.1, gamma: -0.01, shareDelta: 20, unrealizedPnl: 5_000_000 });
  await snapshots.append({ ...row, at: NOW + 1_000, delta: 0.2, shareGamma: -2, unrealizedPnl: 7_000_000 });
  await snapshots.append({ ...row, at: NOW + 2_000 });
  expect(await snapshots.lastGreeks([one, other])).toEqual(
    new Map([[one, { ...row, at: NOW + 1_000, delta: 0.2, shareGamma: -2, unrealizedPnl: 7_000_000 }]]),
  );
  expect(await snapshots.lastMarks([one, other])).toEqual(new Map([[one, 7_000_000]]));
  expect(await snapshots.lastMarks([one], NOW + 1_000)).toEqual(new Map([[one, 5_000_000]]));
  expect(await snapshots.lastMarks([], NOW)).toEqual(new Map());
});

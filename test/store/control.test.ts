import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { EntryRow, RequestRow } from '../../src/store/index.js';
import { failing, intent, NOW, newPositionId, testServer } from './support.js';

const server = testServer();

/** Waits on the database's clock, the only one a lease knows. */
async function untilExpired(name: string): Promise<void> {
  while ((await server.store.leases.current(name))?.expired !== true) await server.sql('SELECT pg_sleep(0.005)');
}

describe('leases', () => {
  test('a held lease is refused to others and renewed by its holder', async () => {
    const { leases } = server.store;
    const token = await leases.acquire('held', 'a', 60_000);
    expect(token).toBe(1);
    expect(await leases.acquire('held', 'b', 60_000)).toBeUndefined();
    expect(await leases.renew('held', 'a', 1, 60_000)).toBe(true);
    expect(await leases.renew('held', 'b', 1, 60_000)).toBe(false);
    expect(await leases.renew('held', 'a', 2, 60_000)).toBe(false);
    expect(await leases.current('held')).toEqual({ holder: 'a', token: 1, expired: false });
    expect(await leases.current('unheard of')).toBeUndefined();
  });

  test('an expired lease is taken with a higher token, and its old holder is fenced', async () => {
    const { leases } = server.store;
    const old = await leases.acquire('expiring', 'a', 1);
    await untilExpired('expiring');
    expect(await leases.current('expiring')).toEqual({ holder: 'a', token: old, expired: true });
    const token = await leases.acquire('expiring', 'b', 60_000);
    expect(token).toBe(2);
    expect(await leases.renew('expiring', 'a', 1, 60_000)).toBe(false);
    await leases.release('expiring', 'a', 1);
    expect(await leases.current('expiring')).toEqual({ holder: 'b', token: 2, expired: false });
  });

  test('an expired lease that nobody took is renewed under its token', async () => {
    const { leases } = server.store;
    await leases.acquire('lapsed', 'a', 1);
    await untilExpired('lapsed');
    expect(await leases.renew('lapsed', 'a', 1, 60_000)).toBe(true);
    expect(await leases.current('lapsed')).toEqual({ holder: 'a', token: 1, expired: false });
  });

  test('a renewal extends the lease', async () => {
    const { leases } = server.store;
    await leases.acquire('short', 'a', 60_000);
    await leases.renew('short', 'a', 1, 1);
    await untilExpired('short');
    expect(await leases.acquire('short', 'b', 60_000)).toBe(2);
  });

  test('taking its own lease again, or a released one, gives a new token', async () => {
    const { leases } = server.store;
    await leases.acquire('again', 'a', 60_000);
    expect(await leases.acquire('again', 'a', 60_000)).toBe(2);
    expect(await leases.renew('again', 'a', 1, 60_000)).toBe(false);
    await leases.release('again', 'a', 2);
    expect(await leases.current('again')).toBeUndefined();
    expect(await leases.renew('again', 'a', 2, 60_000)).toBe(false);
    expect(await leases.acquire('again', 'b', 60_000)).toBe(3);
  });

  test('one of many concurrent processes gets it', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 8 }, (_, index) => server.store.leases.acquire('raced', `worker-${index}`, 60_000)),
    );
    expect(tokens.filter((token) => token !== undefined)).toEqual([1]);
  });

  test('a send waits for a lease that is changing hands, and then does not go', async () => {
    const { leases, intents } = server.store;
    const token = (await leases.acquire('broker', 'a', 60_000)) ?? 0;
    const { orderRef } = await intents.plan(intent(newPositionId()), NOW);
    const taker = new pg.Client({ connectionString: server.url });
    await taker.connect();
    await taker.query('BEGIN');
    await taker.query("UPDATE leases SET holder = 'b', token = token + 1 WHERE name = 'broker'");
    const sending = intents.markSending(orderRef, {
      orderId: 1,
      clientId: 1,
      sessionEpoch: 'a:1',
      token,
      overrideHalt: false,
      at: NOW,
    });
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'legwork'";
    while ((await server.sql(waiting)).rowCount === 0) await server.sql('SELECT pg_sleep(0.005)');
    await taker.query('COMMIT');
    expect(await sending).toBe(false);
    await taker.end();
  });
});

describe('requests', () => {
  const request: Omit<RequestRow, 'status' | 'updatedAt' | 'outcome'> = {
    requestId: 'request-1',
    positionId: 'spy-bps-20260302-aaaaaa',
    kind: 'reduce',
    params: { ratio: 0.5 },
    createdAt: NOW,
  };

  test('are opened once and then moved', async () => {
    const { requests } = server.store;
    const opened = { ...request, status: 'QUEUED', updatedAt: NOW };
    expect(await requests.open(request)).toEqual(opened);
    await requests.move(request.requestId, 'RUNNING', undefined, NOW + 1);
    expect(await requests.open({ ...request, kind: 'close' })).toEqual({
      ...opened,
      status: 'RUNNING',
      updatedAt: NOW + 1,
    });
    await requests.move(request.requestId, 'DONE', { result: 'REDUCED' }, NOW + 2);
    await requests.move(request.requestId, 'DONE', undefined, NOW + 3);
    expect(await requests.get(request.requestId)).toEqual({
      ...opened,
      status: 'DONE',
      outcome: { result: 'REDUCED' },
      updatedAt: NOW + 3,
    });
  });

  test('without an outcome are listed by position, oldest first', async () => {
    const { requests } = server.store;
    const of = { ...request, positionId: 'spy-bps-20260302-queued' };
    for (const [requestId, createdAt] of [
      ['later', NOW + 2],
      ['sooner', NOW + 1],
      ['over', NOW],
    ] as const)
      await requests.open({ ...of, requestId, createdAt });
    await requests.move('sooner', 'RUNNING', undefined, NOW + 3);
    await requests.move('over', 'REFUSED', undefined, NOW + 3);
    expect((await requests.queued(of.positionId)).map((row) => row.requestId)).toEqual(['sooner', 'later']);
    expect(await requests.queued('spy-bps-20260302-nobody')).toEqual([]);
  });

  test('an unknown one is absent, and a move of it is NOT_FOUND', async () => {
    expect(await server.store.requests.get('nobody')).toBeUndefined();
    await expect(server.store.requests.move('nobody', 'DONE', undefined, NOW)).rejects.toEqual(failing('NOT_FOUND'));
  });

  test('opened concurrently, there is one', async () => {
    const rows = await Promise.all(
      [1, 2, 3, 4].map((n) => server.store.requests.open({ ...request, requestId: 'raced', params: { n } })),
    );
    expect(new Set(rows.map(({ params }) => params.n)).size).toBe(1);
  });
});

describe('entries', () => {
  const entry: EntryRow = {
    entryId: 'entry-1',
    workflowId: 'entry-entry-1',
    symbol: 'SPY',
    strategyType: 'iron_condor',
    status: 'DECIDING',
    reasons: [],
    createdAt: NOW,
    updatedAt: NOW,
  };

  test('are overwritten, and leave the unfinished list when they end', async () => {
    const { entries } = server.store;
    const other = { ...entry, entryId: 'entry-2', createdAt: NOW - 1, status: 'OPENING' as const };
    await entries.save(entry);
    await entries.save(other);
    expect(await entries.unfinished()).toEqual([other, entry]);
    const opened: EntryRow = {
      ...entry,
      status: 'OPENED',
      positionId: 'spy-ic-20260302-entry1',
      reasons: ['the signal accepted', 'the limits hold'],
      report: { checks: [{ name: 'vix', passed: true }] },
      updatedAt: NOW + 5,
    };
    await entries.save({ ...opened, createdAt: NOW + 5 });
    expect(await entries.get('entry-1')).toEqual(opened);
    expect(await entries.unfinished()).toEqual([other]);
    expect(await entries.get('nobody')).toBeUndefined();
  });

  test('an entry cannot be OPENED without a position', async () => {
    const saving = server.store.entries.save({ ...entry, entryId: 'entry-3', status: 'OPENED' });
    await expect(saving).rejects.toEqual(failing('INVARIANT_BROKEN', /entries_opened_has_position/));
  });
});

describe('trading state', () => {
  test('is ACTIVE at first, then the last state set', async () => {
    const { trading } = server.store;
    expect(await trading.state()).toMatchObject({ state: 'ACTIVE' });
    await trading.set('HALTED', 'daily loss 5.1 %', 'breaker', NOW);
    expect(await trading.state()).toEqual({ state: 'HALTED', reason: 'daily loss 5.1 %', by: 'breaker', at: NOW });
  });

  test('every state is kept with its author and reason, latest first, however it was set', async () => {
    const { trading } = server.store;
    const before = await trading.history(1000);
    await trading.set('HALTED', 'a storm', 'ann', NOW + 1);
    await server.sql("UPDATE trading_state SET state = 'ACTIVE', reason = 'by hand', set_by = 'ben'");
    const history = await trading.history(1000);
    expect(history.slice(2)).toEqual(before);
    expect(history.slice(0, 2)).toEqual([
      { state: 'ACTIVE', reason: 'by hand', by: 'ben', at: NOW + 1 },
      { state: 'HALTED', reason: 'a storm', by: 'ann', at: NOW + 1 },
    ]);
    expect(before.at(-1)).toMatchObject({ state: 'ACTIVE', reason: 'initial state', by: 'legwork' });
    expect(await trading.history(1)).toEqual(history.slice(0, 1));
  });

  test('survives a migration and has one row', async () => {
    await server.store.trading.set('REDUCING', 'asked', 'person', NOW);
    await server.store.migrate();
    expect(await server.store.trading.state()).toMatchObject({ state: 'REDUCING' });
    const second = server.sql("INSERT INTO trading_state (state, reason, set_by, at) VALUES ('ACTIVE', '', '', now())");
    await expect(second).rejects.toMatchObject({ code: '23505' });
  });
});

test('the market clock goes on from its last record', async () => {
  const { marketClock } = server.store;
  expect(await marketClock.estimate()).toBeUndefined();
  await marketClock.note(NOW - 60_000);
  await marketClock.note(NOW);
  await server.sql('SELECT pg_sleep(0.01)');
  const first = await marketClock.estimate();
  expect(first).toBeGreaterThanOrEqual(NOW + 10);
  expect(await marketClock.estimate()).toBeGreaterThanOrEqual(first ?? Number.POSITIVE_INFINITY);
});

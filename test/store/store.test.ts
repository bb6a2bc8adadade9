import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { MigrationBuilder } from 'node-pg-migrate';
import pg from 'pg';
import { openStore, type Store } from '../../src/store/index.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { failing, intent, NOW, payload, testServer } from './support.js';

const server = testServer({ migrate: false });

/** Statements of each kind: a read, a write, a transaction, a migration. */
const ASKED: readonly [string, (store: Store) => Promise<unknown>][] = [
  ['ping', (store) => store.ping()],
  ['a read', (store) => store.executions.get_execution('x')],
  ['a write', (store) => store.intents.plan(intent('x'), NOW)],
  [
    'a transaction',
    (store) =>
      store.executions.applyLedger(
        'x',
        () => ({ openedCombos: 0, openCombos: 0, shares: 0, commissions: 0, legs: [] }),
        NOW,
      ),
  ],
  ['a migration', (store) => store.migrate()],
];

describe('migrations', () => {
  test('before them a statement reports that tables are missing', async () => {
    await expect(server.store.trading.state()).rejects.toEqual(failing('INVARIANT_BROKEN', /run the migrations/));
  });

  test('exactly the existing files are listed', () => {
    const files = readdirSync(new URL('../../src/store/migrations', import.meta.url))
      .filter((name) => name !== 'index.ts')
      .map((name) => name.replace(/\.ts$/, ''));
    expect(files.sort()).toEqual(Object.keys(MIGRATIONS).sort());
  });

  test('several processes may run them at once; each runs once, in order', async () => {
    const logged: unknown[] = [];
    const stores = Array.from({ length: 4 }, () =>
      openStore({ url: server.url, log: (level, _, fields) => level === 'info' && logged.push(fields?.migrations) }),
    );
    await Promise.all(stores.map((store) => store.migrate()));
    await server.store.migrate();
    expect(logged).toEqual([Object.keys(MIGRATIONS)]);
    const { rows } = await server.sql('SELECT name FROM legwork_migrations ORDER BY id');
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(MIGRATIONS));
    await Promise.all(stores.map((store) => store.close()));
  });

  test('a failing migration leaves nothing and names the statement', async () => {
    await server.sql('CREATE DATABASE torn TEMPLATE postgres');
    const url = server.url.replace(/legwork$/, 'torn');
    const torn = openStore({ url });
    await torn.migrate();
    // Forgetting the last migration makes it run again over its own tables.
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const last = Object.keys(MIGRATIONS).at(-1);
    await client.query('DELETE FROM legwork_migrations WHERE name = $1', [last]);
    await expect(torn.migrate()).rejects.toEqual(failing('INVARIANT_BROKEN', /already exists/));
    const { rows } = await client.query('SELECT count(*)::int AS count FROM legwork_migrations');
    await client.end();
    expect(rows[0].count).toBe(Object.keys(MIGRATIONS).length - 1);
    await torn.close();
  });

  test('a working order from before walks were stored rests at its price until its own time is over', async () => {
    await server.sql('CREATE DATABASE walking TEMPLATE postgres');
    const url = server.url.replace(/legwork$/, 'walking');
    const walking = openStore({ url });
    await walking.migrate();
    const condor = await walking.intents.plan(intent('x'), NOW);
    const [leg] = condor.payload.legs.filter(({ action }) => action === 'SELL');
    const sold = payload('x', { role: 'leg2', legs: leg ? [leg] : [], limitPrice: 1_250_000 });
    const short = await walking.intents.plan(intent('x', { role: 'leg2', payload: sold }), NOW);
    const stop = await walking.intents.plan(intent('x', { role: 'stop', payload: payload('x', { tif: 'GTC' }) }), NOW);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('ALTER TABLE order_intents DROP COLUMN walk');
    const statements: string[] = [];
    MIGRATIONS['0009_walk']?.up({ sql: (text: string) => statements.push(text) } as unknown as MigrationBuilder);
    await client.query(statements.join());
    await client.end();
    const { goodTill } = condor.payload;
    const resting = { stepNo: 1, stepEndsAt: goodTill, endsAt: goodTill, limits: [] };
    const walkOf = async ({ orderRef }: { orderRef: string }) => (await walking.intents.get(orderRef))?.walk;
    expect(await walkOf(condor)).toEqual({ ...resting, startMid: -2_500_000, limit: -2_500_000 });
    expect(await walkOf(short)).toEqual({ ...resting, startMid: -1_250_000, limit: -1_250_000 });
    expect(await walkOf(stop)).toBeUndefined();
    await walking.close();
  });
});

describe('lost connections', () => {
  test('idle connections ended by the server are logged, do not end the process, and the store goes on', async () => {
    const warnings: string[] = [];
    const store = openStore({ url: server.url, log: (level, message) => level === 'warn' && warnings.push(message) });
    await Promise.all([store.ping(), store.ping(), store.ping()]);
    await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'legwork'");
    while (warnings.length < 3) await server.sql('SELECT pg_sleep(0.01)');
    expect(warnings).toEqual(Array(3).fill('An idle database connection was lost.'));
    await store.ping();
    await store.close();
  });

  test('a statement that waits in a transaction when its connection dies is DATABASE_UNREACHABLE', async () => {
    const store = openStore({ url: server.url });
    const blocker = new pg.Client({ connectionString: server.url });
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE executions');
    const [, , , [, transaction] = []] = ASKED;
    const waiting = transaction?.(store).catch((error: unknown) => error);
    const find = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'legwork'`;
    let pids: number[] = [];
    while (pids.length === 0) pids = (await server.sql(find)).rows.map(({ pid }) => pid);
    await server.sql('SELECT pg_terminate_backend($1)', [pids[0]]);
    expect(await waiting).toEqual(failing('DATABASE_UNREACHABLE'));
    await blocker.query('ROLLBACK');
    await blocker.end();
    await store.ping();
    await store.close();
  });

  test('a wrong password and a port where nobody listens are DATABASE_UNREACHABLE', async () => {
    for (const url of [server.url.replace(/:[^:@]+@/, ':wrong@'), 'postgres://legwork:x@127.0.0.1:1/legwork']) {
      const store = openStore({ url });
      for (const [, ask] of ASKED) await expect(ask(store)).rejects.toEqual(failing('DATABASE_UNREACHABLE'));
      await store.close();
    }
  });

  test('closing twice is fine, and a closed store answers with an error of the catalogue', async () => {
    const store = openStore({ url: server.url });
    await store.ping();
    await Promise.all([store.close(), store.close()]);
    await expect(store.ping()).rejects.toEqual(failing('DATABASE_UNREACHABLE'));
  });

  // The last test of the file: nothing answers after it.
  test('when the server is killed every kind of operation is DATABASE_UNREACHABLE', async () => {
    await server.store.ping();
    const { rows } = await server.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'legwork'");
    // A session that is left alone outlives its server for a moment, and still answers.
    for (const pid of [...rows.map((row) => row.pid), server.postgres.pid]) process.kill(pid, 'SIGKILL');
    await server.postgres.ended;
    for (const [name, ask] of ASKED) {
      const error = await ask(server.store).catch((reason: unknown) => reason);
      expect([name, error]).toEqual([name, failing('DATABASE_UNREACHABLE', /^Postgres does not answer: ./)]);
    }
  });
});

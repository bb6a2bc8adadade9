/** A Postgres that was killed and comes back, and one that cannot start, on real servers. */

import { appendFileSync, chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { type PostgresHandle, startPostgres } from '../../src/stack/postgres.js';

let dir: string;
let server: PostgresHandle | undefined;
const log = () => undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'legwork-remains-'));
  chmodSync(dir, 0o755);
});
afterEach(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('a server starts again although a backend of the killed one still works', async () => {
  server = await startPostgres({ dir, log });
  const client = await connected(server.url);
  await client.query('CREATE TABLE kept (n int)');
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const backend = rows[0]?.pid ?? 0;
  const busy = client.query('DO $$ BEGIN LOOP END LOOP; END $$').then(
    () => 'done',
    () => 'lost',
  );
  const other = await connected(server.url);
  const active = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'active'";
  while ((await other.query(active, [backend])).rowCount === 0);
  await other.end();

  process.kill(server.pid, 'SIGKILL');
  await server.ended;
  // Such a backend does not check whether its postmaster lives.
  expect(existsSync(`/proc/${backend}`)).toBe(process.platform === 'linux');

  server = await startPostgres({ dir, log });
  expect(await busy).toBe('lost');
  const again = await connected(server.url);
  expect((await again.query('SELECT * FROM kept')).rowCount).toBe(0);
  await again.end();
}, 120_000);

test("the error has the server's message when it does not start", async () => {
  server = await startPostgres({ dir, log });
  await server.stop();
  appendFileSync(join(dir, 'data', 'postgresql.conf'), "\nnonsense_setting = 'x'\n");
  await expect(startPostgres({ dir, log })).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringMatching(/exit code 1.*nonsense_setting/),
  });
}, 120_000);

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined); // Its server is killed.
  await client.connect();
  return client;
}

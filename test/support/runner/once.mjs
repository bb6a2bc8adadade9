/**
 * Work that every file of a run would otherwise repeat, done once before them: it finds the Temporal binary and checks its
 * hash, and creates a Postgres cluster, which each test server copies. Both are passed in the environment; without the built
 * package, or a part, each test does it for itself.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

const built = (path) => import(new URL(`../../../dist/${path}`, import.meta.url).href);

export default async function once() {
  const modules = await Promise.all(
    ['stack/temporal-binary.js', 'stack/postgres.js', 'stack/temporary.js'].map(built),
  ).catch(() => undefined);
  if (modules === undefined) return undefined;
  const [{ findTemporal }, { startPostgres }, { temporaryFolder }] = modules;
  const binary = await findTemporal().catch(() => undefined);
  if (binary !== undefined) process.env.LEGWORK_TEMPORAL_BIN ??= binary.path;
  const dir = temporaryFolder('cluster');
  globalThis.legworkCluster = dir;
  try {
    const server = await startPostgres({ dir: join(dir, 'postgres'), log: () => undefined, durable: false });
    await withoutTemplates(server.url).finally(() => server.stop());
    process.env.LEGWORK_TEST_CLUSTER = join(dir, 'postgres');
  } catch {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The databases that no test connects to are half of the files to copy, and to delete: some 600 for each server. */
async function withoutTemplates(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const name of ['template0', 'template1']) {
      await client.query(`ALTER DATABASE ${name} IS_TEMPLATE false`);
      await client.query(`DROP DATABASE ${name}`);
    }
  } finally {
    await client.end();
  }
}

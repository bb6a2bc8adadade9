/** A Postgres server of a test: a real one, over a cluster of its own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type PostgresHandle, startPostgres } from '../../src/stack/postgres.js';

/** Starts it in `dir`, from a copy of the empty cluster that the run has made (runner/once.mjs), or else from a new one. */
export async function startTestPostgres(dir: string): Promise<PostgresHandle> {
  const cluster = process.env.LEGWORK_TEST_CLUSTER;
  // With owners and modes: Postgres insists on them.
  if (cluster !== undefined) await promisify(execFile)('cp', ['-a', cluster, dir]);
  return await startPostgres({ dir, log: () => undefined, durable: false });
}

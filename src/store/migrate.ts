/**
 * Runs the migrations with node-pg-migrate over a connection of its own. The migration modules are imported statically and
 * passed in by a loader, so that the same code runs from TypeScript sources and from the compiled package; the folder is
 * read only for the order of the files. A Postgres advisory lock makes other processes wait, then find nothing to do.
 */

import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { invariant, LegworkError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { asStoreError } from './failures.js';
import { MIGRATIONS } from './migrations/index.js';
import { CONNECT_MS, KEEP_ALIVE } from './pool.js';

/** Arbitrary, but the same in every release: two releases must not migrate side by side. */
const LOCK = 5_203_117_041;
/** Time limit of one statement, including the wait for another process that migrates. */
const STATEMENT_MS = 300_000;
const FOLDER = fileURLToPath(new URL('./migrations', import.meta.url));
/** Everything that is not `0001_name.ts` or `.js`: type declarations, source maps, the index. */
const NOT_A_MIGRATION = '(?!\\d{4}_[a-z0-9_]+\\.(js|ts)$).*';

/**
 * Brings the tables to this release, all pending migrations in one transaction; returns the names of those that ran.
 * Safe to call from several processes at once. Throws DATABASE_UNREACHABLE, or INVARIANT_BROKEN when a migration fails.
 */
export async function runMigrations(url: string, log: Log): Promise<readonly string[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    application_name: 'legwork-migrate',
    ...KEEP_ALIVE,
  });
  client.on('error', (error) => log('debug', 'The migration connection was lost.', { error: error.message }));
  try {
    await client.connect();
    const ran = await runner({
      dbClient: client,
      dir: FOLDER,
      ignorePattern: NOT_A_MIGRATION,
      migrationsTable: 'legwork_migrations',
      direction: 'up',
      singleTransaction: true,
      advisoryLockMode: 'wait',
      lockValue: LOCK,
      migrationLoaderStrategies: [{ extensions: ['.js', '.ts'], loader: async (paths) => paths.map(unitOf) }],
      logger: {
        info: (message) => log('debug', message),
        warn: (message) => log('warn', message),
        error: (message) => log('error', message),
      },
    });
    return ran.map((migration) => migration.name);
  } catch (error) {
    throw isOrderError(error) ? new LegworkError('INVARIANT_BROKEN', `${error.message}.`) : asStoreError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The runner's message about tables of another release. */
function isOrderError(error: unknown): error is Error {
  return error instanceof Error && /^Not run migration .* is preceding already run migration/.test(error.message);
}

function unitOf(path: string) {
  const name = basename(path, extname(path));
  const actions = MIGRATIONS[name];
  invariant(actions !== undefined, `The migration ${name} is not listed in migrations/index.ts.`);
  return { id: path, filePaths: [path], actions };
}

/**
 * The one way to Postgres: a pool whose failures never end the process, and one wrapper that turns every failure into an
 * error of the catalogue. Results are numbers where that is exact: int8 as number, timestamptz as epoch ms. numeric stays
 * text, because money is converted through strings only (`rows.ts`).
 */
import pg from 'pg';
import type { Log } from '../domain/log.js';
import { within } from '../outbound/deadline.js';
import { asStoreError } from './failures.js';

/** The queries of a repository, inside or outside a transaction. `Row` is the selected row. */
export interface Queries {
  rows<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The first row, if any. */
  row<Row>(sql: string, values?: readonly unknown[]): Promise<Row | undefined>;
  /** Rows changed by an INSERT, UPDATE or DELETE. */
  changed(sql: string, values?: readonly unknown[]): Promise<number>;
}

export interface Database extends Queries {
  /** Commits the changes of `work`, or rolls all of them back when it throws. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A server that takes longer to accept a connection is unreachable. */
export const CONNECT_MS = 5_000;
/** No statement of the store scans more than one position's rows; a longer one hangs on a lock or a failing disk. */
const STATEMENT_MS = 10_000;
/** The client gives up a little later than the server, for a network that swallows the server's answer. */
const QUERY_MS = 12_000;

/** A dead server does not answer the goodbye either; the process must end all the same. */
const CLOSE_MS = 5_000;

export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;

/** Opens a pool; the first statement connects. Failures of idle and of checked-out clients are logged, never thrown. */
export function openDatabase(options: { url: string; log: Log; poolSize: number }): Database {
  const { log } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: QUERY_MS,
    idleTimeoutMillis: 30_000,
    application_name: 'legwork',
    types: { getTypeParser },
    ...KEEP_ALIVE,
  });
  pool.on('error', (error) => log('warn', 'An idle database connection was lost.', { error: error.message }));
  // The pool listens to idle clients only; a checked-out client without a listener would end the process.
  pool.on('connect', (client) => {
    client.on('error', (error) => log('debug', 'A database connection was lost.', { error: error.message }));
  });

  let closing: Promise<void> | undefined;
  return {
    ...queriesOver(pool),
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw asStoreError(error);
      });
      let broken: unknown;
      try {
        await client.query('BEGIN');
        const result = await work(queriesOver(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((reason: unknown) => {
          broken = reason;
        });
        throw asStoreError(error);
      } finally {
        // A connection that could not roll back must not be handed out again.
        client.release(broken !== undefined);
      }
    },
    close() {
      closing ??= within(CLOSE_MS, () => pool.end()).catch((error: unknown) => {
        log('warn', 'The database did not take its connections back.', { error: String(error) });
      });
      return closing;
    },
  };
}

/** The database inside a running transaction: a nested transaction becomes part of that one. */
export function inTransaction(queries: Queries): Database {
  return { ...queries, transaction: (work) => work(queries), close: async () => undefined };
}

function queriesOver(runner: pg.Pool | pg.PoolClient): Queries {
  const ask = async (sql: string, values: readonly unknown[] = []) => {
    try {
      return await runner.query(sql, [...values]);
    } catch (error) {
      throw asStoreError(error);
    }
  };
  return {
    async rows<Row>(sql: string, values?: readonly unknown[]) {
      return (await ask(sql, values)).rows as Row[];
    },
    async row<Row>(sql: string, values?: readonly unknown[]) {
      return (await ask(sql, values)).rows[0] as Row | undefined;
    },
    async changed(sql: string, values?: readonly unknown[]) {
      return (await ask(sql, values)).rowCount ?? 0;
    },
  };
}

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (format !== 'binary') {
    if (oid === pg.types.builtins.INT8) return Number;
    if (oid === pg.types.builtins.TIMESTAMPTZ) return epochMs;
  }
  return pg.types.getTypeParser(oid, format);
}

function epochMs(text: string): number {
  const parse = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (value: string) => Date;
  return parse(text).getTime();
}

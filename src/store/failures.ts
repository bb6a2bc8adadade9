/** Maps a database failure to the catalogue of errors. */

import { types } from 'node:util';
import pg from 'pg';
import { defined } from '../domain/defined.js';
import { LegworkError } from '../domain/errors.js';

/**
 * Classes of SQLSTATE that the caller did not cause: connection (08), insufficient resources (53), operator's intervention
 * such as shutdown and statement timeout (57), system error (58), aborted by another transaction (40).
 */
const UNAVAILABLE_CLASSES: ReadonlySet<string> = new Set(['08', '40', '53', '57', '58']);
/** A standby that takes no writes, and a lock that was not granted in time. */
const UNAVAILABLE_STATES: ReadonlySet<string> = new Set(['25006', '55P03']);
/** A wrong login and a missing database: the server answers, and waiting does not help. */
const REFUSED_STATES: ReadonlySet<string> = new Set(['28000', '28P01', '3D000']);
/** The driver's and Node's words for the same: no password given, or no agreement about TLS. */
const REFUSED_WORDS = /^SASL|does not support SSL|certificate|^ERR_(SSL|TLS)/i;

/** Faults of the code, not of the server. */
const PROGRAMMING_ERRORS: ReadonlySet<string> = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/**
 * DATABASE_UNREACHABLE when the server did not answer, INVARIANT_BROKEN with a sentence when it refused the row. An error that
 * comes from neither the driver nor the network is a bug of ours and passes unchanged.
 */
export function asStoreError(error: unknown): unknown {
  if (error instanceof LegworkError) return error;
  if (error instanceof pg.DatabaseError) return fromServer(error);
  if (!isError(error) || PROGRAMMING_ERRORS.has(error.name)) return error;
  if (REFUSED_WORDS.test(error.message) || REFUSED_WORDS.test(codeOf(error) ?? '')) return refused(error);
  return unreachable(error, error.message || String((error as { code?: unknown }).code ?? error.name));
}

function fromServer(error: pg.DatabaseError): LegworkError {
  const state = error.code ?? '';
  if (UNAVAILABLE_CLASSES.has(state.slice(0, 2)) || UNAVAILABLE_STATES.has(state))
    return unreachable(error, error.message);
  if (REFUSED_STATES.has(state)) return refused(error);
  return new LegworkError('INVARIANT_BROKEN', sentence(error, state), details(error, state), { cause: error });
}

function unreachable(cause: Error, why: string): LegworkError {
  const details = defined({ cause: codeOf(cause) });
  return new LegworkError('DATABASE_UNREACHABLE', `Postgres does not answer: ${why}.`, details, { cause });
}

/** `refused` in the details says that trying again is of no use until somebody changes something. */
function refused(cause: Error): LegworkError {
  const details = { refused: true, ...defined({ cause: codeOf(cause) }) };
  return new LegworkError('DATABASE_UNREACHABLE', `Postgres refused the connection: ${cause.message}.`, details, {
    cause,
  });
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function sentence(error: pg.DatabaseError, state: string): string {
  const where = error.table === undefined ? '' : ` of table ${error.table}`;
  if (state === '42P01') return `The tables are missing: run the migrations (${error.message}).`;
  if (state.startsWith('23')) {
    const rule = error.constraint ?? error.column ?? 'unnamed';
    return `Postgres refused a row: constraint ${rule}${where} does not hold (${error.message}).`;
  }
  return `Postgres refused a statement${where}: ${error.message}.`;
}

function details(error: pg.DatabaseError, state: string): Readonly<Record<string, unknown>> {
  return {
    sqlState: state,
    ...defined({ constraint: error.constraint, table: error.table }),
  };
}

/** Node's own errors may come from another realm (a sandbox), where `instanceof Error` is false. */
function isError(error: unknown): error is Error {
  return types.isNativeError(error);
}

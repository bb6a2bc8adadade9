/** Where a worker's parts are: the environment, then the configuration, then a running `legwork up` of this folder. */
import { type Loaded, loadSettings } from '../config/index.js';
import { readStackFile } from '../config/stack-file.js';
import { credentialsFor, type TemporalTarget } from '../config/temporal-credentials.js';
import { LegworkError } from '../domain/errors.js';
import type { AwaitedPart } from './await-part.js';

export interface WorkerTarget {
  readonly loaded: Loaded;
  readonly temporal: TemporalTarget;
  readonly databaseUrl: string;
}

/** Throws TEMPORAL_UNREACHABLE or DATABASE_UNREACHABLE when no address is given, InvalidInput for a bad file. */
export function resolveWorkerTarget(options: {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): WorkerTarget {
  const { cwd, env } = options;
  const stack = readStackFile(cwd, env);
  // The stack's gateway fills in for settings of the environment; a setting that is there wins.
  const gateway = env.IB_HOST === undefined && env.IB_PORT === undefined ? stack?.gateway : undefined;
  const loaded = loadSettings({
    cwd,
    env: {
      ...(gateway && {
        IB_HOST: gateway.host,
        IB_PORT: String(gateway.port),
        ...(gateway.controlPort !== undefined && { LEGWORK_GATEWAY_CONTROL_PORT: String(gateway.controlPort) }),
      }),
      ...env,
    },
    ...(stack && { stack: { temporal: { address: stack.temporal.address }, database: { url: stack.database.url } } }),
  });
  const { temporal, database } = loaded.settings;
  if (temporal.address === undefined) {
    throw new LegworkError(
      'TEMPORAL_UNREACHABLE',
      'No Temporal server is known here: set TEMPORAL_ADDRESS, or start `legwork up`.',
    );
  }
  if (database.url === undefined) {
    throw new LegworkError(
      'DATABASE_UNREACHABLE',
      'No database is known here: set DATABASE_URL, or start `legwork up`.',
    );
  }
  const ofStack = loaded.sources.get('temporal.address') === 'stack' ? stack : undefined;
  const { address, namespace } = temporal;
  return {
    loaded,
    temporal: { address, namespace, credentials: credentialsFor(ofStack, env) },
    databaseUrl: database.url,
  };
}

export function temporalPart({ temporal }: WorkerTarget): AwaitedPart {
  return { name: 'Temporal', where: temporal.address };
}

/** Without the user and the password of its URL. */
export function databasePart({ databaseUrl }: WorkerTarget): AwaitedPart {
  const where = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined;
  return { name: 'Postgres', where: where ? `${where.host}${where.pathname}` : 'DATABASE_URL' };
}

/**
 * Where the parts are that a client connects to: the environment, then the configuration, then a running `legwork up`.
 */

import { type Loaded, loadSettings } from '../config/index.js';
import { readStackFile, type StackFile } from '../config/stack-file.js';
import { credentialsFor, type TemporalTarget } from '../config/temporal-credentials.js';
import { defined } from '../domain/defined.js';
import { LegworkError } from '../domain/errors.js';

export interface EndpointOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Configuration file named on the command line. */
  readonly file?: string;
}

export interface Endpoints {
  readonly loaded: Loaded;
  readonly accountAlias: string;
  /** Absent when Temporal's address is not given anywhere. */
  readonly temporal?: { readonly address: string; readonly namespace: string };
  /** What its server asks for, as the files say now; throws InvalidInput. */
  readonly credentials: TemporalTarget['credentials'];
  readonly databaseUrl?: string;
  /** The broker's API port; a client only checks whether it answers. */
  readonly broker: { readonly host: string; readonly port: number };
  /** The embedded stack, when one runs here. */
  readonly stack?: StackFile;
}

/** Resolves the target without connecting to anything. Throws InvalidInput when the configuration is wrong. */
export function resolveEndpoints(options: EndpointOptions): Endpoints {
  const stack = readStackFile(options.cwd, options.env);
  const loaded = loadSettings({
    ...options,
    ...(stack !== undefined && {
      stack: { temporal: { address: stack.temporal.address }, database: { url: stack.database.url } },
    }),
  });
  const { settings, sources } = loaded;
  const { address } = settings.temporal;
  // Everything about a running stack belongs together: its alias and namespace come with its address.
  const ofStack = sources.get('temporal.address') === 'stack' ? stack : undefined;
  const namedSpace = sources.get('temporal.namespace')?.startsWith('environment') ?? false;
  const namespace = ofStack !== undefined && !namedSpace ? ofStack.temporal.namespace : settings.temporal.namespace;
  return {
    loaded,
    credentials: credentialsFor(ofStack, options.env),
    accountAlias: ofStack?.accountAlias ?? settings.ib.accountAlias,
    broker: brokerOf(loaded, ofStack),
    ...(address !== undefined && {
      temporal: { address, namespace },
    }),
    ...defined({ databaseUrl: settings.database.url, stack }),
  };
}

function brokerOf({ settings, sources }: Loaded, stack: StackFile | undefined) {
  const named = sources.get('ib.port')?.startsWith('environment') ?? false;
  const gateway = named ? undefined : stack?.gateway;
  return { host: gateway?.host ?? settings.ib.host, port: gateway?.port ?? settings.ib.port };
}

const NOTHING = 'Nothing is running here: start `legwork up`, or set TEMPORAL_ADDRESS and DATABASE_URL.';

/** The Temporal server; throws TEMPORAL_UNREACHABLE with what to do about it. */
export function needTemporal(target: Endpoints): { readonly address: string; readonly namespace: string } {
  if (target.temporal !== undefined) return target.temporal;
  throw new LegworkError(
    'TEMPORAL_UNREACHABLE',
    target.databaseUrl === undefined
      ? NOTHING
      : 'No Temporal server is known here: set TEMPORAL_ADDRESS, or start `legwork up`.',
  );
}

/** The database; throws DATABASE_UNREACHABLE with what to do about it. */
export function needDatabase(target: Endpoints): string {
  if (target.databaseUrl !== undefined) return target.databaseUrl;
  throw new LegworkError(
    'DATABASE_UNREACHABLE',
    target.temporal === undefined ? NOTHING : 'No database is known here: set DATABASE_URL, or start `legwork up`.',
  );
}

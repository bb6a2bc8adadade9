/** Credentials for Temporal. Never logged, never part of the settings. */

import type { NativeConnectionOptions } from '@temporalio/worker';
import { defined } from '../domain/defined.js';

/** The options that a client's and a worker's connection share. */
export interface TemporalCredentials {
  readonly tls?: Exclude<NonNullable<NativeConnectionOptions['tls']>, null>;
  readonly apiKey?: string;
  readonly metadata?: Record<string, string>;
}

/** TLS and API key from Temporal's own environment variables and profiles; nothing else of a profile is used. */
export async function temporalCredentials(
  env: Readonly<Record<string, string | undefined>>,
): Promise<TemporalCredentials> {
  if (!Object.keys(env).some((name) => /^TEMPORAL_(TLS|API_KEY|PROFILE|CONFIG_FILE|GRPC_META)/.test(name))) return {};
  const { loadClientConnectConfig } = await import('@temporalio/envconfig');
  const given = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const profiled = env.TEMPORAL_PROFILE !== undefined || env.TEMPORAL_CONFIG_FILE !== undefined;
  const { connectionOptions } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(given),
    disableFile: !profiled,
  });
  const { tls, apiKey, metadata } = connectionOptions;
  return {
    ...(tls !== undefined && tls !== null && { tls }),
    ...defined({ apiKey, metadata }),
  } as TemporalCredentials;
}

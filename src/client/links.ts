/** The two connections of a client, opened when first needed: many commands need only the database. */
import type { Client, ConnectionOptions } from '@temporalio/client';
import { LegworkError } from '../domain/errors.js';
import type { Store } from '../store/api.js';
import { needDatabase, needTemporal, type Target } from './target.js';

const CONNECT_MS = 5_000;

export interface TemporalLink {
  readonly client: Client;
  readonly namespace: string;
  readonly address: string;
}

export interface Links {
  /** The database; throws DATABASE_UNREACHABLE. */
  store(): Promise<Store>;
  /** The Temporal server; throws TEMPORAL_UNREACHABLE. */
  temporal(): Promise<TemporalLink>;
  close(): Promise<void>;
}

/** Nothing is opened yet: each link is made once, by the first who asks. */
export function createLinks(target: Target): Links {
  let store: Promise<Store> | undefined;
  let temporal: Promise<TemporalLink> | undefined;
  return {
    store: () => {
      store ??= connectStore(needDatabase(target));
      return store;
    },
    temporal: () => {
      temporal ??= connectTemporal(target);
      return temporal;
    },
    close: async () => {
      const opened = await Promise.allSettled([store, temporal?.then(({ client }) => client.connection)]);
      await Promise.allSettled(opened.map((one) => (one.status === 'fulfilled' ? one.value?.close() : undefined)));
    },
  };
}

async function connectStore(url: string): Promise<Store> {
  const { openStore } = await import('../store/index.js');
  const store = openStore({ url, poolSize: 4 });
  try {
    await store.ping();
    return store;
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

async function connectTemporal(target: Target): Promise<TemporalLink> {
  const { address, namespace } = needTemporal(target);
  const { Client, Connection } = await import('@temporalio/client');
  try {
    const connection = await Connection.connect({
      ...(await credentials(target.env)),
      address,
      connectTimeout: CONNECT_MS,
    });
    return { client: new Client({ connection, namespace }), namespace, address };
  } catch (cause) {
    throw new LegworkError('TEMPORAL_UNREACHABLE', `Temporal does not answer at ${address}.`, {}, { cause });
  }
}

/** TLS and API key as Temporal's own environment variables and profiles say; nothing else of a profile is used. */
async function credentials(env: Target['env']): Promise<ConnectionOptions> {
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
    ...(apiKey !== undefined && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  } as ConnectionOptions;
}

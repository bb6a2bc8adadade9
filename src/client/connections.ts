/** The two connections of a client, opened when first needed: many commands need only the database. */
import type { Client } from '@temporalio/client';
import { LegworkError } from '../domain/errors.js';
import type { Store } from '../store/api.js';
import { type Endpoints, needDatabase, needTemporal } from './endpoints.js';

const CONNECT_MS = 5_000;

export interface TemporalConnection {
  readonly client: Client;
  readonly namespace: string;
  readonly address: string;
  close(): Promise<void>;
}

export interface Connections {
  /** The database; throws DATABASE_UNREACHABLE. */
  store(): Promise<Store>;
  /** The Temporal server; throws TEMPORAL_UNREACHABLE. */
  temporal(): Promise<TemporalConnection>;
  close(): Promise<void>;
}

/** Nothing is opened yet: the first caller makes each connection, once. */
export function createConnections(target: Endpoints): Connections {
  let store: Promise<Store> | undefined;
  let temporal: Promise<TemporalConnection> | undefined;
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
      const opened = await Promise.allSettled([store, temporal]);
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

async function connectTemporal(target: Endpoints): Promise<TemporalConnection> {
  const { address, namespace } = needTemporal(target);
  const { credentials } = target;
  const { Client } = await import('@temporalio/client');
  const { RenewedConnection } = await import('../outbound/renewed-connection.js');
  const first = credentials();
  try {
    const options = { address, namespace, credentials, connectTimeout: CONNECT_MS };
    const link = await RenewedConnection.open(options, first);
    const client = new Client({ connection: link.connection, namespace });
    return { client, namespace, address, close: () => link.close() };
  } catch (cause) {
    const { temporalRefusal } = await import('../outbound/temporal-refusal.js');
    const refusal = temporalRefusal(cause);
    const how =
      refusal === undefined ? `does not answer at ${address}` : `at ${address} refused the connection: ${refusal}`;
    throw new LegworkError('TEMPORAL_UNREACHABLE', `Temporal ${how}.`, {}, { cause });
  }
}

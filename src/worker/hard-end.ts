/**
 * The hard end of a process. A supervisor gives it 60 s: at 55 s it says what has not ended and exits. A thread stands behind that, which
 * shares nothing with the main one but two counters: when the main thread cannot exit either, or has not turned for a minute, so that it
 * would never hear a SIGTERM (a log that nobody reads blocks every write), the thread kills the process.
 */
import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Log } from '../domain/log.js';

const LIMITS: EndLimits = { exitMs: 55_000, killMs: 58_000, blockedMs: 60_000 };
const TURN_MS = 1_000;

/** Wall ms. Time in which the machine or the process stands still does not count for the thread. */
export interface EndLimits {
  /** From the beginning of the end until the process exits by itself. */
  readonly exitMs: number;
  /** From the beginning of the end until it is killed. */
  readonly killMs: number;
  /** How long the main thread may not turn before the process is killed. */
  readonly blockedMs: number;
}

/** Indices of the shared counters. */
const TURNS = 0;
const ENDING = 1;

export interface HardEnd {
  /** The end begins; `open` names what has not ended yet. */
  begin(open: () => string): void;
}

export function holdHardEnd(log: Log, limits = LIMITS): HardEnd {
  const counters = new Int32Array(new SharedArrayBuffer(8));
  const tickMs = Math.min(TURN_MS, limits.exitMs / 4);
  // A breakpoint stops the main thread for as long as somebody looks at it.
  if (debuggerUrl() === undefined) {
    const workerData = { counters, tickMs, limits };
    new Worker(new URL('./hard-end-thread.js', import.meta.url), { workerData, execArgv: [] }).unref();
  }
  setInterval(() => Atomics.add(counters, TURNS, 1), tickMs / 2).unref();
  return {
    begin: (open) => {
      if (Atomics.exchange(counters, ENDING, 1) === 1) return;
      const exit = () => {
        log('error', 'the process did not end in time and exits now', { open: open(), seconds: limits.exitMs / 1000 });
        process.exit(1);
      };
      setTimeout(exit, limits.exitMs).unref();
    },
  };
}

/** The thread of hard-end.ts: it counts, and kills the process. It never writes, since the log may be what blocks. */
import { workerData } from 'node:worker_threads';
import type { EndLimits } from './hard-end.js';

const { counters, tickMs, limits } = workerData as {
  /** Turns of the main thread; 1 once the end has begun. */
  readonly counters: Int32Array;
  readonly tickMs: number;
  readonly limits: EndLimits;
};
const never = new Int32Array(new SharedArrayBuffer(4));
let turns = 0;
/** Ticks rather than a clock: none passes while the whole process is stopped. */
let blocked = 0;
let ending = 0;
for (;;) {
  Atomics.wait(never, 0, 0, tickMs);
  const [now = 0, begun = 0] = [Atomics.load(counters, 0), Atomics.load(counters, 1)];
  blocked = now === turns ? blocked + tickMs : 0;
  turns = now;
  ending += begun * tickMs;
  if (blocked >= limits.blockedMs || ending >= limits.killMs) process.kill(process.pid, 'SIGKILL');
}

/**
 * Counts messages of one client over the last second of wall time.
 */

const WINDOW_MS = 1_000;
/** IB disconnects a client that keeps exceeding the limit: the third second over it is the last. */
const VIOLATIONS_BEFORE_CLOSE = 3;

export type RateVerdict = 'fine' | 'warn' | 'close';

export class RateMeter {
  /** Messages per second; 0 counts nothing. */
  limit: number;
  #times: number[] = [];
  #violations = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Counts one message at wall time `at`, epoch ms. `warn` comes at most once a second. */
  count(at: number): RateVerdict {
    if (this.limit <= 0) return 'fine';
    this.#times = this.#times.filter((time) => at - time < WINDOW_MS);
    this.#times.push(at);
    if (this.#times.length <= this.limit || at - this.#warnedAt < WINDOW_MS) return 'fine';
    this.#warnedAt = at;
    this.#violations += 1;
    return this.#violations >= VIOLATIONS_BEFORE_CLOSE ? 'close' : 'warn';
  }
}

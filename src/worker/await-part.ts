/** A part that does not answer yet is waited for, and the log names it once a minute with its address. */

import { ERRORS, LegworkError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';

export interface AwaitedPart {
  readonly name: string;
  /** Its address for people, without credentials. */
  readonly where: string;
}

/** Wall time between two tries. */
const PAUSE_MS = { first: 500, most: 10_000 };
const SAY_MS = 60_000;

/** Says at most once a minute that a part is awaited, and once that it is there. Times are monotonic wall ms. */
export class WaitingLog {
  private since: number | undefined;
  private saidAt: number | undefined;

  /** `patienceMs`: absences as short as this are not mentioned. */
  constructor(
    private readonly part: AwaitedPart,
    private readonly log: Log,
    private readonly patienceMs = 0,
  ) {}

  away(why: string, now = performance.now()): void {
    this.since ??= now;
    if (now - this.since < this.patienceMs || now - (this.saidAt ?? Number.NEGATIVE_INFINITY) < SAY_MS) return;
    this.saidAt = now;
    this.log('warn', `waiting for ${this.part.name} at ${this.part.where}`, { why, seconds: this.secondsAt(now) });
  }

  there(now = performance.now()): void {
    if (this.saidAt !== undefined) {
      this.log('info', `${this.part.name} at ${this.part.where} answers`, { seconds: this.secondsAt(now) });
    }
    this.since = undefined;
    this.saidAt = undefined;
  }

  private secondsAt(now: number): number {
    return Math.round((now - (this.since ?? now)) / 1000);
  }
}

/**
 * The result of `attempt`, tried again with growing pauses while the part is away. What waiting cannot mend, such as a wrong password,
 * is thrown at once with the part's name and address. Throws the reason of `stop` when that is aborted.
 */
export async function awaitPart<T>(
  part: AwaitedPart,
  attempt: () => Promise<T>,
  { log, stop }: { readonly log: Log; readonly stop: AbortSignal },
): Promise<T> {
  const waiting = new WaitingLog(part, log);
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS.most)) {
    stop.throwIfAborted();
    try {
      const result = await attempt();
      waiting.there();
      return result;
    } catch (error) {
      stop.throwIfAborted();
      if (!isAway(error)) throw named(part, error);
      waiting.away(error instanceof Error ? error.message : String(error));
    }
    await pause(pauseMs, stop);
  }
}

/** Whether the part may answer later: it gave no answer, rather than one that refuses us. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof LegworkError)) return error instanceof Error && error.name === 'TransportError';
  return ERRORS[error.code].class === 'unreachable' && error.details.refused !== true;
}

/** Resolves after this wall time, or when `stop` is aborted. */
export function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    }
    stop.addEventListener('abort', done);
    if (stop.aborted) done();
  });
}

function named({ name, where }: AwaitedPart, error: unknown): unknown {
  if (!(error instanceof LegworkError)) return error;
  return new LegworkError(error.code, `${name} at ${where}: ${error.message}`, error.details, { cause: error });
}

/**
 * The watch of a position, as its workflow holds it: at most one at a time. No message waits for a watch to end. A stale
 * watch is asked to end, awaited only before the next one begins, and asked again when nothing answers.
 */
import { ActivityFailure, condition } from '@temporalio/workflow';
import type { WatchActivities, WatchResult } from '../contract/activities.js';
import { type FailureReading, readFailure } from './activity-failure.js';
import type { Proxies } from './proxies.js';

/** Wall time after which a watch that has not ended is asked again; it grows, since the worker may be gone for long. */
const END_AGAIN_MS = { first: 5_000, most: 900_000 };

type WatchInput = Omit<Parameters<WatchActivities['watchPosition']>[0], 'positionId'>;

/** The result of a watch; `failed` when a retry could not fix it. */
export type Watched = WatchResult | ({ readonly kind: 'failed' } & FailureReading);

export class PositionWatch {
  private present: { result?: Watched | undefined; stale: boolean } | undefined;

  constructor(
    private readonly proxies: Proxies,
    private readonly positionId: string,
  ) {}

  /** The input of the watch has changed: it must start over. */
  markStale(): void {
    if (this.present !== undefined) this.present.stale = true;
  }

  /**
   * Watches until there is a result, `interrupted` holds, or the watch is stale. In the last two cases it returns undefined,
   * and the watch is asked to end.
   */
  async next(input: WatchInput, interrupted: () => boolean): Promise<Watched | undefined> {
    if (this.present?.stale) {
      const left = await this.end('it is stale', interrupted);
      // The next watch says itself how long the session stays closed.
      if ((left !== undefined && left.kind !== 'closed') || interrupted()) return left;
    }
    this.present ??= this.start(input);
    const watch = this.present;
    await condition(() => watch.result !== undefined || watch.stale || interrupted());
    if (watch.result !== undefined) return this.take(watch);
    watch.stale = true;
    this.endNow('a message arrived');
    return undefined;
  }

  /**
   * Ends the watch and waits until it has ended, or until `interrupted` holds. Returns a decision that it made meanwhile.
   */
  async end(reason: string, interrupted: () => boolean = () => false): Promise<Watched | undefined> {
    const watch = this.present;
    if (watch === undefined) return undefined;
    for (let wait = END_AGAIN_MS.first; ; wait = Math.min(wait * 2, END_AGAIN_MS.most)) {
      if (watch.result === undefined) this.endNow(reason);
      await condition(() => watch.result !== undefined || interrupted(), wait);
      if (watch.result !== undefined) return this.take(watch);
      if (interrupted()) return undefined;
    }
  }

  private take(watch: { result?: Watched | undefined }): Watched | undefined {
    this.present = undefined;
    return watch.result;
  }

  private endNow(reason: string): void {
    void this.proxies.orders.endWait({ positionId: this.positionId, reason }).catch(() => undefined);
  }

  private start(input: WatchInput) {
    const watch: { result?: Watched | undefined; stale: boolean } = { stale: false };
    this.proxies.watch
      .watchPosition({ positionId: this.positionId, ...input })
      .catch((error: unknown): Watched => {
        const unknown = { code: 'INVARIANT_BROKEN', reason: String(error) };
        return { kind: 'failed', ...(error instanceof ActivityFailure ? readFailure(error, unknown) : unknown) };
      })
      .then((result) => {
        watch.result = result;
      })
      .catch(() => undefined);
    return watch;
  }
}

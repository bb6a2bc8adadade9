/**
 * Pacing of requests: a limited number of messages in any second, first come first served, background requests last. IB allows 50 a second
 * at 100 data lines and disconnects clients that insist. Orders do not queue here; they are only counted, so that requests make room for
 * them.
 */
export const REQUESTS_PER_SECOND = 40;
/**
 * Messages are counted over short windows: a delayed burst would arrive together with the next one, and the receiver counts arrivals.
 */
const WINDOW_MS = 250;
const WINDOWS_PER_SECOND = 4;

export class Pacer {
  private readonly queue: (() => void)[] = [];
  private readonly background: (() => void)[] = [];
  private sent: number[] = [];
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly perSecond: () => number) {}

  /**
   * Runs `send` now, or as soon as the rate allows; background requests only while nothing else waits. Dropped when the pacer is closed
   * first.
   */
  submit(send: () => void, lane: 'request' | 'background' = 'request'): void {
    if (this.closed) return;
    (lane === 'request' ? this.queue : this.background).push(send);
    this.pump();
  }

  /** Counts a message that did not queue. */
  note(): void {
    this.sent.push(performance.now());
  }

  close(): void {
    this.closed = true;
    this.queue.length = 0;
    this.background.length = 0;
    clearTimeout(this.timer);
  }

  private pump(): void {
    if (this.timer !== undefined) return;
    while (this.queue.length > 0 || this.background.length > 0) {
      const now = performance.now();
      this.sent = this.sent.filter((at) => now - at < WINDOW_MS);
      const [oldest] = this.sent;
      if (this.sent.length >= this.perSecond() / WINDOWS_PER_SECOND && oldest !== undefined) {
        this.wake(oldest + WINDOW_MS - now);
        return;
      }
      this.sent.push(now);
      (this.queue.shift() ?? this.background.shift())?.();
    }
  }

  private wake(afterMs: number): void {
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.pump();
      },
      Math.max(1, Math.ceil(afterMs)),
    );
  }
}

/** When to connect again: soon at first, then more and more slowly, or after a wait that the failure requires. Wall time. */
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;

export class Backoff {
  private failures = 0;
  private asked: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly connect: () => void) {}

  /** The next wait has this length, whatever the count of failures. */
  askFor(delayMs: number): void {
    this.asked = delayMs;
  }

  succeeded(): void {
    this.failures = 0;
    this.asked = undefined;
  }

  schedule(): void {
    const delay = this.asked ?? Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(this.failures, 10));
    this.asked = undefined;
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.connect, delay);
  }

  close(): void {
    clearTimeout(this.timer);
  }
}

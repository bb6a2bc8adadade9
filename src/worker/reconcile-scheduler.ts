/**
 * Unattended comparison of broker and database: on a schedule, after a reconnect, when somebody else traded, and when the account
 * differs from the ledger, as after an assignment.
 */
import { isExpectedPosition } from '../activities/orders/expected-position.js';
import { type CompareParts, reconcileNow } from '../activities/positions/reconcile-now.js';
import type { PositionChange } from '../broker/api.js';
import { Outage } from './outage.js';

/** Executions of one trade come one after another. */
const SOON_MS = 1_000;

export class ReconcileScheduler {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  /** After an unexpected change a stepped clock stands still until it has been compared. */
  private held: (() => void)[] = [];
  private readonly outage: Outage;

  constructor(private readonly parts: CompareParts) {
    this.outage = new Outage(parts.deps);
  }

  /** Runs within a second or so; requested again meanwhile, it runs once more afterwards. */
  soon(): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), SOON_MS);
  }

  /** A position of the account changed: by a fill of ours, or by something that must be examined at once. */
  positionChanged(change: PositionChange): void {
    const release = this.parts.deps.broker.clock.hold('comparison');
    isExpectedPosition(this.parts, change)
      .catch(() => false)
      .then((expected) => {
        if (expected || this.stopped) return release();
        this.held.push(release);
        this.soon();
      })
      .catch(release);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.release();
    clearTimeout(this.timer);
    await this.running;
  }

  private run(): void {
    if (this.running !== undefined) {
      this.soon();
      return;
    }
    const { held } = this;
    this.held = [];
    this.running = this.compare().finally(() => {
      this.running = undefined;
      for (const release of held) release();
    });
  }

  private release(): void {
    for (const release of this.held.splice(0)) release();
  }

  /** An outage is no difference: the next comparison follows. */
  private async compare(): Promise<void> {
    const { broker, log } = this.parts.deps;
    if (this.stopped) return;
    await this.outage.check(performance.now());
    if (!broker.state().usable) return;
    try {
      await reconcileNow(this.parts);
    } catch (error) {
      log('warn', 'the comparison with the broker failed', { error: String(error) });
    }
  }
}

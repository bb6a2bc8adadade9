/** Compares broker and database on its own: on a schedule, after a reconnect, and after an external trade. */
import { type CompareParts, reconcileNow } from '../activities/positions/reconcile-now.js';
import { Outage } from './outage.js';

/** Executions of one trade come one after another. */
const SOON_MS = 1_000;

export class ReconcileScheduler {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private readonly outage: Outage;

  constructor(private readonly parts: CompareParts) {
    this.outage = new Outage(parts.deps);
  }

  /** Within a second or so; asked for again meanwhile it happens once more afterwards. */
  soon(): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), SOON_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private run(): void {
    if (this.running !== undefined) {
      this.soon();
      return;
    }
    this.running = this.compare().finally(() => {
      this.running = undefined;
    });
  }

  /** An outage is no difference: the next comparison will do. */
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

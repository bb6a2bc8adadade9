/** The alert about a gateway that stays away while positions are open; resolved when it is back. */
import type { BrokerDeps } from '../activities/context/deps.js';

const RULE = 'broker_unreachable';
/** Wall time; longer than the nightly restart of a gateway. */
const PATIENCE_MS = 120_000;

export class Outage {
  private since: number | undefined;
  /** An alert may be open, even from an earlier process. */
  private told = true;

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'log' | 'store'>) {}

  /** One check at monotonic wall time `now`, ms. Never throws: the next check follows soon. */
  async check(now: number): Promise<void> {
    const { broker, store, log } = this.deps;
    const { usable, reconciled, reason } = broker.state();
    try {
      if (usable && reconciled) {
        this.since = undefined;
        if (this.told) await this.over();
        return;
      }
      this.since ??= now;
      if (now - this.since < PATIENCE_MS) return;
      const open = await store.executions.get_open_strategies();
      if (open.length === 0) return;
      this.told = true;
      const minutes = Math.round((now - this.since) / 60_000);
      await store.alerts.raise({
        type: 'CRITICAL',
        severity: 'IMMEDIATE',
        title: 'Broker connection down',
        message: `${open.length} open positions have had no broker session for ${minutes} minutes: ${reason ?? 'the session is being set up'}. Check the gateway and its login.`,
        rule: RULE,
        createdAt: Date.now(),
      });
    } catch (error) {
      log('warn', 'the alert about a broker outage could not be updated', { error: String(error) });
    }
  }

  private async over(): Promise<void> {
    await this.deps.store.alerts.end({ rule: RULE }, Date.now());
    this.told = false;
  }
}

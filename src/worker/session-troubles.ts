/** Gateway problems that only a person can fix: an alert while one lasts, resolved when it is over. */
import type { BrokerDeps } from '../activities/context/deps.js';
import type { SessionTrouble } from '../broker/api.js';

const RULES: readonly SessionTrouble['rule'][] = ['read_only_api', 'ids_used_up'];
/** Wall time between two checks, besides those at every change of the session. */
const POLL_MS = 5_000;

export class SessionTroubles {
  /** Whether its alert may be open; an earlier process may have raised it. */
  private readonly open = new Map<string, boolean | undefined>();
  private checking = Promise.resolve();
  private readonly off: () => void;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'log' | 'store'>) {
    this.off = deps.broker.onState(() => this.soon());
    this.timer = setInterval(() => this.soon(), POLL_MS);
    this.soon();
  }

  async stop(): Promise<void> {
    this.off();
    clearInterval(this.timer);
    await this.checking;
  }

  private soon(): void {
    this.checking = this.checking.then(() => this.check());
  }

  private async check(): Promise<void> {
    const { broker, store, log } = this.deps;
    // Without a gateway nothing is known about its problems.
    const { connected, troubles = [] } = broker.state();
    try {
      for (const rule of RULES) {
        const trouble = troubles.find((one) => one.rule === rule);
        if (trouble === undefined && connected && this.open.get(rule) !== false) {
          await store.alerts.end({ rule }, Date.now());
          this.open.set(rule, false);
        } else if (trouble !== undefined && this.open.get(rule) !== true) {
          const { title, message } = trouble;
          const alert = { type: 'CRITICAL', severity: 'IMMEDIATE' } as const;
          await store.alerts.raise({ ...alert, title, message, rule, createdAt: Date.now() });
          this.open.set(rule, true);
        }
      }
    } catch (error) {
      log('warn', 'the alerts about the gateway could not be updated', { error: String(error) });
    }
  }
}

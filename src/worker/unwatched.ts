/** Whether a worker watches the open positions, as the database shows it, and whether the market trades them now. */
import { sessionAt, sessionFacts } from 'market-time';
import type { PositionRow, Store } from '../store/api.js';
import { BROKER_LEASE } from '../store/leases.js';

export interface Finding {
  /** A sentence for people. */
  readonly message: string;
  /** An open position can be traded now, so it cannot wait. Unknown counts as open. */
  readonly inSession: boolean;
}

/** What is known of the market when the database does not answer. */
interface Known {
  readonly open: readonly PositionRow[];
  readonly marketAt: number;
  /** Monotonic wall ms. */
  readonly at: number;
}

export class CoverageCheck {
  private known: Known | undefined;

  constructor(private readonly store: Store) {}

  /** One check at monotonic wall time `now`, ms; undefined when all is well. */
  async check(now: number): Promise<Finding | undefined> {
    const { executions, leases, marketClock } = this.store;
    try {
      const [open, lease, marketAt] = await Promise.all([
        executions.get_open_strategies(),
        leases.current(BROKER_LEASE),
        marketClock.estimate(),
      ]);
      this.known = marketAt === undefined ? undefined : { open, marketAt, at: now };
      if (open.length === 0 || (lease !== undefined && !lease.expired)) return undefined;
      const message = `${open.length} positions are open and no worker holds the broker session; start \`legwork worker\`.`;
      return { message, inSession: this.inSession(now) };
    } catch (error) {
      const message = `The database does not answer: ${error instanceof Error ? error.message : String(error)}`;
      return { message, inSession: this.inSession(now) };
    }
  }

  private inSession(now: number): boolean {
    if (this.known === undefined) return true;
    const { open, marketAt, at } = this.known;
    if (open.length === 0) return false;
    return open.some((row) => trades(row, marketAt + (now - at)));
  }
}

function trades({ plan }: PositionRow, at: number): boolean {
  return plan.legs.some(({ contract: { tradingClass, expiry } }) => {
    return sessionFacts(at, sessionAt(at, tradingClass, expiry, [])).isOpen;
  });
}

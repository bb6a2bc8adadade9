/**
 * Quotes of a watched position. Streamed while the broker has lines for them; beyond that they are asked for in turns, so that
 * more positions can be watched than the account has lines, only less closely.
 */
import type { QuoteSubscription } from '../../broker/api.js';
import { LegworkError } from '../../domain/errors.js';
import type { Quote } from '../../domain/quote.js';
import type { BrokerDeps } from '../context/deps.js';

type Deps = Pick<BrokerDeps, 'broker' | 'log' | 'settings'>;

type Contracts = Parameters<BrokerDeps['broker']['quotes']['subscribe']>[0];

export function openQuotes(deps: Deps, contracts: Contracts): QuoteSubscription {
  try {
    return deps.broker.quotes.subscribe(contracts);
  } catch (error) {
    if (!(error instanceof LegworkError) || error.code !== 'DATA_MISSING') throw error;
    deps.log('warn', 'no market data lines are left; quotes are asked for in turns', { contracts: contracts.length });
    return new PolledQuotes(deps, contracts);
  }
}

const SNAPSHOT_MS = 5_000;

class PolledQuotes implements QuoteSubscription {
  private readonly quotes = new Map<number, Quote>();
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly deps: Deps,
    private readonly contracts: Contracts,
  ) {
    void this.turn();
  }

  latest(conId: number): Quote | undefined {
    return this.quotes.get(conId);
  }

  onBatch(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Every turn asks again anyway. */
  refresh(): void {}

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async turn(): Promise<void> {
    const { broker, settings, log } = this.deps;
    try {
      const asked = await broker.quotes.snapshot(this.contracts, SNAPSHOT_MS);
      const now = broker.clock.now();
      this.quotes.clear();
      // A snapshot is an answer of this moment, however old the price in it.
      for (const [conId, quote] of asked) this.quotes.set(conId, { ...quote, at: now });
    } catch (error) {
      this.quotes.clear();
      log('debug', 'a turn of quotes failed', { error: String(error) });
    }
    if (this.closed) return;
    for (const listener of [...this.listeners]) listener();
    this.timer = setTimeout(() => void this.turn(), settings().watch.intervalSeconds * 1000);
  }
}

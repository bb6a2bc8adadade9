/** Betas of underlyings against SPY: from the settings, else from a year of the broker's daily bars, read once a day. */
import { marketDate } from 'market-time';
import type { Broker } from '../../broker/api.js';
import { betaOf, type DailyClose } from '../../domain/risk/beta.js';
import { symbolOf } from '../../domain/symbol.js';
import type { BrokerDeps } from '../context/deps.js';
import type { UnderlyingFeeds } from './underlying-feed.js';

/** The index that betas are measured against. */
const INDEX = 'SPY';
const YEAR_OF_BARS = 252;
/** Market time after which missing bars are requested again. */
const RETRY_MS = 60_000;

interface Asked {
  readonly day: string;
  readonly at: number;
  readonly beta: Promise<number | undefined>;
}

export class Betas {
  private readonly asked = new Map<string, Asked>();

  constructor(
    private readonly deps: Pick<BrokerDeps, 'log' | 'settings'> & {
      readonly broker: Pick<Broker, 'clock' | 'dailyBars'>;
    },
    private readonly feeds: Pick<UnderlyingFeeds, 'underlying'>,
  ) {}

  /** By symbol. A symbol that neither the settings nor the broker know is absent. */
  async of(symbols: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const found = await Promise.all(
      [...new Set(symbols)].map(async (symbol) => ({ symbol, beta: await this.beta(symbol) })),
    );
    return new Map(found.flatMap(({ symbol, beta }) => (beta === undefined ? [] : [[symbol, beta]])));
  }

  private beta(symbol: string): Promise<number | undefined> {
    const { betas } = this.deps.settings().risk;
    const configured = Object.entries(betas).find(([name]) => symbolOf(name) === symbol)?.[1];
    if (configured !== undefined) return Promise.resolve(configured);
    return symbol === INDEX ? Promise.resolve(1) : this.measured(symbol);
  }

  private async measured(symbol: string): Promise<number | undefined> {
    const at = this.deps.broker.clock.now();
    const day = marketDate(at);
    const known = this.asked.get(symbol);
    if (known?.day === day) {
      const beta = await known.beta;
      if (beta !== undefined || at - known.at < RETRY_MS) return beta;
    }
    const beta = this.measure(symbol).catch((error: unknown) => {
      this.deps.log('warn', 'a beta cannot be measured', { symbol, error: String(error) });
      return undefined;
    });
    this.asked.set(symbol, { day, at, beta });
    return await beta;
  }

  private async measure(symbol: string): Promise<number | undefined> {
    const [own, index] = await Promise.all([this.closes(symbol), this.closes(INDEX)]);
    return betaOf(own, index);
  }

  private async closes(symbol: string): Promise<readonly DailyClose[]> {
    return await this.deps.broker.dailyBars(await this.feeds.underlying(symbol), 'TRADES', YEAR_OF_BARS);
  }
}

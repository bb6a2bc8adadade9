/** What an entry reads before any option: the underlying, its implied volatility with a year of history, and the VIX. */

import { type SessionFacts, sessionAt, sessionFacts } from 'market-time';
import type { Broker, Underlying } from '../../broker/api.js';
import { defined } from '../../domain/defined.js';
import { LegworkError } from '../../domain/errors.js';
import type { Micros } from '../../domain/money.js';
import type { Quote } from '../../domain/quote.js';
import type { BrokerDeps } from '../context/deps.js';
import { live, priceOf } from './price.js';
import type { UnderlyingFeeds } from './underlying-feed.js';

export interface EntryMarketParts {
  readonly deps: Pick<BrokerDeps, 'broker'>;
  readonly feeds: Pick<UnderlyingFeeds, 'underlying'>;
}

/** Longest wait for a first quote: on a line that has just opened, or on a busy machine. */
const QUOTE_WAIT_MS = 10_000;
/** Market time after which a quiet quote is requested again. */
const QUIET_MS = 10_000;
const YEAR_OF_BARS = 252;

export interface EntryMarket {
  readonly now: number;
  readonly underlying: Underlying;
  readonly price?: Micros;
  readonly priceAgeMs?: number;
  /** 30-day implied volatility, 0.18 = 18 %. */
  readonly impliedVolatility?: number;
  readonly ivHistory: readonly number[];
  readonly vix?: number;
  readonly vixAgeMs?: number;
  readonly session: SessionFacts;
}

/**
 * Quotes as fresh as the broker can make them. A quiet line is requested again, since an unchanged price is not an old
 * price.
 */
async function freshQuotes(broker: Broker, wanted: readonly Underlying[]): Promise<ReadonlyMap<number, Quote>> {
  const quotes = new Map(await broker.quotes.snapshot(wanted, QUOTE_WAIT_MS));
  const now = broker.clock.now();
  const quiet = wanted.filter(({ conId }) => now - (quotes.get(conId)?.at ?? now) > QUIET_MS);
  if (quiet.length === 0) return quotes;
  const lines = broker.quotes.subscribe(quiet);
  try {
    const end = performance.now() + QUOTE_WAIT_MS;
    const renewed = (conId: number) => (lines.latest(conId)?.at ?? 0) > (quotes.get(conId)?.at ?? 0);
    for (const { conId } of quiet) lines.refresh(conId);
    while (performance.now() < end && !quiet.every(({ conId }) => renewed(conId))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const { conId } of quiet) {
      const latest = lines.latest(conId);
      if (latest !== undefined) quotes.set(conId, latest);
    }
    return quotes;
  } finally {
    lines.close();
  }
}

/** Reads the market; throws UNKNOWN_SYMBOL for a symbol that the broker does not list. Absent quotes stay absent. */
export async function readEntryMarket(parts: EntryMarketParts, symbol: string): Promise<EntryMarket> {
  const { deps, feeds } = parts;
  const { broker } = deps;
  const underlying = await feeds.underlying(symbol);
  const vixIndex = await feeds.underlying('VIX').catch((error: unknown) => {
    if (error instanceof LegworkError && error.code === 'UNKNOWN_SYMBOL') return undefined;
    throw error;
  });
  const wanted = [underlying, ...(vixIndex ? [vixIndex] : [])];
  const [quotes, ivHistory] = await Promise.all([
    freshQuotes(broker, wanted),
    broker.dailyBars(underlying, 'OPTION_IMPLIED_VOLATILITY', YEAR_OF_BARS).then(
      (bars) => bars.map((bar) => bar.close),
      (error: unknown) => {
        if (error instanceof LegworkError && error.code === 'DATA_MISSING') return [];
        throw error;
      },
    ),
  ]);
  const now = broker.clock.now();
  const quote = live(quotes.get(underlying.conId));
  const price = priceOf(quote);
  const vixQuote = vixIndex && live(quotes.get(vixIndex.conId));
  const vix = priceOf(vixQuote);
  const impliedVolatility = quote?.impliedVolatility ?? ivHistory.at(-1);
  return {
    now,
    underlying,
    ivHistory,
    session: sessionFacts(now, sessionAt(now, symbol, '', [])),
    ...defined({ price }),
    ...(quote && { priceAgeMs: Math.max(0, now - quote.at) }),
    ...defined({ impliedVolatility }),
    ...(vix !== undefined && { vix: vix / 1_000_000 }),
    ...(vixQuote && { vixAgeMs: Math.max(0, now - vixQuote.at) }),
  };
}

/** What an entry looks at before any option: the underlying, its implied volatility and a year of it, and VIX. */
import type { Underlying } from '../../broker/api.js';
import { LegworkError } from '../../domain/errors.js';
import type { Micros } from '../../domain/money.js';
import type { SessionFacts } from '../../domain/rules/input.js';
import { sessionAt, sessionFacts } from '../../domain/time/session.js';
import type { BrokerParts } from '../parts.js';
import { live, priceOf } from '../watch/facts.js';

const QUOTE_WAIT_MS = 3_000;
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
  readonly session: SessionFacts;
}

/** Reads it; UNKNOWN_SYMBOL for a symbol that the broker does not list. Absent quotes stay absent. */
export async function readEntryMarket(parts: BrokerParts, symbol: string): Promise<EntryMarket> {
  const { deps, feeds } = parts;
  const { broker } = deps;
  const underlying = await feeds.underlying(symbol);
  const vixIndex = await feeds.underlying('VIX').catch((error: unknown) => {
    if (error instanceof LegworkError && error.code === 'UNKNOWN_SYMBOL') return undefined;
    throw error;
  });
  const wanted = [underlying, ...(vixIndex ? [vixIndex] : [])];
  const [quotes, ivHistory] = await Promise.all([
    broker.quotes.snapshot(wanted, QUOTE_WAIT_MS),
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
  const vix = vixIndex && priceOf(live(quotes.get(vixIndex.conId)));
  const impliedVolatility = quote?.impliedVolatility ?? ivHistory.at(-1);
  return {
    now,
    underlying,
    ivHistory,
    session: sessionFacts(now, sessionAt(now, symbol, '', [])),
    ...(price !== undefined && { price }),
    ...(quote && { priceAgeMs: Math.max(0, now - quote.at) }),
    ...(impliedVolatility !== undefined && { impliedVolatility }),
    ...(vix !== undefined && { vix: vix / 1_000_000 }),
  };
}

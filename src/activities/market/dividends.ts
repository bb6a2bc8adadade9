/** Ex-dividend dates that are near, from the broker's dividend data of the underlyings. */
import { parseDay } from 'market-time';
import type { NextDividend } from '../../domain/quote.js';
import type { ComingDividend } from '../../domain/summary/day-summary.js';
import type { BrokerDeps } from '../context/deps.js';
import type { UnderlyingFeeds } from './underlying-feed.js';

interface DividendParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'log'>;
  readonly feeds: Pick<UnderlyingFeeds, 'underlying'>;
}

/** Wall time that the broker has to say what it knows of all of them. */
const WAIT_MS = 5_000;
const LOOK_MS = 20;

/** Civil days: ex-dates later than `after`, up to `upTo`. `shortCalls`: by symbol, the positions that are short calls of it. */
export async function comingDividends(
  parts: DividendParts,
  shortCalls: ReadonlyMap<string, readonly string[]>,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<{ readonly dividends: readonly ComingDividend[]; readonly dividendsUnknown: readonly string[] }> {
  const until = performance.now() + WAIT_MS;
  const known = await Promise.all(
    [...shortCalls].map(async ([symbol, positions]) => {
      const dividend = await nextDividend(parts, symbol, until).catch((error: unknown) => {
        parts.deps.log('warn', 'the dividends of an underlying are unknown', { symbol, error: String(error) });
        return undefined;
      });
      return { symbol, positions, dividend };
    }),
  );
  return {
    dividends: known.flatMap(({ symbol, positions, dividend }) => {
      const exDay = dividend === undefined || dividend === 'none' ? undefined : parseDay(dividend.exDate);
      if (dividend === undefined || dividend === 'none' || exDay === undefined || exDay <= after || exDay > upTo)
        return [];
      return [{ symbol, ...dividend, shortCalls: positions }];
    }),
    dividendsUnknown: known.flatMap(({ symbol, dividend }) => (dividend === undefined ? [symbol] : [])),
  };
}

/** An index pays none. */
async function nextDividend(
  { deps: { broker }, feeds }: DividendParts,
  symbol: string,
  until: number,
): Promise<NextDividend | undefined> {
  const { conId, secType, exchange } = await feeds.underlying(symbol);
  if (secType === 'IND') return 'none';
  const subscription = broker.quotes.subscribe([{ conId, secType, exchange }]);
  try {
    while (subscription.latest(conId)?.dividend === undefined && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return subscription.latest(conId)?.dividend;
  } finally {
    subscription.close();
  }
}

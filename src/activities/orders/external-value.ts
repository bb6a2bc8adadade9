/** What a contract is worth that left without an execution, as an estimate. */
import { easternDay, regularSession } from 'market-time';
import { formatMoney, type Micros, toNumber } from '../../domain/money.js';
import { intrinsicAt } from '../../domain/position/settlement.js';
import { midOf } from '../../domain/strategy/build.js';
import { live, priceOf } from '../market/price.js';
import type { ExternalChangeParts, Held } from './external-change.js';
import { wasEverReplaced } from './external-replaced.js';
import { ifKnown } from './official-value.js';

const QUOTE_WAIT_MS = 3_000;
/** After the open, when even an option that nobody wants has had time to be quoted. */
const QUOTED_AFTER_MS = 300_000;

export interface Estimate {
  /** Per share. */
  readonly price: Micros;
  /** `the current mid`. */
  readonly by: string;
}

/** The present mid; in the session, where nobody quotes it, what it is worth by its underlying. Not for a contract that was replaced. */
export async function valueNow(
  parts: ExternalChangeParts,
  { contract, holders: [holder] }: Held,
): Promise<Estimate | undefined> {
  const { broker } = parts.deps;
  const { conId, tradingClass, expiry } = contract;
  const underlying = await ifKnown(parts.feeds.underlying(contract.symbol));
  const asked = [{ conId, secType: 'OPT', exchange: 'SMART' } as const, ...(underlying ? [underlying] : [])];
  const quotes = await ifKnown(broker.quotes.snapshot(asked, QUOTE_WAIT_MS));
  const quote = live(quotes?.get(conId));
  if (quote?.ask !== undefined) return { price: midOf(quote), by: 'the current mid' };
  const now = broker.clock.now();
  const session = regularSession(tradingClass, expiry, easternDay(now));
  const price = underlying && priceOf(live(quotes?.get(underlying.conId)));
  if (session === undefined || now < session.open + QUOTED_AFTER_MS || now > session.close) return undefined;
  if (price === undefined || holder === undefined || (await wasEverReplaced(parts, holder))) return undefined;
  const by = `the price of ${contract.symbol} (${formatMoney(price)}), since nobody quotes it`;
  return { price: intrinsicAt(contract, toNumber(price)), by };
}

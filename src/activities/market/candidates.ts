/**
 * Quoted listed options for a builder. A chain has hundreds of strikes and the broker some hundred lines, so it is read twice: some
 * strikes over the whole width, then every strike around those that the first read chose. The final strategy is built from one set of
 * quotes.
 *
 * The strikes of a class are those of all its expirations together; the contracts of an expiration say which of them it lists.
 */
import type { Broker, OptionDetails } from '../../broker/api.js';
import { LegworkError } from '../../domain/errors.js';
import { divideRounded } from '../../domain/money.js';
import type { OptionTerms, Right } from '../../domain/option.js';
import type { Candidate } from '../../domain/strategy/build.js';
import {
  type ChosenExpiration,
  chooseExpiration,
  type ListedClass,
  strikesToQuote,
} from '../../domain/strategy/expiration.js';
import type { StrategySettings } from '../../domain/strategy/settings.js';
import type { BrokerDeps } from '../context/deps.js';
import type { EntryMarket } from './entry-market.js';

const QUOTE_WAIT_MS = 6_000;
/** Strikes of the first read, over both rights. */
const THIN_STRIKES = 40;
/** Strikes on each side of a chosen one in the second read. */
const NEIGHBOURS = 6;
const VOLATILITY_UNKNOWN = 0.25;
const RIGHTS: readonly Right[] = ['CALL', 'PUT'];

/** An expiration with the strikes that it lists, ascending. */
export interface ListedExpiration extends ChosenExpiration {
  readonly listed: Readonly<Record<Right, readonly number[]>>;
}

/** The listed expiration that fits the settings, or the sentence that says why none does. */
export async function expirationFor(
  { broker, settings: all }: Pick<BrokerDeps, 'broker' | 'settings'>,
  market: EntryMarket,
  classes: readonly ListedClass[],
  settings: StrategySettings,
): Promise<ListedExpiration | { readonly refused: string }> {
  let open = classes;
  for (;;) {
    const chosen = chooseExpiration(open, market.now, settings, all().rules.dteRoll.rollDte);
    if ('refused' in chosen) return chosen;
    const terms = chosen.strikes.flatMap((strike) => RIGHTS.map((right) => termOf(chosen, right, strike)));
    const details = await listedTerms(broker, market, terms, settings);
    const strikesOf = (right: Right) =>
      details.filter(({ contract }) => contract.right === right).map(({ contract }) => contract.strike);
    const listed = { CALL: strikesOf('CALL'), PUT: strikesOf('PUT') };
    if (details.length > 0) return { ...chosen, listed };
    open = open.map((one) => (one.tradingClass === chosen.tradingClass ? without(one, chosen.expiry) : one));
  }
}

function without(listed: ListedClass, expiry: string): ListedClass {
  return { ...listed, expirations: listed.expirations.filter((date) => date !== expiry) };
}

/** The contracts of these terms that exist and may be opened. */
export async function listedTerms(
  broker: Pick<Broker, 'qualify'>,
  market: EntryMarket,
  terms: readonly OptionTerms[],
  settings: StrategySettings,
): Promise<readonly OptionDetails[]> {
  return (await broker.qualify(market.underlying, terms)).filter((one) => mayBeOpened(one, settings));
}

function mayBeOpened({ morningSettled }: OptionDetails, { allowAmSettled }: StrategySettings): boolean {
  return allowAmSettled || !morningSettled;
}

/** Out-of-the-money strikes of both rights, spread evenly, with a small overlap around the price. */
export function thinTerms(expiration: ListedExpiration, market: EntryMarket): readonly OptionTerms[] {
  const price = (market.price ?? 0) / 1_000_000;
  const volatility = market.impliedVolatility ?? VOLATILITY_UNKNOWN;
  const { PUT, CALL } = expiration.listed;
  const all = [...new Set([...PUT, ...CALL])].sort((a, b) => a - b);
  const strikes = strikesToQuote(all, price, volatility, expiration.dte, THIN_STRIKES);
  return strikes.flatMap((strike) => [
    ...(strike <= price * 1.01 && PUT.includes(strike) ? [termOf(expiration, 'PUT', strike)] : []),
    ...(strike >= price * 0.99 && CALL.includes(strike) ? [termOf(expiration, 'CALL', strike)] : []),
  ]);
}

/** Every listed strike around the chosen ones, of the same right. */
export function closeTerms(
  expiration: ListedExpiration,
  chosen: readonly { readonly right: Right; readonly strike: number }[],
): readonly OptionTerms[] {
  const terms = new Map<string, OptionTerms>();
  for (const { right, strike } of chosen) {
    const listed = expiration.listed[right];
    const at = listed.indexOf(strike);
    for (const near of listed.slice(Math.max(0, at - NEIGHBOURS), at + NEIGHBOURS + 1)) {
      terms.set(`${right}${near}`, termOf(expiration, right, near));
    }
  }
  return [...terms.values()];
}

function termOf(expiration: ChosenExpiration, right: Right, strike: number): OptionTerms {
  const { expiry, tradingClass, multiplier } = expiration;
  return { right, strike, expiry, tradingClass, multiplier };
}

/**
 * Qualifies and quotes contracts; those without a live quote are left out. Throws NO_SUITABLE_CONTRACT when their hours cannot be
 * read.
 */
export async function quoteTerms(
  broker: Pick<Broker, 'calculateGreeks' | 'qualify' | 'quotes'>,
  market: EntryMarket,
  terms: readonly OptionTerms[],
  settings: StrategySettings,
): Promise<readonly Candidate[]> {
  const details = await listedTerms(broker, market, terms, settings);
  const unreadable = details.find(({ hoursProblem }) => hoursProblem !== undefined)?.hoursProblem;
  if (unreadable !== undefined) throw new LegworkError('NO_SUITABLE_CONTRACT', unreadable);
  const quotes = await broker.quotes.snapshot(
    details.map(({ contract }) => ({
      conId: contract.conId,
      symbol: contract.symbol,
      secType: 'OPT' as const,
      exchange: 'SMART',
    })),
    QUOTE_WAIT_MS,
  );
  const found = details.flatMap(({ contract }) => {
    const quote = quotes.get(contract.conId);
    return quote?.kind === 'live' ? [{ contract, quote }] : [];
  });
  return await Promise.all(found.map((one) => withGreeks(broker, market, one)));
}

/** Where the broker's model gives no Greeks, its calculator is asked: a strike cannot be chosen by delta without one. */
async function withGreeks(
  broker: Pick<Broker, 'calculateGreeks'>,
  { price: underlying }: EntryMarket,
  candidate: Candidate,
): Promise<Candidate> {
  const { contract, quote } = candidate;
  const { bid, ask } = quote;
  if (quote.greeks !== undefined || underlying === undefined || bid === undefined || ask === undefined)
    return candidate;
  const greeks = await broker.calculateGreeks(contract, { price: divideRounded(bid + ask, 2), underlying });
  return greeks === undefined ? candidate : { contract, quote: { ...quote, greeks } };
}

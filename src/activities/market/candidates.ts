/**
 * Quoted listed options for a builder. A chain has hundreds of strikes and the broker some hundred lines, so it is looked at
 * twice: thinly over the whole width, then every strike around the ones that the thin look chose. What is built in the
 * end comes from one set of quotes.
 */
import type { Broker, OptionDetails } from '../../broker/api.js';
import { LegworkError } from '../../domain/errors.js';
import type { Right } from '../../domain/option.js';
import type { Candidate } from '../../domain/strategy/build.js';
import {
  type ChosenExpiration,
  chooseExpiration,
  type ListedClass,
  strikesToQuote,
} from '../../domain/strategy/expiration.js';
import type { StrategySettings } from '../../domain/strategy/settings.js';
import type { EntryMarket } from './entry-market.js';

const QUOTE_WAIT_MS = 6_000;
/** Strikes of a thin look, over both rights. */
const THIN_STRIKES = 40;
/** Strikes on each side of a chosen one that the close look takes. */
const NEIGHBOURS = 6;
const VOLATILITY_UNKNOWN = 0.25;

export interface Term {
  readonly right: Right;
  readonly strike: number;
  readonly expiry: string;
  readonly tradingClass: string;
  readonly multiplier: number;
}

/** The listed expiration for the settings, or the sentence why none fits. */
export function expirationFor(
  classes: readonly ListedClass[],
  now: number,
  settings: StrategySettings,
  rollDte: number,
): ChosenExpiration | { readonly refused: string } {
  return chooseExpiration(classes, now, settings, rollDte);
}

/** Out-of-the-money strikes of both rights, spread evenly, with a little overlap around the price. */
export function thinTerms(expiration: ChosenExpiration, market: EntryMarket): readonly Term[] {
  const price = (market.price ?? 0) / 1_000_000;
  const volatility = market.impliedVolatility ?? VOLATILITY_UNKNOWN;
  const strikes = strikesToQuote(expiration.strikes, price, volatility, expiration.dte, THIN_STRIKES);
  return strikes.flatMap((strike) => [
    ...(strike <= price * 1.01 ? [termOf(expiration, 'PUT', strike)] : []),
    ...(strike >= price * 0.99 ? [termOf(expiration, 'CALL', strike)] : []),
  ]);
}

/** Every listed strike around the chosen ones, of the same right. */
export function closeTerms(
  expiration: ChosenExpiration,
  chosen: readonly { readonly right: Right; readonly strike: number }[],
): readonly Term[] {
  const terms = new Map<string, Term>();
  for (const { right, strike } of chosen) {
    const at = expiration.strikes.indexOf(strike);
    for (const near of expiration.strikes.slice(Math.max(0, at - NEIGHBOURS), at + NEIGHBOURS + 1)) {
      terms.set(`${right}${near}`, termOf(expiration, right, near));
    }
  }
  return [...terms.values()];
}

function termOf(expiration: ChosenExpiration, right: Right, strike: number): Term {
  const { expiry, tradingClass, multiplier } = expiration;
  return { right, strike, expiry, tradingClass, multiplier };
}

/** Qualifies and quotes; contracts without a live quote are left out. Throws NO_SUITABLE_CONTRACT when their hours cannot be read. */
export async function quoteTerms(
  broker: Pick<Broker, 'qualify' | 'quotes'>,
  market: EntryMarket,
  terms: readonly Term[],
): Promise<readonly Candidate[]> {
  const details: readonly OptionDetails[] = await broker.qualify(market.underlying, terms);
  const unreadable = details.find(({ hoursProblem }) => hoursProblem !== undefined)?.hoursProblem;
  if (unreadable !== undefined) throw new LegworkError('NO_SUITABLE_CONTRACT', unreadable);
  const quotes = await broker.quotes.snapshot(
    details.map(({ contract }) => ({ conId: contract.conId, secType: 'OPT' as const, exchange: 'SMART' })),
    QUOTE_WAIT_MS,
  );
  return details.flatMap(({ contract }) => {
    const quote = quotes.get(contract.conId);
    return quote?.kind === 'live' ? [{ contract, quote }] : [];
  });
}

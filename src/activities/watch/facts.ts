/** From quotes and rows to the input of the rules. Delayed, frozen or absent quotes are missing data, never zero. */

import type { QuoteSubscription } from '../../broker/api.js';
import { defined } from '../../domain/defined.js';
import type { Micros } from '../../domain/money.js';
import type { Greeks, OptionContract } from '../../domain/option.js';
import type { Quote } from '../../domain/quote.js';
import type { LegState, MarketFacts, PositionFacts } from '../../domain/rules/input.js';
import { payoffOf } from '../../domain/strategy/payoff.js';
import type { PositionRow } from '../../store/api.js';
import { live, priceOf } from '../market/price.js';
import type { StaleQuoteMonitor } from './stale-quotes.js';

export function positionFacts(row: PositionRow): PositionFacts | undefined {
  if (row.entryNet === undefined) return undefined;
  const maxLoss = row.maxLoss === undefined ? undefined : Math.round(row.maxLoss / row.multiplier);
  return {
    positionId: row.positionId,
    symbol: row.symbol,
    strategyType: row.strategyType,
    structure: row.structure,
    openedCombos: row.openedCombos,
    openCombos: row.openCombos,
    entryNet: row.entryNet,
    ...defined({ maxLoss }),
    ...boundsOf(row),
    multiplier: row.multiplier,
    openedAt: row.fillTime ?? row.createdAt,
    ...defined({ entryImpliedVolatility: row.plan.impliedVolatility, entryVix: row.plan.vix }),
  };
}

/**
 * The most that the structure can be worth, by its payoff: a credit costs nothing to its width to close, a debit brings
 * as much. Absent where nothing bounds it, or where it can be worth something on either side.
 */
function boundsOf(row: PositionRow): { readonly width?: Micros } {
  const { legs } = row.plan;
  if (legs.length < 2 || new Set(legs.map((leg) => leg.contract.expiry)).size > 1) return {};
  const { maxLoss, maxProfit } = payoffOf(legs, 0);
  if (maxLoss === undefined || maxProfit === undefined || (maxLoss > 0 && maxProfit > 0)) return {};
  const isCredit = (row.entryNet ?? 0) >= 0;
  if (isCredit !== maxLoss > 0) return {};
  return { width: Math.max(maxLoss, maxProfit) };
}

/** The live quote of a contract, unless the broker no longer answers for it. */
export function freshQuote(
  quotes: QuoteSubscription,
  stale: StaleQuoteMonitor,
  conId: number,
  now: number,
): Quote | undefined {
  const shown = live(quotes.latest(conId));
  return shown && stale.isSilent(conId, shown.at, now) ? undefined : shown;
}

/** `quoteOf` and `greeksOf`: the values that a leg shows now. */
export function legStates(
  row: PositionRow,
  now: number,
  quoteOf: (conId: number) => Quote | undefined,
  greeksOf: (contract: OptionContract, quote: Quote) => Greeks | undefined,
): readonly LegState[] {
  return row.plan.legs.map(({ contract, action, ratio }) => {
    const quote = quoteOf(contract.conId);
    const greeks = quote && greeksOf(contract, quote);
    return {
      contract,
      action,
      ratio,
      ...defined({ bid: quote?.bid, ask: quote?.ask }),
      ...defined({ greeks }),
      ...(quote && { quoteAgeMs: Math.max(0, now - quote.at) }),
    };
  });
}

export function marketFacts(
  underlying: Quote | undefined,
  vix: Quote | undefined,
  compared: { readonly hourAgo?: Micros; readonly percentile?: number },
): MarketFacts {
  const price = priceOf(underlying);
  const vixPrice = priceOf(vix);
  return {
    ...defined({
      underlying: price,
      underlyingHourAgo: compared.hourAgo,
      impliedVolatility: underlying?.impliedVolatility,
      ivPercentile: compared.percentile,
      dividend: underlying?.dividend,
    }),
    ...(vixPrice !== undefined && { vix: vixPrice / 1_000_000 }),
  };
}

/**
 * The market's parts behind one interface: contracts, quotes and history by contract id.
 */
import type {
  BarRequest,
  DividendYear,
  GatewayBar,
  GatewayContract,
  GatewayContractDetails,
  GatewayMarket,
  GatewayQuote,
  OptionChainParams,
  OptionTotals,
  QuoteFault,
} from '../model.js';
import type { Bars } from './bars.js';
import type { Books } from './book.js';
import { contractDetails } from './details.js';
import { type Dividends, dividendYear, type UpcomingDividend, upcomingDividend } from './dividends.js';
import type { Events } from './events.js';
import type { ContractQuery, Listings } from './listings.js';
import { marketRule, type PriceIncrement } from './market-rules.js';
import { optionTotals } from './option-totals.js';
import type { MarketOverride } from './overrides.js';
import type { Quotes } from './quotes.js';
import type { Moment } from './scenario.js';
import { nextOpen, sessionAt } from './sessions.js';
import type { Timeline } from './timeline.js';
import type { Valuation } from './valuation.js';

export interface MarketParts {
  readonly timeline: Timeline;
  readonly events: Events;
  readonly dividends: Dividends;
  readonly valuation: Valuation;
  readonly books: Books;
  readonly quotes: Quotes;
  readonly bars: Bars;
  readonly listings: Listings;
}

/** See `GatewayMarket`; an unlisted contract is `undefined`, closed, or without a next session (infinity). */
export class SimulatedMarket implements GatewayMarket {
  readonly #parts: MarketParts;

  constructor(parts: MarketParts) {
    this.#parts = parts;
  }

  underlyings(): readonly GatewayContract[] {
    return this.#parts.listings.underlyingContracts();
  }

  contract(conId: number): GatewayContract | undefined {
    return this.#parts.listings.contract(conId);
  }

  find(query: ContractQuery, at = this.#parts.timeline.start): readonly GatewayContract[] {
    return this.#parts.listings.find(query, at);
  }

  matching(pattern: string): readonly GatewayContract[] {
    return this.#parts.listings.matching(pattern);
  }

  details(conId: number, at = this.#parts.timeline.start): GatewayContractDetails | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    return instrument && contractDetails(instrument, at);
  }

  chainParams(underlyingConId: number, at = this.#parts.timeline.start): readonly OptionChainParams[] {
    return this.#parts.listings.chainParams(underlyingConId, at);
  }

  marketRule(id: number): readonly PriceIncrement[] | undefined {
    return marketRule(id);
  }

  quote(conId: number, at: number): GatewayQuote | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    return instrument && this.#parts.quotes.at(instrument, at);
  }

  fairValue(conId: number, at: number): number | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    return instrument && this.#parts.books.fair(instrument, at);
  }

  isOpen(conId: number, at: number): boolean {
    return this.sessionClose(conId, at) !== undefined;
  }

  nextOpen(conId: number, at: number): number {
    const instrument = this.#parts.listings.instrument(conId);
    return instrument ? nextOpen(instrument, at) : Number.POSITIVE_INFINITY;
  }

  sessionClose(conId: number, at: number): number | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    return instrument && sessionAt(instrument, at)?.closeAt;
  }

  isHalted(conId: number, at: number): boolean {
    const instrument = this.#parts.listings.instrument(conId);
    return instrument !== undefined && this.#parts.events.haltedSince(instrument.underlying.symbol, at) !== undefined;
  }

  /** History up to the end of the request, which the caller keeps out of the future. */
  bars(conId: number, request: BarRequest): readonly GatewayBar[] | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    return instrument && this.#parts.bars.of(instrument, request);
  }

  headTimestamp(conId: number): number | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    return instrument?.kind === 'underlying' ? instrument.underlying.headTimestamp * 1000 : undefined;
  }

  settlementTime(conId: number): number | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    return instrument?.kind === 'option' ? instrument.listing.settlesAt : instrument?.future?.settlesAt;
  }

  nextDividend(conId: number, at: number): UpcomingDividend | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    if (!instrument) return undefined;
    const { dividends, valuation } = this.#parts;
    return upcomingDividend(
      dividends.list(instrument.underlying.symbol),
      at,
      valuation.spot(instrument.underlying, at),
    );
  }

  dividendYear(conId: number, at: number): DividendYear | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    if (!instrument) return undefined;
    const { dividends, valuation } = this.#parts;
    return dividendYear(dividends.list(instrument.underlying.symbol), at, valuation.spot(instrument.underlying, at));
  }

  optionTotals(conId: number, at: number): OptionTotals | undefined {
    const instrument = this.#parts.listings.instrument(conId);
    if (instrument?.kind !== 'underlying' || instrument.future) return undefined;
    const { quotes, timeline } = this.#parts;
    return optionTotals(quotes.seed, instrument.underlying, timeline.dayAt(at), at);
  }

  /** Changes prices or volatility from a time on. Throws RangeError for a symbol that is not listed. */
  override(change: MarketOverride): void {
    this.#parts.events.override(change);
    this.#parts.quotes.clear();
    this.#parts.bars.clear();
  }

  /** Shows a wrong, missing or stale quote for an interval. */
  quoteFault(fault: QuoteFault): void {
    this.#parts.quotes.addFault(fault);
  }

  /** Epoch ms of a scenario's moment. */
  moment(moment: Moment): number {
    return this.#parts.timeline.moment(moment);
  }
}

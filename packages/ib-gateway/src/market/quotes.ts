/**
 * The quote of a contract at a time, built from book and trades, with faults over it.
 */

import type { GatewayQuote, QuoteFault } from '../model.js';
import type { Book, Books } from './book.js';
import type { Events } from './events.js';
import { roundDown, roundPrice } from './market-rules.js';
import { max, min } from './math.js';
import { conIdOf, type QuoteMoment, quoteMoment } from './quote-clock.js';
import { type Instrument, sessionOn } from './sessions.js';
import type { Timeline } from './timeline.js';
import { openInterest, type Trades } from './trades.js';
import type { Valuation } from './valuation.js';

interface DayFacts {
  readonly index: number;
  readonly close?: number;
  readonly openInterest?: number;
}

export class Quotes {
  readonly #last = new Map<number, GatewayQuote>();
  readonly #facts = new Map<number, DayFacts>();
  readonly #faults = new Map<number, QuoteFault[]>();

  constructor(
    readonly seed: number,
    readonly timeline: Timeline,
    readonly events: Events,
    readonly valuation: Valuation,
    readonly books: Books,
    readonly trades: Trades,
  ) {}

  /** Clears the caches after the market was changed from outside. */
  clear(): void {
    this.#last.clear();
    this.#facts.clear();
    this.trades.clear();
  }

  addFault(fault: QuoteFault): void {
    const list = this.#faults.get(fault.conId) ?? [];
    list.push(fault);
    this.#faults.set(fault.conId, list);
  }

  /** The quote in force at a time. */
  at(instrument: Instrument, at: number): GatewayQuote {
    const faults = this.#faults.get(conIdOf(instrument));
    if (!faults) return this.#clean(instrument, at);
    const active = faults.filter((fault) => at >= fault.from && at < fault.to);
    const staleFrom = active.filter((fault) => fault.kind === 'stale').map((fault) => fault.from);
    const clean = this.#clean(instrument, min(at, ...staleFrom));
    return active.reduce(applyFault, clean);
  }

  #clean(instrument: Instrument, at: number): GatewayQuote {
    const moment = quoteMoment(instrument, at, this.timeline, this.events);
    const conId = conIdOf(instrument);
    const last = this.#last.get(conId);
    if (last && last.at === moment.at && (last.halted ?? false) === moment.halted) return last;
    const quote = this.#build(instrument, moment);
    this.#last.set(conId, quote);
    return quote;
  }

  #build(instrument: Instrument, moment: QuoteMoment): GatewayQuote {
    const book = this.books.at(instrument, moment);
    const traded = this.trades.day(instrument, moment);
    const facts = this.#factsOf(instrument, moment);
    const { bid, ask, bidSize, askSize } = book;
    const shown = {
      at: moment.at,
      ...(bid === undefined ? {} : { bid }),
      ...(ask === undefined ? {} : { ask }),
      bidSize,
      askSize,
      ...traded,
      ...(facts.close === undefined ? {} : { close: facts.close }),
      ...(moment.halted ? { halted: true } : {}),
    };
    if (instrument.kind === 'option') {
      const greeks = greeksOf(book);
      return { ...shown, ...(facts.openInterest === undefined ? {} : { openInterest: facts.openInterest }), ...greeks };
    }
    const last = roundPrice(roundDown(instrument.underlying.marketRule, book.fair));
    // Trades are drawn every few seconds; between two of them the price itself counts as the last trade.
    const high = max(traded.high ?? last, last);
    const low = min(traded.low ?? last, last);
    return {
      ...shown,
      last,
      high,
      low,
      impliedVolatility: roundPrice(this.valuation.iv30(instrument.underlying, moment.at)),
    };
  }

  /** The previous close and other values that hold for a whole day. */
  #factsOf(instrument: Instrument, moment: QuoteMoment): DayFacts {
    const conId = conIdOf(instrument);
    const known = this.#facts.get(conId);
    if (known && known.index === moment.index) return known;
    const before = this.timeline.at(moment.index - 1);
    const closeAt = sessionOn(instrument, before.day)?.closeAt ?? before.closeAt;
    let facts: DayFacts;
    if (instrument.kind === 'option') {
      const { listing } = instrument;
      const value = this.valuation.option(listing, closeAt);
      const close = roundDown(listing.listed.marketRule, value.price);
      facts = { index: moment.index, close, openInterest: openInterest(this.seed, instrument, value.distance) };
    } else {
      facts = {
        index: moment.index,
        close: roundDown(instrument.underlying.marketRule, this.books.fair(instrument, closeAt)),
      };
    }
    this.#facts.set(conId, facts);
    return facts;
  }
}

function greeksOf(book: Book): Pick<GatewayQuote, 'greeks'> {
  const { value } = book;
  if (!value || value.years <= 0) return {};
  return {
    greeks: {
      impliedVol: value.volatility,
      delta: value.delta,
      gamma: value.gamma,
      vega: value.vega,
      theta: value.theta,
      optionPrice: value.price,
      pvDividend: value.pvDividend,
      underlyingPrice: value.spot,
    },
  };
}

function applyFault(quote: GatewayQuote, fault: QuoteFault): GatewayQuote {
  const { bid, ask, ...rest } = quote;
  const bidPart = bid === undefined ? {} : { bid };
  const askPart = ask === undefined ? {} : { ask };
  switch (fault.kind) {
    case 'noBid':
      return { ...rest, ...askPart, bidSize: 0 };
    case 'noAsk':
      return { ...rest, ...bidPart, askSize: 0 };
    case 'bad':
      return {
        ...rest,
        ...(fault.bid === undefined ? bidPart : { bid: fault.bid, bidSize: max(1, rest.bidSize) }),
        ...(fault.ask === undefined ? askPart : { ask: fault.ask, askSize: max(1, rest.askSize) }),
      };
    default:
      return quote;
  }
}

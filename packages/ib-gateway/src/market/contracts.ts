/**
 * Contracts and their ids.
 *
 * An option's id is computed from what the option is (class, last trade date, strike, right), never handed out in the
 * order of asking, so ids are the same in every run and cannot collide: 4 bits class, 12 bits date, 14 bits strike, 1
 * bit right. Ids of underlyings lie below the smallest class, 2^28.
 */

import { dayOf, dayText } from 'market-time';
import type { GatewayContract, Right } from '../model.js';
import { isExpiry, settlementDay, settlementTime } from './expirations.js';
import { floor, round } from './math.js';
import { CLASS_BY_NUMBER, OPTION_CLASSES, type OptionClass } from './option-classes.js';
import type { ResolvedUnderlying } from './resolve.js';
import { strikeUnits } from './strikes.js';

const DATE_RANGE = 4096;
const STRIKE_RANGE = 16384;
/** How long before the start a contract may have expired and still be known, in days. */
const DAYS_BACK = 1000;

/**
 * IB's own id of an option that the tests of client libraries request. It lies in the range of class number 6, so that
 * number is not used.
 */
const KNOWN_IDS = [
  { conId: 843630132, tradingClass: 'SPY', expiry: dayOf(2028, 12, 15), strike: 750, right: 'C' },
] as const;

interface ExpiryFacts {
  /** Last trade day and settlement day, YYYYMMDD. */
  readonly text: string;
  readonly settles: string;
  readonly settlesAt: number;
}

/** A listed option in its parts. */
export interface OptionListing {
  readonly conId: number;
  readonly listed: OptionClass;
  readonly underlying: ResolvedUnderlying;
  /** Last trade day, a civil day. */
  readonly expiry: number;
  readonly strike: number;
  readonly right: Right;
  /** The instant whose underlying price decides the payoff, epoch ms. */
  readonly settlesAt: number;
  readonly contract: GatewayContract;
}

/** `SPY   281215C00750000`: root padded to six, settlement date, right, strike in thousandths (OCC's symbology). */
function optionSymbol(tradingClass: string, settles: string, right: Right, strike: number): string {
  const thousandths = String(round(strike * 1000)).padStart(8, '0');
  return `${tradingClass.padEnd(6)}${settles.slice(2)}${right}${thousandths}`;
}

/** The contract of an underlying. */
export function underlyingContract(underlying: ResolvedUnderlying): GatewayContract {
  const { conId, symbol, secType, exchange, primaryExchange, currency } = underlying;
  const cash = secType === 'CASH';
  return {
    conId,
    symbol,
    secType,
    exchange,
    primaryExchange: secType === 'STK' ? primaryExchange : '',
    currency,
    localSymbol: cash ? `${symbol}.${currency}` : symbol,
    tradingClass: cash ? `${symbol}.${currency}` : symbol,
  };
}

export class ContractIds {
  readonly #baseDay: number;
  readonly #listings = new Map<number, OptionListing>();
  readonly #strikes = new Map<number, ReadonlySet<number>>();
  readonly #expiries = new Map<number, ExpiryFacts | null>();

  constructor(
    startDay: number,
    readonly underlyings: ReadonlyMap<string, ResolvedUnderlying>,
  ) {
    this.#baseDay = startDay - DAYS_BACK;
  }

  /** Id of an option; the strike must be a multiple of the class's unit. */
  optionId(listed: OptionClass, expiry: number, strike: number, right: Right): number {
    for (const known of KNOWN_IDS) {
      const same = known.tradingClass === listed.tradingClass && known.strike === strike && known.right === right;
      if (same && known.expiry === expiry) return known.conId;
    }
    const date = ((expiry % DATE_RANGE) + DATE_RANGE) % DATE_RANGE;
    const units = round(strike / listed.strikeUnit);
    return ((listed.number * DATE_RANGE + date) * STRIKE_RANGE + units) * 2 + (right === 'C' ? 1 : 0);
  }

  #decode(conId: number): OptionListing | undefined {
    for (const known of KNOWN_IDS) {
      const listed = OPTION_CLASSES.find((candidate) => candidate.tradingClass === known.tradingClass);
      if (known.conId === conId && listed) return this.#build(conId, listed, known.expiry, known.strike, known.right);
    }
    const right: Right = conId % 2 === 1 ? 'C' : 'P';
    const rest = floor(conId / 2);
    const units = rest % STRIKE_RANGE;
    const date = floor(rest / STRIKE_RANGE) % DATE_RANGE;
    const listed = CLASS_BY_NUMBER.get(floor(rest / STRIKE_RANGE / DATE_RANGE));
    if (!listed || units === 0) return undefined;
    const offset = (((date - this.#baseDay) % DATE_RANGE) + DATE_RANGE) % DATE_RANGE;
    const expiry = this.#baseDay + offset;
    const strike = units * listed.strikeUnit;
    if (this.optionId(listed, expiry, strike, right) !== conId) return undefined;
    return this.#build(conId, listed, expiry, strike, right);
  }

  #build(conId: number, listed: OptionClass, expiry: number, strike: number, right: Right): OptionListing | undefined {
    const underlying = this.underlyings.get(listed.symbol);
    const facts = this.#expiryFacts(listed, expiry);
    if (!underlying || !facts) return undefined;
    if (!this.#listable(listed, underlying).has(round(strike / listed.strikeUnit))) return undefined;
    const contract: GatewayContract = {
      conId,
      symbol: listed.symbol,
      secType: 'OPT',
      expiry: facts.text,
      strike,
      right,
      multiplier: 100,
      exchange: 'SMART',
      primaryExchange: '',
      currency: 'USD',
      localSymbol: optionSymbol(listed.tradingClass, facts.settles, right, strike),
      tradingClass: listed.tradingClass,
      underlyingConId: underlying.conId,
    };
    return { conId, listed, underlying, expiry, strike, right, settlesAt: facts.settlesAt, contract };
  }

  /** The common data of all options of one class and expiry; undefined when the day cannot be an expiry of the class. */
  #expiryFacts(listed: OptionClass, expiry: number): ExpiryFacts | undefined {
    const key = listed.number * 1e6 + expiry;
    let facts = this.#expiries.get(key);
    if (facts === undefined) {
      facts = null;
      if (isExpiry(listed, expiry)) {
        const settles = dayText(settlementDay(listed, expiry));
        facts = { text: dayText(expiry), settles, settlesAt: settlementTime(listed, expiry) };
      }
      this.#expiries.set(key, facts);
    }
    return facts ?? undefined;
  }

  /** Strikes a class may ever list, in its units: a few days before expiry it lists all of them. */
  #listable(listed: OptionClass, underlying: ResolvedUnderlying): ReadonlySet<number> {
    let units = this.#strikes.get(listed.number);
    if (!units) {
      units = new Set(strikeUnits(listed, underlying.spot, 0));
      this.#strikes.set(listed.number, units);
    }
    return units;
  }

  /** The option of an id, or undefined when no such option can ever be listed. */
  option(conId: number): OptionListing | undefined {
    const known = this.#listings.get(conId);
    if (known || !Number.isSafeInteger(conId)) return known;
    const listing = this.#decode(conId);
    if (listing) this.#listings.set(conId, listing);
    return listing;
  }
}

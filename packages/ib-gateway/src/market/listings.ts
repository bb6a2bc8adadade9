/**
 * The listed contracts: search by fields, by pattern, and the parameters of option chains.
 */

import { dayText, easternDay, parseDay } from 'market-time';
import type { GatewayContract, OptionChainParams } from '../model.js';
import { ContractIds, underlyingContract } from './contracts.js';
import { STOCK_EXCHANGES } from './details.js';
import { expirationsOn } from './expirations.js';
import { futureInstrument, futureOf, futures } from './futures.js';
import { OPTION_CLASSES, type OptionClass } from './option-classes.js';
import type { ResolvedUnderlying } from './resolve.js';
import type { Instrument } from './sessions.js';
import { strikeUnits } from './strikes.js';

/** Fields of a search; an empty text or 0 counts as absent, as on the wire. */
export type ContractQuery = Partial<GatewayContract>;

const MONTH_LENGTH = 6;

function matches(wanted: string | undefined, value: string): boolean {
  return wanted === undefined || wanted === '' || wanted.toUpperCase() === value.toUpperCase();
}

function matchesExpiry(wanted: string | undefined, expiry: string): boolean {
  if (wanted === undefined || wanted === '') return true;
  return wanted.length === MONTH_LENGTH ? expiry.startsWith(wanted) : wanted === expiry;
}

export class Listings {
  readonly ids: ContractIds;
  readonly #byId = new Map<number, ResolvedUnderlying>();
  readonly #contracts = new Map<number, GatewayContract>();
  readonly #strikes = new Map<string, readonly number[]>();
  readonly #classes: readonly OptionClass[];

  constructor(
    readonly start: number,
    readonly underlyings: ReadonlyMap<string, ResolvedUnderlying>,
    { adjustedClasses = false }: { readonly adjustedClasses?: boolean } = {},
  ) {
    this.#classes = OPTION_CLASSES.filter(({ adjusted }) => adjustedClasses || !adjusted);
    this.ids = new ContractIds(easternDay(start), underlyings);
    for (const underlying of underlyings.values()) {
      this.#byId.set(underlying.conId, underlying);
      this.#contracts.set(underlying.conId, underlyingContract(underlying));
    }
  }

  underlyingContracts(): readonly GatewayContract[] {
    return [...this.#contracts.values()];
  }

  /** The meaning of an id: an underlying, or an option of a listed class. */
  instrument(conId: number): Instrument | undefined {
    const underlying = this.#byId.get(conId);
    if (underlying) return { kind: 'underlying', underlying };
    const contract = futureOf(conId);
    const index = this.underlyings.get('ES');
    if (contract && index) return { kind: 'underlying', ...futureInstrument(contract, index) };
    const listing = this.ids.option(conId);
    return listing ? { kind: 'option', underlying: listing.underlying, listing } : undefined;
  }

  contract(conId: number): GatewayContract | undefined {
    return this.#contracts.get(conId) ?? futureOf(conId) ?? this.ids.option(conId)?.contract;
  }

  /** Strikes of an expiry as listed on a day, dollars. */
  strikes(listed: OptionClass, expiry: number, today: number): readonly number[] {
    const reference = this.underlyings.get(listed.symbol)?.spot ?? 0;
    const days = expiry - today;
    const bands = listed.bands.filter((band) => days <= band.days).length;
    const key = `${listed.tradingClass} ${bands}`;
    let strikes = this.#strikes.get(key);
    if (!strikes) {
      strikes = strikeUnits(listed, reference, days).map((units) => units * listed.strikeUnit);
      this.#strikes.set(key, strikes);
    }
    return strikes;
  }

  /** One row for each class and routing the broker names; expiries and strikes as listed at a time. */
  chainParams(underlyingConId: number, at: number): readonly OptionChainParams[] {
    const today = easternDay(at);
    return this.#classes
      .filter((listed) => this.underlyings.get(listed.symbol)?.conId === underlyingConId)
      .flatMap((listed) => {
        const expiries = expirationsOn(listed, today);
        const strikes = new Set(expiries.flatMap((expiry) => this.strikes(listed, expiry, today)));
        const row = {
          underlyingConId,
          tradingClass: listed.tradingClass,
          multiplier: 100,
          expirations: expiries.map(dayText),
          strikes: [...strikes].sort((left, right) => left - right),
        };
        return listed.exchanges.map((exchange) => ({ exchange, ...row }));
      });
  }

  /** Contracts that match every given field; options as listed at a time. */
  find(query: ContractQuery, at: number): readonly GatewayContract[] {
    if (query.conId) {
      const contract = this.contract(query.conId);
      return contract ? [this.#routed(contract, query.exchange)] : [];
    }
    if (query.secType === 'OPT' || query.strike || query.right || (query.expiry && query.secType !== 'FUT')) {
      return this.#options(query, at);
    }
    if (query.secType === 'FUT') return this.#futures(query, at);
    return this.underlyingContracts()
      .filter((contract) => this.#fits(contract, query))
      .map((contract) => this.#routed(contract, query.exchange));
  }

  #fits(contract: GatewayContract, query: ContractQuery): boolean {
    const exchange = query.exchange ?? '';
    const routes = contract.secType === 'STK' ? STOCK_EXCHANGES.split(',') : ['SMART', contract.exchange];
    return (
      (query.secType === undefined || query.secType === contract.secType) &&
      matches(query.symbol, contract.symbol) &&
      matches(query.currency, contract.currency) &&
      matches(query.localSymbol, contract.localSymbol) &&
      matches(query.tradingClass, contract.tradingClass) &&
      (exchange === '' || routes.includes(exchange))
    );
  }

  #routed(contract: GatewayContract, exchange: string | undefined): GatewayContract {
    const routed = contract.secType === 'OPT' || contract.secType === 'STK';
    return exchange && routed ? { ...contract, exchange } : contract;
  }

  #options(query: ContractQuery, at: number): readonly GatewayContract[] {
    const today = easternDay(at);
    const found: GatewayContract[] = [];
    for (const listed of this.#classes) {
      if (!matches(query.symbol, listed.symbol) || !matches(query.tradingClass, listed.tradingClass)) continue;
      if (query.exchange && !listed.exchanges.includes(query.exchange)) continue;
      if (!matches(query.currency, 'USD') || (query.multiplier && query.multiplier !== 100)) continue;
      for (const expiry of this.#expiries(listed, query, today)) {
        for (const strike of this.#wantedStrikes(listed, expiry, query, today)) {
          for (const right of query.right ? [query.right] : (['C', 'P'] as const)) {
            const contract = this.contract(this.ids.optionId(listed, expiry, strike, right));
            if (contract && matches(query.localSymbol, contract.localSymbol))
              found.push(this.#routed(contract, query.exchange));
          }
        }
      }
    }
    return found;
  }

  #expiries(listed: OptionClass, query: ContractQuery, today: number): readonly number[] {
    const wanted = query.expiry ? parseDay(query.expiry) : undefined;
    const all = expirationsOn(listed, today);
    if (wanted !== undefined) return all.includes(wanted) ? [wanted] : [];
    return all.filter((expiry) => matchesExpiry(query.expiry, dayText(expiry)));
  }

  #wantedStrikes(listed: OptionClass, expiry: number, query: ContractQuery, today: number): readonly number[] {
    const strikes = this.strikes(listed, expiry, today);
    const { strike } = query;
    if (!strike) return strikes;
    return strikes.includes(strike) ? [strike] : [];
  }

  #futures(query: ContractQuery, at: number): readonly GatewayContract[] {
    return futures(at).filter(
      (contract) =>
        matches(query.symbol, contract.symbol) &&
        matches(query.exchange, contract.exchange) &&
        matches(query.currency, contract.currency) &&
        matches(query.localSymbol, contract.localSymbol) &&
        matchesExpiry(query.expiry, contract.expiry ?? ''),
    );
  }

  /** Underlyings whose symbol or name contains a text, the exact symbol first. */
  matching(pattern: string): readonly GatewayContract[] {
    const wanted = pattern.trim().toUpperCase();
    if (wanted === '') return [];
    const rank = (underlying: ResolvedUnderlying) =>
      underlying.symbol === wanted ? 0 : underlying.symbol.startsWith(wanted) ? 1 : 2;
    return [...this.underlyings.values()]
      .filter((one) => one.symbol.includes(wanted) || one.longName.toUpperCase().includes(wanted))
      .sort((left, right) => rank(left) - rank(right))
      .map((underlying) => underlyingContract(underlying));
  }
}

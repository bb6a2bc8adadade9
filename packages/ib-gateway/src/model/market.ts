import type { GatewayContract, GatewayContractDetails, OptionChainParams } from './contracts.js';
import type { DividendYear, GatewayBar, GatewayQuote, OptionTotals } from './quotes.js';

/** Bars as a client asks for them: a duration such as `5 D` back from `end`, a size such as `1 min`. */
export interface BarRequest {
  readonly end: number;
  readonly duration: string;
  readonly barSize: string;
  readonly what: string;
  readonly useRth: boolean;
  readonly formatDate: number;
}

/** A wrong or missing quote of one contract for an interval [from, to). */
export interface QuoteFault {
  readonly conId: number;
  readonly from: number;
  readonly to: number;
  /** `stale`: the last quote before the interval stays. `noBid`, `noAsk`: that side is empty. `bad`: the given sides are shown. */
  readonly kind: 'stale' | 'noBid' | 'noAsk' | 'bad';
  readonly bid?: number;
  readonly ask?: number;
}

/** The market side: pure functions of (seed, scenario, time) over listed contracts. */
export interface GatewayMarket {
  underlyings(): readonly GatewayContract[];
  contract(conId: number): GatewayContract | undefined;
  /**
   * Contracts that match the given fields (unset, empty and 0 match anything; `expiry` may be a month, YYYYMM), as
   * `reqContractDetails` would. Options are those listed at `at`, by default the market's start.
   */
  find(query: Partial<GatewayContract>, at?: number): readonly GatewayContract[];
  /** Hours cover the seven days from `at` on, by default from the market's start. */
  details(conId: number, at?: number): GatewayContractDetails | undefined;
  chainParams(underlyingConId: number, at?: number): readonly OptionChainParams[];
  /** The price increments of a market rule: from `lowEdge` up, prices move by `increment`. */
  marketRule(id: number): readonly { readonly lowEdge: number; readonly increment: number }[] | undefined;
  quote(conId: number, at: number): GatewayQuote | undefined;
  /** Theoretical value of a contract, unrounded: the mid of its quotes. */
  fairValue(conId: number, at: number): number | undefined;
  isOpen(conId: number, at: number): boolean;
  /** Start of the next regular session of the contract strictly after `at`. */
  nextOpen(conId: number, at: number): number;
  /** Close of the session that contains `at`, or undefined outside sessions. */
  sessionClose(conId: number, at: number): number | undefined;
  bars(conId: number, request: BarRequest): readonly GatewayBar[] | undefined;
  matching(pattern: string): readonly GatewayContract[];
  /** The instant whose underlying price decides an option's payoff; `fairValue` from then on is the payoff. */
  settlementTime(conId: number): number | undefined;
  /** The underlying's next dividend: `exAt` is the open of the ex-date, `amount` dollars a share. */
  nextDividend(
    conId: number,
    at: number,
  ): { readonly exDate: string; readonly exAt: number; readonly amount: number } | undefined;
  /**
   * Dividends of the twelve months before and after a time, and the next one (generic tick 456), dollars per share at the present
   * price; `nextDate` is YYYYMMDD. Undefined for a contract that pays none.
   */
  dividendYear?(conId: number, at: number): DividendYear | undefined;
  /** Volume and open interest of all options of an underlying (generic ticks 100 and 101). */
  optionTotals?(conId: number, at: number): OptionTotals | undefined;
  /** Start of the history of an underlying, epoch ms. */
  headTimestamp(conId: number): number | undefined;
  isHalted(conId: number, at: number): boolean;
  /**
   * Changes the market while it runs: from `from` on prices are multiplied by `spotFactor` and implied volatility shifted
   * by `ivAdd` (0.05 = five points). `symbol` `*` means every underlying of the stock market.
   */
  override?(change: {
    readonly symbol: string;
    readonly spotFactor?: number;
    readonly ivAdd?: number;
    readonly from: number;
  }): void;
  quoteFault?(fault: QuoteFault): void;
}

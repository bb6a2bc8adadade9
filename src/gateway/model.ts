/**
 * What the parts of the simulated gateway say to each other: contracts, quotes, orders, executions.
 *
 * The market makes contracts and quotes, the exchange orders, executions and the account, the session layer turns both
 * into TWS messages. Nothing here knows about sockets or message numbers.
 *
 * Units: prices are plain numbers in dollars, already rounded to 1e-6; times are epoch milliseconds of the gateway's
 * clock; sizes are contracts (options) or shares (stock).
 */

export type SecType = 'STK' | 'IND' | 'OPT' | 'BAG' | 'FUT' | 'CASH';
export type Right = 'C' | 'P';

/** A contract as the gateway lists it. `expiry` is YYYYMMDD of the last trade date. */
export interface GatewayContract {
  readonly conId: number;
  readonly symbol: string;
  readonly secType: SecType;
  readonly expiry?: string;
  readonly strike?: number;
  readonly right?: Right;
  readonly multiplier?: number;
  readonly exchange: string;
  readonly primaryExchange: string;
  readonly currency: string;
  readonly localSymbol: string;
  readonly tradingClass: string;
  readonly underlyingConId?: number;
}

/** Everything of `reqContractDetails` that is not in the contract itself. */
export interface GatewayContractDetails {
  readonly contract: GatewayContract;
  readonly marketName: string;
  readonly longName: string;
  readonly minTick: number;
  readonly orderTypes: string;
  readonly validExchanges: string;
  readonly marketRuleIds: string;
  readonly timeZoneId: string;
  /** IB's format: `20261123:0930-20261123:1615;20261126:CLOSED;...` in the contract's zone. */
  readonly tradingHours: string;
  readonly liquidHours: string;
  /** HH:MM in the contract's zone, options only. */
  readonly lastTradeTime?: string;
  readonly realExpirationDate?: string;
  readonly contractMonth?: string;
  readonly underlyingSymbol?: string;
  readonly underlyingSecType?: SecType;
  readonly stockType?: string;
  readonly industry?: string;
  readonly category?: string;
  readonly subcategory?: string;
}

/** One row of `reqSecDefOptParams`. Expirations YYYYMMDD ascending, strikes ascending. */
export interface OptionChainParams {
  readonly exchange: string;
  readonly underlyingConId: number;
  readonly tradingClass: string;
  readonly multiplier: number;
  readonly expirations: readonly string[];
  readonly strikes: readonly number[];
}

/** What one market-data line shows. A missing bid or ask is `undefined` (the wire sends -1 with size 0). */
export interface GatewayQuote {
  readonly at: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly last?: number;
  readonly lastSize?: number;
  readonly close?: number;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  readonly volume?: number;
  readonly openInterest?: number;
  readonly halted?: boolean;
  /** Model computation of an option (tick type 13); absent for anything else. */
  readonly greeks?: GatewayGreeks;
  /** 30-day implied volatility of a stock or index (generic tick 106), per year, 0.18 = 18 %. */
  readonly impliedVolatility?: number;
}

/** IB's model computation: per share, vega per volatility point (0.01), theta per calendar day. */
export interface GatewayGreeks {
  readonly impliedVol: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  readonly theta: number;
  readonly optionPrice: number;
  readonly pvDividend: number;
  readonly underlyingPrice: number;
}

export interface DividendYear {
  readonly past: number;
  readonly next: number;
  readonly nextDate?: string;
  readonly nextAmount?: number;
}

export interface OptionTotals {
  readonly callVolume: number;
  readonly putVolume: number;
  readonly callOpenInterest: number;
  readonly putOpenInterest: number;
}

export interface GatewayBar {
  /** `YYYYMMDD` for daily bars, else epoch seconds. */
  readonly time: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly wap: number;
  readonly count: number;
}

export interface GatewayComboLeg {
  readonly conId: number;
  readonly ratio: number;
  readonly action: 'BUY' | 'SELL' | 'SSHORT';
  readonly exchange: string;
  readonly openClose: number;
}

export type GatewayOrderStatus =
  | 'ApiPending'
  | 'PendingSubmit'
  | 'PreSubmitted'
  | 'Submitted'
  | 'PendingCancel'
  | 'Cancelled'
  | 'ApiCancelled'
  | 'Filled'
  | 'Inactive';

/** An order as a client sent it. Numbers the client left unset are `undefined`. */
export interface GatewayOrderRequest {
  readonly orderId: number;
  readonly clientId: number;
  readonly contract: {
    readonly conId: number;
    readonly symbol: string;
    readonly secType: SecType;
    readonly expiry?: string;
    readonly strike?: number;
    readonly right?: Right;
    readonly multiplier?: number;
    readonly exchange: string;
    readonly currency: string;
    readonly localSymbol?: string;
    readonly tradingClass?: string;
  };
  readonly comboLegs: readonly GatewayComboLeg[];
  readonly action: 'BUY' | 'SELL';
  readonly quantity: number;
  readonly orderType: string;
  readonly limitPrice?: number;
  readonly auxPrice?: number;
  readonly tif: string;
  readonly goodTillDate?: string;
  readonly goodAfterTime?: string;
  readonly ocaGroup?: string;
  readonly ocaType?: number;
  readonly account: string;
  readonly orderRef: string;
  readonly transmit: boolean;
  readonly parentId?: number;
  readonly outsideRth?: boolean;
  readonly triggerMethod?: number;
  readonly whatIf: boolean;
  /** Every other decoded field, by its TWS API name, echoed in openOrder and completedOrder. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** An order as the exchange holds it. */
export interface GatewayOrder {
  readonly request: GatewayOrderRequest;
  readonly permId: number;
  readonly status: GatewayOrderStatus;
  readonly filled: number;
  readonly remaining: number;
  readonly avgFillPrice: number;
  readonly lastFillPrice: number;
  readonly whyHeld: string;
  readonly placedAt: number;
  readonly completedAt?: number;
  readonly completedStatus?: string;
}

export interface GatewayExecution {
  readonly execId: string;
  readonly orderId: number;
  readonly clientId: number;
  readonly permId: number;
  readonly contract: GatewayContract;
  readonly at: number;
  readonly account: string;
  readonly exchange: string;
  readonly side: 'BOT' | 'SLD';
  readonly shares: number;
  readonly price: number;
  readonly cumQty: number;
  readonly avgPrice: number;
  readonly orderRef: string;
  readonly liquidation: number;
}

export interface GatewayCommission {
  readonly execId: string;
  readonly commission: number;
  readonly currency: string;
  readonly realizedPnl?: number;
}

export interface GatewayPosition {
  readonly account: string;
  readonly contract: GatewayContract;
  readonly quantity: number;
  /** Average cost including the multiplier, as IB reports it. */
  readonly averageCost: number;
}

export interface GatewayMargin {
  readonly initBefore: number;
  readonly initAfter: number;
  readonly maintBefore: number;
  readonly maintAfter: number;
  readonly equityBefore: number;
  readonly equityAfter: number;
  readonly commission?: number;
  readonly minCommission?: number;
  readonly maxCommission?: number;
}

/** Something the exchange tells clients by itself. Whom it concerns is `clientId` of the order (-1: everybody). */
export type ExchangeEvent =
  | { readonly kind: 'openOrder'; readonly order: GatewayOrder; readonly margin?: GatewayMargin }
  | { readonly kind: 'orderStatus'; readonly order: GatewayOrder }
  | { readonly kind: 'execution'; readonly execution: GatewayExecution }
  | { readonly kind: 'commission'; readonly clientId: number; readonly commission: GatewayCommission }
  | {
      readonly kind: 'error';
      readonly clientId: number;
      readonly id: number;
      readonly code: number;
      readonly text: string;
      readonly advancedReject?: string;
    }
  | { readonly kind: 'position'; readonly position: GatewayPosition };

/** The gateway's clock: market time, epoch ms. All waiting inside the gateway goes through `schedule`. */
export interface GatewayClock {
  readonly mode: 'running' | 'stepped';
  now(): number;
  /** Runs `action` when the clock reaches `at`; equal times run in ascending `key`, then in order of scheduling. */
  schedule(at: number, key: string, action: () => void): { cancel(): void };
  /** Time of the earliest scheduled action, if any. */
  next(): number | undefined;
  /** Stepped mode only: goes to `to`, running every action due on the way, in order. */
  advance(to: number): void;
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
  /** Hours are those of the seven days from `at` on, by default the market's start. */
  details(conId: number, at?: number): GatewayContractDetails | undefined;
  chainParams(underlyingConId: number, at?: number): readonly OptionChainParams[];
  /** The price increments of a market rule: from `lowEdge` up, prices move by `increment`. */
  marketRule(id: number): readonly { readonly lowEdge: number; readonly increment: number }[] | undefined;
  quote(conId: number, at: number): GatewayQuote | undefined;
  /** Theoretical value of a contract, unrounded: the mid that quotes are built around. */
  fairValue(conId: number, at: number): number | undefined;
  isOpen(conId: number, at: number): boolean;
  /** Start of the next regular session of the contract strictly after `at`. */
  nextOpen(conId: number, at: number): number;
  /** Close of the session that contains `at`, or undefined outside sessions. */
  sessionClose(conId: number, at: number): number | undefined;
  bars(
    conId: number,
    request: {
      readonly end: number;
      readonly duration: string;
      readonly barSize: string;
      readonly what: string;
      readonly useRth: boolean;
      readonly formatDate: number;
    },
  ): readonly GatewayBar[] | undefined;
  matching(pattern: string): readonly GatewayContract[];
  /** The instant whose underlying price decides an option's payoff; `fairValue` from then on is the payoff. */
  settlementTime(conId: number): number | undefined;
  /** The underlying's next dividend: `exAt` is the open of the ex-date, `amount` dollars a share. */
  nextDividend(
    conId: number,
    at: number,
  ): { readonly exDate: string; readonly exAt: number; readonly amount: number } | undefined;
  /**
   * Dividends of the twelve months before and after a time and the next one (generic tick 456), dollars a share at the present
   * price; `nextDate` is YYYYMMDD. Undefined for what pays none.
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
  /** Shows a wrong, missing or stale quote of one contract in [from, to). */
  quoteFault?(fault: {
    readonly conId: number;
    readonly from: number;
    readonly to: number;
    readonly kind: 'stale' | 'noBid' | 'noAsk' | 'bad';
    readonly bid?: number;
    readonly ask?: number;
  }): void;
}

/** What the holder of long options wants done with them in the coming night. */
export interface ExerciseRequest {
  readonly conId: number;
  readonly action: 'exercise' | 'lapse';
  readonly quantity: number;
  /** Also against the value of the option: exercise out of the money, lapse in it. */
  readonly override: boolean;
}

/** The exchange side: orders, executions, account. All times come from the clock it was made with. */
export interface GatewayExchange {
  on(listener: (event: ExchangeEvent) => void): () => void;
  place(request: GatewayOrderRequest): void;
  cancel(clientId: number, orderId: number): void;
  globalCancel(): void;
  /** Gives orders that a person placed in TWS ids of client 0; an exchange without it has no such orders. */
  bindManualOrders?(): void;
  openOrders(clientId?: number): readonly GatewayOrder[];
  completedOrders(): readonly GatewayOrder[];
  executions(filter: {
    clientId?: number;
    account?: string;
    since?: number;
    symbol?: string;
    secType?: string;
    side?: string;
  }): readonly GatewayExecution[];
  commissions(execId: string): GatewayCommission | undefined;
  positions(): readonly GatewayPosition[];
  /** Account values by IB tag (NetLiquidation, BuyingPower, ...), in dollars. */
  accountValues(): Readonly<Record<string, number>>;
  marketValue(position: GatewayPosition): number | undefined;
  /** Takes an instruction about long options; an exchange without it carries none out. Returns [code, text] of a refusal. */
  exercise?(request: ExerciseRequest): readonly [number, string] | undefined;
  pnl(conId?: number): { daily: number; unrealized: number; realized: number; value?: number };
  readonly account: string;
  /** The next valid order id of a client. */
  nextOrderId(clientId: number): number;
}

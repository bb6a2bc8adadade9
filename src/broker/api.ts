/**
 * The broker as the rest of Legwork sees it. Implemented over the unmodified @stoqey/ib client in this folder; nothing
 * of that library leaks out. Prices are micros per share, times are epoch milliseconds of the broker's clock.
 *
 * Errors: LegworkError BROKER_UNREACHABLE when no usable session exists or a request times out, UNKNOWN_SYMBOL /
 * NO_SUITABLE_CONTRACT when the broker proves there is no such contract, LIVE_GUARD when the account or port is not allowed.
 */
import type { TradingSession } from 'market-time';
import type { Log } from '../domain/log.js';
import type { Micros } from '../domain/money.js';
import type { Greeks, OptionContract, OptionTerms } from '../domain/option.js';
import type { Fill } from '../domain/order/fill.js';
import type { OrderPayload } from '../domain/order/order.js';
import type { PriceBand } from '../domain/order/ticks.js';
import type { AccountPosition } from '../domain/position/reconcile.js';
import type { Quote } from '../domain/quote.js';
import type { ListedClass } from '../domain/strategy/expiration.js';

export interface Underlying {
  readonly conId: number;
  readonly symbol: string;
  readonly secType: 'STK' | 'IND';
  readonly exchange: string;
  readonly primaryExchange: string;
  readonly currency: string;
  readonly longName: string;
  readonly minTick: Micros;
}

/** A qualified option with the data for trading it. */
export interface OptionDetails {
  readonly contract: OptionContract;
  readonly priceBands: readonly PriceBand[];
  /** Regular sessions of the next days, from the contract's own hours in its own time zone; none when they cannot be read. */
  readonly sessions: readonly TradingSession[];
  /** A sentence that says why its hours cannot be read; absent: they can. No such contract should be opened. */
  readonly hoursProblem?: string;
  /** Settles by an opening auction after its last trade: the broker gives a day of expiration later than that of the last trade. */
  readonly morningSettled: boolean;
}

/** A problem at the gateway or beside it that only a person can fix. */
export interface SessionTrouble {
  readonly rule: 'read_only_api' | 'ids_used_up';
  readonly title: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** One complete state of the link. */
export interface SessionState {
  readonly connected: boolean;
  /** Connected, ids received, accounts checked by the guard, no known loss of the broker's own link. */
  readonly usable: boolean;
  /** Grows with every connection; a write is allowed only in the epoch that was checked. */
  readonly epoch: number;
  readonly clientId: number;
  readonly serverVersion?: number;
  readonly accounts: readonly string[];
  /** One sentence that says why it is not usable. */
  readonly reason?: string;
  /** Problems that a person must fix; absent: none. */
  readonly troubles?: readonly SessionTrouble[];
  /** Orders and open orders were read completely in this epoch (set by the reconciler). */
  readonly reconciled: boolean;
  /** After 1100, 1102, 2103, 2110: no modify until open orders have been read again. */
  readonly modifyBlocked: boolean;
}

export type BrokerOrderStatus =
  | 'ApiPending'
  | 'PendingSubmit'
  | 'PreSubmitted'
  | 'Submitted'
  | 'PendingCancel'
  | 'Cancelled'
  | 'ApiCancelled'
  | 'Filled'
  | 'Inactive'
  | 'Unknown';

/** An order as the broker shows it, from openOrder + orderStatus or completedOrder. */
export interface BrokerOrder {
  readonly orderId: number;
  readonly clientId: number;
  readonly permId: number;
  readonly orderRef: string;
  readonly account: string;
  readonly status: BrokerOrderStatus;
  /** conId of a single contract, 0 for a combination; its legs' conIds otherwise. */
  readonly conId: number;
  readonly legs: readonly { readonly conId: number; readonly ratio: number; readonly action: 'BUY' | 'SELL' }[];
  readonly action: 'BUY' | 'SELL';
  readonly orderType: string;
  readonly quantity: number;
  readonly filled: number;
  readonly remaining: number;
  readonly limitPrice?: Micros;
  /** Trigger of a stop. */
  readonly stopPrice?: Micros;
  /** Order id of the bracket's parent; absent: none. */
  readonly parentId?: number;
  /** Prices of the underlying that start it, in the order of its conditions; absent: none. */
  readonly conditionPrices?: readonly Micros[];
  readonly whyHeld?: string;
  /** Text of completedStatus, warning or rejection. */
  readonly text?: string;
}

export type ExerciseAnswer =
  | { readonly kind: 'accepted' | 'refused'; readonly code: number; readonly text: string }
  | { readonly kind: 'silent' };

/** An event about orders, in order of arrival. Listeners must not throw and must only enqueue. */
export type OrderEvent =
  | { readonly kind: 'order'; readonly order: BrokerOrder; readonly epoch: number }
  | { readonly kind: 'fill'; readonly fill: Fill; readonly epoch: number }
  | {
      readonly kind: 'commission';
      readonly execId: string;
      readonly commission: Micros;
      readonly realizedPnl?: Micros;
      readonly epoch: number;
    }
  | {
      readonly kind: 'error';
      readonly orderId: number;
      readonly code: number;
      readonly text: string;
      readonly epoch: number;
    }
  | { readonly kind: 'session'; readonly state: SessionState };

export interface BrokerPosition extends AccountPosition {
  readonly account: string;
  readonly averageCost: Micros;
}

/** What the account holds of a contract now, signed. */
export interface PositionChange {
  readonly conId: number;
  readonly quantity: number;
}

/** Money of the account, micros. */
/** Amounts are dollars. */
export interface AccountSummary {
  readonly account: string;
  /** The account's currency at the broker, and how much of it a dollar is: 1 for dollars. */
  readonly currency: string;
  readonly perDollar: number;
  readonly netLiquidation: Micros;
  readonly buyingPower: Micros;
  readonly availableFunds: Micros;
  readonly initMargin: Micros;
  readonly maintMargin: Micros;
}

/** The broker's valuation of one contract that the account holds: signed contracts, and money in the contract's currency. */
export interface PositionPnl {
  readonly conId: number;
  readonly quantity: number;
  readonly unrealized: Micros;
  /** For all contracts; negative when short. */
  readonly value: Micros;
}

export interface WhatIf {
  readonly initMarginChange?: Micros;
  readonly maintMarginChange?: Micros;
  readonly equityWithLoanAfter?: Micros;
  readonly initMarginAfter?: Micros;
  readonly commission?: Micros;
  readonly warning?: string;
}

export interface DailyBar {
  /** YYYYMMDD. */
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** The answer of a query for which completeness matters: absence counts only when `complete`. */
export interface Complete<T> {
  readonly rows: readonly T[];
  readonly complete: boolean;
  readonly epoch: number;
}

/** The broker's clock: the only source of market time. */
export interface MarketClock {
  /** Best present estimate, epoch ms; throws BROKER_UNREACHABLE before the first reading. */
  now(): number;
  /** Market time passes as wall time does: at a real broker, or a simulated one at speed 1. Undefined until its speed has been measured. */
  readonly keepsWallTime: boolean | undefined;
  /**
   * Registers a wake-up. Resolves `reached` when market time is at or past `at`, `interrupted` when the signal aborts.
   * `actor` (a position or entry id) counts as waiting from the call until it settles: a stepped clock moves only
   * when every actor waits.
   */
  wait(at: number, actor: string, signal?: AbortSignal): Promise<'reached' | 'interrupted'>;
  /** Actors of a stepped clock: all of them must be waiting before time may move. No-ops on a running clock. */
  join(actor: string): void;
  leave(actor: string): void;
  /** Keeps a stepped clock from moving until released: the effects of the last step are still being processed. */
  hold(actor: string): () => void;
}

/** Quotes of a set of contracts, kept current while subscribed. */
export interface QuoteSubscription {
  latest(conId: number): Quote | undefined;
  /** Called once per batch of ticks that changed any of this subscription's contracts; must only enqueue. */
  onBatch(listener: () => void): () => void;
  /** Requests the contract's quote again: any answer renews the quote's `at`. */
  refresh(conId: number): void;
  close(): void;
}

/** A contract whose quotes a market data line brings. */
export interface LineContract {
  readonly conId: number;
  /** The underlying of an option, where it is known: its options are served or refused together. */
  readonly symbol?: string;
  readonly secType: 'STK' | 'IND' | 'OPT';
  readonly exchange: string;
  /** Legs of a watched position: after an outage their quotes are requested first, those of short legs before all. */
  readonly role?: 'short' | 'leg';
}

export interface QuotesHub {
  /** Shared by contract in the whole process; throws DATA_MISSING when the broker's line limit is exhausted. */
  subscribe(contracts: readonly LineContract[]): QuoteSubscription;
  /** Current quotes, subscribed or not; waits up to `timeoutMs` of wall time for each to have a first answer. */
  snapshot(contracts: readonly LineContract[], timeoutMs: number): Promise<ReadonlyMap<number, Quote>>;
  /**
   * A sentence with the broker's text and code that says why it gives no quote of a contract now; undefined when nothing is wrong, or
   * nothing uses the contract. Recovery is automatic.
   */
  trouble(conId: number): string | undefined;
}

/** An order as it is written to the socket. */
export interface WrittenOrder {
  readonly payload: OrderPayload;
  readonly orderRef: string;
  readonly orderId: number;
  readonly account: string;
  readonly epoch: number;
  /**
   * Order id of the bracket's parent: the child works only once the parent has filled completely, and ends with it. A modify replaces the
   * whole order, so it carries the parent as the broker shows it: without it the order would leave its bracket.
   */
  readonly parentId?: number;
}

/** The broker for the order path. Every method is synchronous or one round trip; policy lives in the activities. */
export interface BrokerOrders {
  /** Next order id of this client: max(nextValidId, ids seen, `floor` + 1). Reserved by the call. */
  allocateOrderId(floor: number): number;
  /**
   * Writes the order to the socket in the tick of the call, or throws without writing: BROKER_UNREACHABLE when the
   * session is not usable or `epoch` is not the current one. `account` and `orderRef` are set explicitly.
   */
  place(
    order: WrittenOrder & {
      /** False: the broker holds it until the last order of its bracket comes. Default true. */
      readonly transmit?: boolean;
    },
  ): void;
  /**
   * Same call as `place` with the id of a live order: a modify. It carries the contract as openOrder described it in this session, since
   * IB answers 105 to a combo sent as it was placed. Throws BROKER_UNREACHABLE, without writing, while `modifyBlocked` and before the
   * order has been described.
   */
  modify(order: WrittenOrder): void;
  /** Whether openOrder has described this client's order in the present session. */
  isDescribed(orderId: number): boolean;
  cancel(orderId: number, epoch: number): void;
  on(listener: (event: OrderEvent) => void): () => void;
  /** All clients' open orders, to the end marker. */
  openOrders(): Promise<Complete<BrokerOrder>>;
  completedOrders(): Promise<Complete<BrokerOrder>>;
  /** Executions since midnight, and the commissions that came with them. */
  executions(): Promise<Complete<Fill>>;
  whatIf(payload: OrderPayload, account: string): Promise<WhatIf>;
  /**
   * Writes the instruction to exercise a long option in the tick of the call, or throws BROKER_UNREACHABLE without writing. The broker
   * answers at once only that it will do so overnight, or why not; `silent`: no answer came in time.
   */
  exercise(instruction: {
    readonly conId: number;
    readonly symbol: string;
    readonly contracts: number;
    readonly account: string;
    readonly epoch: number;
    /** Exercise although the option is out of the money. */
    readonly override: boolean;
  }): Promise<ExerciseAnswer>;
}

export interface Broker {
  readonly clock: MarketClock;
  readonly quotes: QuotesHub;
  readonly orders: BrokerOrders;
  state(): SessionState;
  /** Called on every change of the session's state. */
  onState(listener: (state: SessionState) => void): () => void;
  /**
   * A full reqCurrentTime round trip within `timeoutMs`; throws BROKER_UNREACHABLE otherwise. The session is dropped only after 5 s
   * without an answer: slow is not dead.
   */
  probe(timeoutMs: number): Promise<void>;
  /** Ends the present session and reconnects with a new client object: the old one can no longer write. */
  reset(reason: string): void;
  /** Marks the present epoch as reconciled and open orders as read. */
  markReconciled(epoch: number): void;
  underlying(symbol: string): Promise<Underlying>;
  optionClasses(underlying: Underlying): Promise<readonly ListedClass[]>;
  /** Details of listed options by terms; terms that are not listed are absent from the answer. */
  qualify(underlying: Underlying, terms: readonly OptionTerms[]): Promise<readonly OptionDetails[]>;
  /** Details by contract id (for positions read from the database). */
  details(conIds: readonly number[]): Promise<readonly OptionDetails[]>;
  positions(): Promise<Complete<BrokerPosition>>;
  /** Called when a position changed after it was listed on the present connection; must only enqueue. */
  onPosition(listener: (change: PositionChange) => void): () => void;
  accountSummary(): Promise<AccountSummary>;
  /** Undefined where the broker has no figures. */
  positionPnl(conId: number): Promise<PositionPnl | undefined>;
  /**
   * Greeks of an option at given prices of it and of its underlying, per share, by the broker's calculator; undefined where it has none.
   */
  calculateGreeks(
    contract: OptionContract,
    at: { readonly price: Micros; readonly underlying: Micros },
  ): Promise<Greeks | undefined>;
  /** Daily bars up to now, oldest first: `TRADES` or the underlying's `OPTION_IMPLIED_VOLATILITY`. */
  dailyBars(
    underlying: Underlying,
    what: 'TRADES' | 'OPTION_IMPLIED_VOLATILITY',
    days: number,
  ): Promise<readonly DailyBar[]>;
  /** Minute closes of the last session hours, oldest first: market time (epoch ms) and price. */
  minuteBars(
    underlying: Underlying,
    minutes: number,
  ): Promise<readonly { readonly at: number; readonly close: Micros }[]>;
  close(): Promise<void>;
}

export interface BrokerOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  /** Live guard: ports and accounts that may be used, and whether live is allowed at all. */
  readonly guard: {
    readonly allowedHosts: readonly string[];
    readonly allowedPorts: readonly number[];
    readonly accounts: readonly string[];
    readonly live: boolean;
  };
  /** Stepped gateways only: the control interface that moves its clock. */
  readonly control?: { readonly host: string; readonly port: number };
  readonly lineLimit: number;
  readonly probePeriodMs: number;
  readonly requestTimeoutMs: number;
  /** Structured log lines; account ids are redacted before this is called. */
  readonly log: Log;
}

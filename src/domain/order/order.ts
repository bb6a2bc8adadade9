/** An order as Legwork means it, before its translation into the broker's fields. */
import type { OrderRole } from '../ids.js';
import type { Micros } from '../money.js';
import type { LegAction, OptionContract } from '../option.js';

/** Opening orders pass every gate; reducing ones skip those that could block an exit. */
export type OrderPurpose = 'OPEN' | 'REDUCE';

/** Shares of the underlying, which a position holds only after an assignment or an exercise. */
export interface StockContract {
  readonly secType: 'STK';
  /** The broker's id of the contract. */
  readonly conId: number;
  readonly symbol: string;
}

export type OrderContract = OptionContract | StockContract;

export function isStock(contract: OrderContract): contract is StockContract {
  return 'secType' in contract;
}

export interface OrderLeg {
  readonly contract: OrderContract;
  /** Action within one unit of the order, which itself is always a BUY for combos. */
  readonly action: LegAction;
  readonly ratio: number;
}

export function optionLegs(legs: readonly OrderLeg[]): readonly (OrderLeg & { readonly contract: OptionContract })[] {
  return legs.flatMap((leg) => (isStock(leg.contract) ? [] : [{ ...leg, contract: leg.contract }]));
}

/** As people read it: `SPY 20260417 618 PUT`, or `shares of SPY`. */
export function contractName(contract: OrderContract): string {
  if (isStock(contract)) return `shares of ${contract.symbol}`;
  const { symbol, expiry, strike, right } = contract;
  return `${symbol} ${expiry} ${strike} ${right}`;
}

/** A price of the underlying that activates an order: at or above `price` when `isMore`, else at or below it. */
export interface PriceCondition {
  readonly conId: number;
  readonly exchange: string;
  readonly isMore: boolean;
  readonly price: Micros;
}

/**
 * One order. More than one leg: a BAG with action BUY and a signed net price (negative: we receive). One leg: an option
 * order, or one for shares, with the leg's own action and a positive price.
 */
export interface OrderPayload {
  readonly positionId: string;
  readonly step: number;
  readonly role: OrderRole;
  readonly purpose: OrderPurpose;
  readonly symbol: string;
  readonly legs: readonly OrderLeg[];
  /** Combos, contracts of the single leg, or shares. */
  readonly quantity: number;
  readonly orderType: 'LMT' | 'MKT' | 'STP LMT';
  /** Signed limit in the broker's sense: what we pay per share of the combo; negative: we receive. */
  readonly limitPrice?: Micros;
  readonly stopPrice?: Micros;
  readonly tif: 'GTD' | 'DAY' | 'GTC';
  /** End of a GTD order, market time, epoch ms. */
  readonly goodTill?: number;
  readonly ocaGroup?: string;
  /** Held at the broker until one of these conditions is met. */
  readonly conditions?: readonly PriceCondition[];
}

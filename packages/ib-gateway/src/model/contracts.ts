/** Contracts as the gateway lists them, and their details. */

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

/** The part of `reqContractDetails` that is not in the contract itself. */
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
  /** HH:MM in the contract's zone, options and futures only. */
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

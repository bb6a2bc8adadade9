/** Market data of a contract: quotes, Greeks, bars, dividends. */

/** The contents of one market-data line. A missing bid or ask is `undefined` (the wire sends -1 with size 0). */
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

/**
 * The listed option classes: how they settle, when they trade, and the steps of their strikes and prices.
 *
 * Ticks and hours as in the exchanges' rules: SPY, QQQ and IWM trade in cents at every price, SPX in 0.05 below 3.00 and 0.10
 * above; funds and indices trade to 16:15, an expiring SPXW or XSP only to 16:00.
 */

/** Strikes in steps of `step` within `within` of the reference price (0.25 = 25 %). */
export interface StrikeBand {
  readonly step: number;
  readonly within: number;
  /** Only expiries at most this many days away have the band. */
  readonly days: number;
}

export interface OptionClass {
  /** Part of the contract id: 2-15, not 6; it never changes. */
  readonly number: number;
  readonly tradingClass: string;
  readonly symbol: string;
  readonly style: 'american' | 'european';
  readonly settlement: 'AM' | 'PM';
  /** `daily`: every trading day near, Fridays further; `weekly`: Fridays; `monthly`: third Fridays only. */
  readonly listing: 'daily' | 'weekly' | 'monthly';
  readonly strikeUnit: number;
  readonly bands: readonly StrikeBand[];
  /** Trades until fifteen minutes after the stock close. */
  readonly late: boolean;
  /** On the expiry day trading stops with the stock close even so. */
  readonly expiresAtClose: boolean;
  readonly marketRule: number;
  readonly minTick: number;
  readonly exchanges: readonly string[];
  /** Half spread in dollars = base + slope x price + vegaShare x vega. */
  readonly spread: { readonly base: number; readonly slope: number; readonly vegaShare: number };
  /** Typical open interest near the money. */
  readonly openInterest: number;
  /** Typical size at the quote near the money. */
  readonly size: number;
  /** Listed only where the scenario has `adjustedClasses`: another deliverable, or flexible terms, under the usual multiplier. */
  readonly adjusted?: true;
}

const FUND_EXCHANGES = ['SMART', 'AMEX', 'CBOE', 'PHLX', 'PSE', 'ISE', 'BOX', 'BATS', 'NASDAQOM', 'MIAX'];
const INDEX_EXCHANGES = ['SMART', 'CBOE'];
const ALWAYS = Number.POSITIVE_INFINITY;

const FUND = {
  style: 'american',
  settlement: 'PM',
  listing: 'daily',
  strikeUnit: 0.5,
  late: true,
  expiresAtClose: false,
  marketRule: 26,
  minTick: 0.01,
  exchanges: FUND_EXCHANGES,
} as const;
const STOCK = { ...FUND, listing: 'weekly', late: false, expiresAtClose: true, marketRule: 239 } as const;
const INDEX = {
  style: 'european',
  late: true,
  expiresAtClose: true,
  marketRule: 110,
  minTick: 0.05,
  exchanges: INDEX_EXCHANGES,
  strikeUnit: 5,
  bands: [
    { step: 5, within: 0.12, days: 120 },
    { step: 25, within: 0.5, days: ALWAYS },
    { step: 100, within: 0.65, days: ALWAYS },
  ],
  spread: { base: 0.05, slope: 0.002, vegaShare: 0.02 },
  openInterest: 4000,
  size: 40,
} as const;

export const OPTION_CLASSES: readonly OptionClass[] = [
  {
    ...FUND,
    number: 13,
    tradingClass: '2SPY',
    symbol: 'SPY',
    listing: 'monthly',
    bands: [{ step: 5, within: 0.25, days: ALWAYS }],
    spread: { base: 0.05, slope: 0.01, vegaShare: 0.05 },
    openInterest: 10,
    size: 5,
    adjusted: true,
  },
  {
    ...FUND,
    number: 2,
    tradingClass: 'SPY',
    symbol: 'SPY',
    bands: [
      { step: 1, within: 0.25, days: 200 },
      { step: 5, within: 0.6, days: ALWAYS },
    ],
    spread: { base: 0.005, slope: 0.0012, vegaShare: 0.01 },
    openInterest: 9000,
    size: 300,
  },
  {
    ...FUND,
    number: 3,
    tradingClass: 'QQQ',
    symbol: 'QQQ',
    bands: [
      { step: 1, within: 0.25, days: 200 },
      { step: 5, within: 0.6, days: ALWAYS },
    ],
    spread: { base: 0.005, slope: 0.0015, vegaShare: 0.012 },
    openInterest: 6000,
    size: 200,
  },
  {
    ...FUND,
    number: 4,
    tradingClass: 'IWM',
    symbol: 'IWM',
    bands: [
      { step: 1, within: 0.3, days: 200 },
      { step: 5, within: 0.6, days: ALWAYS },
    ],
    spread: { base: 0.005, slope: 0.002, vegaShare: 0.015 },
    openInterest: 5000,
    size: 200,
  },
  { ...INDEX, number: 5, tradingClass: 'SPX', symbol: 'SPX', settlement: 'AM', listing: 'monthly' },
  { ...INDEX, number: 7, tradingClass: 'SPXW', symbol: 'SPX', settlement: 'PM', listing: 'daily' },
  {
    ...INDEX,
    number: 8,
    tradingClass: 'XSP',
    symbol: 'XSP',
    settlement: 'PM',
    listing: 'daily',
    strikeUnit: 0.5,
    bands: [
      { step: 1, within: 0.2, days: 120 },
      { step: 5, within: 0.6, days: ALWAYS },
    ],
    marketRule: 26,
    minTick: 0.01,
    spread: { base: 0.015, slope: 0.003, vegaShare: 0.02 },
    openInterest: 800,
    size: 60,
  },
  {
    ...STOCK,
    number: 9,
    tradingClass: 'AAPL',
    symbol: 'AAPL',
    bands: [
      { step: 2.5, within: 0.3, days: 120 },
      { step: 5, within: 0.7, days: ALWAYS },
    ],
    spread: { base: 0.008, slope: 0.004, vegaShare: 0.02 },
    openInterest: 3000,
    size: 80,
  },
  {
    ...STOCK,
    number: 10,
    tradingClass: 'MSFT',
    symbol: 'MSFT',
    bands: [
      { step: 2.5, within: 0.2, days: 30 },
      { step: 5, within: 0.7, days: ALWAYS },
    ],
    spread: { base: 0.012, slope: 0.006, vegaShare: 0.025 },
    openInterest: 1500,
    size: 50,
  },
  {
    ...STOCK,
    number: 11,
    tradingClass: 'META',
    symbol: 'META',
    bands: [
      { step: 2.5, within: 0.1, days: 60 },
      { step: 5, within: 0.5, days: ALWAYS },
      { step: 10, within: 0.7, days: ALWAYS },
    ],
    spread: { base: 0.015, slope: 0.006, vegaShare: 0.03 },
    openInterest: 1500,
    size: 40,
  },
  {
    ...STOCK,
    number: 12,
    tradingClass: 'AMC',
    symbol: 'AMC',
    bands: [
      { step: 0.5, within: 1, days: ALWAYS },
      { step: 1, within: 4, days: ALWAYS },
    ],
    spread: { base: 0.01, slope: 0.02, vegaShare: 0.1 },
    openInterest: 3000,
    size: 200,
  },
  {
    ...STOCK,
    number: 14,
    tradingClass: 'BRKB',
    symbol: 'BRK B',
    bands: [
      { step: 2.5, within: 0.15, days: 60 },
      { step: 5, within: 0.5, days: ALWAYS },
    ],
    spread: { base: 0.02, slope: 0.006, vegaShare: 0.03 },
    openInterest: 1200,
    size: 30,
  },
];

export const CLASS_BY_NUMBER: ReadonlyMap<number, OptionClass> = new Map(
  OPTION_CLASSES.map((listed) => [listed.number, listed]),
);

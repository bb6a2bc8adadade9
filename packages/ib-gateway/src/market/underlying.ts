/** The market's data of an underlying before a scenario changes it. */
import type { SecType } from '../model.js';
import type { Smile } from './surface.js';

/** Regular dividends: one in each of the months, ex on the n-th weekday (moved to a trading day), a share of the price. */
export interface DividendRule {
  readonly months: readonly number[];
  readonly weekday: number;
  readonly nth: number;
  readonly share: number;
}

export interface Underlying {
  readonly symbol: string;
  readonly conId: number;
  readonly secType: SecType;
  readonly exchange: string;
  readonly primaryExchange: string;
  readonly currency: string;
  readonly longName: string;
  readonly stockType?: string;
  readonly industry?: string;
  readonly category?: string;
  readonly subcategory?: string;
  readonly spot: number;
  /** The price is this multiple of another underlying's; it has no path of its own. */
  readonly follows?: { readonly symbol: string; readonly factor: number };
  /** 30-day volatility over the market's, that of SPX. */
  readonly ivRatio: number;
  readonly correlation: number;
  /** Elasticity of its volatility to the market's. */
  readonly volBeta: number;
  /** Yearly volatility of its own part of ln(iv). */
  readonly ownVolOfVol: number;
  readonly smile: Smile;
  /** Continuous yield of an index, per year. */
  readonly yield: number;
  readonly dividends?: DividendRule;
  readonly minTick: number;
  readonly marketRule: number;
  /** Half of the quoted spread in a calm market, dollars; undefined: no bid and ask, as for an index. */
  readonly halfSpread?: number;
  readonly dailyVolume: number;
  /** First date of history, YYYYMMDD hh:mm UTC as epoch seconds. */
  readonly headTimestamp: number;
}

export const INDEX_SMILE: Smile = { rho: -0.75, eta: 0.7 };
/** Quoted in cents at every price. */
export const CENT_TICK = { minTick: 0.01, marketRule: 26 } as const;

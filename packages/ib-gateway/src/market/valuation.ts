/**
 * Values at a time: prices of underlyings, their volatility, the value and Greeks of options.
 */

import {
  type BlackScholesGreeks,
  type BlackScholesInput,
  blackScholesGreeks,
  blackScholesPrice,
} from './black-scholes.js';
import type { OptionListing } from './contracts.js';
import type { Dividends } from './dividends.js';
import type { Events } from './events.js';
import { exp, floor, log, max, min, sqrt } from './math.js';
import type { ResolvedUnderlying } from './resolve.js';
import type { MarketScenario } from './scenario.js';
import type { SpotPath } from './spot-path.js';
import { baseVariance, indexRatio, smileVariance, THIRTY_DAYS_YEARS } from './surface.js';
import type { Timeline } from './timeline.js';
import type { VolatilityPath } from './volatility-path.js';

const YEAR_MS = 365 * 86_400_000;
const THIRTY_DAYS_MS = 30 * 86_400_000;
const TERM_SPEED = 3;
const LOWEST_IV = 0.02;
/** Spacing in ln(variance) of the table of index ratios. */
const RATIO_STEP = 0.25;

export interface OptionValue extends BlackScholesGreeks {
  readonly volatility: number;
  readonly spot: number;
  readonly pvDividend: number;
  /** Standard deviations from the forward to the strike. */
  readonly distance: number;
  readonly years: number;
}

type Inputs = { -readonly [Key in keyof BlackScholesInput]: BlackScholesInput[Key] } & { dividend: number };

export class Valuation {
  readonly #ratios = new Map<number, number>();
  readonly #inputs: Inputs = {
    right: 'C',
    forward: 0,
    spot: 0,
    strike: 0,
    years: 0,
    volatility: 0,
    rate: 0,
    dividend: 0,
  };

  constructor(
    readonly scenario: MarketScenario,
    readonly timeline: Timeline,
    readonly spots: SpotPath,
    readonly volatility: VolatilityPath,
    readonly dividends: Dividends,
    readonly events: Events,
    readonly underlyings: ReadonlyMap<string, ResolvedUnderlying>,
  ) {}

  /** 30-day implied volatility without scheduled events, per year. */
  #baseIv(underlying: ResolvedUnderlying, at: number): number {
    const leader = underlying.follows ? (this.underlyings.get(underlying.follows.symbol) ?? underlying) : underlying;
    const position = this.timeline.position(at);
    const logRatio = this.volatility.log(leader.symbol, position) + this.events.logIv(leader.symbol, at);
    return max(LOWEST_IV, leader.iv30 * exp(logRatio) + this.events.overrideIv(leader.symbol, at));
  }

  #variance(underlying: ResolvedUnderlying, at: number, until: number): number {
    const term = { iv30: this.#baseIv(underlying, at), longIv: underlying.longIv, speed: TERM_SPEED };
    return baseVariance(term, (until - at) / YEAR_MS) + this.events.scheduledVariance(underlying.symbol, at, until);
  }

  /** 30-day at-the-money implied volatility as the broker shows it (generic tick 106), scheduled events included. */
  iv30(underlying: ResolvedUnderlying, at: number): number {
    return sqrt(this.#variance(underlying, at, at + THIRTY_DAYS_MS) / THIRTY_DAYS_YEARS);
  }

  /** A volatility index: the 30-day variance-swap rate of SPX in points. */
  #volatilityIndex(at: number): number {
    const spx = this.underlyings.get('SPX');
    if (!spx) throw new RangeError('SPX is not listed');
    const iv = this.iv30(spx, at);
    const place = log(iv * iv * THIRTY_DAYS_YEARS) / RATIO_STEP;
    const left = floor(place);
    const share = place - left;
    const ratio = this.#ratio(spx, left) * (1 - share) + this.#ratio(spx, left + 1) * share;
    return 100 * iv * ratio * this.events.overrideSpot('VIX', at) * exp(this.events.logSpot('VIX', at));
  }

  #ratio(spx: ResolvedUnderlying, step: number): number {
    let ratio = this.#ratios.get(step);
    if (ratio === undefined) {
      ratio = indexRatio(spx.smile, exp(step * RATIO_STEP));
      this.#ratios.set(step, ratio);
    }
    return ratio;
  }

  /** Price of an underlying in dollars, unrounded. */
  spot(underlying: ResolvedUnderlying, at: number): number {
    if (underlying.symbol === 'VIX') return this.#volatilityIndex(at);
    const leader = underlying.follows ? this.underlyings.get(underlying.follows.symbol) : underlying;
    if (!leader) throw new RangeError(`${underlying.symbol} follows nothing`);
    const path = this.spots.price(leader.symbol, this.timeline.position(at));
    const events = exp(this.events.logSpot(leader.symbol, at)) * this.events.overrideSpot(leader.symbol, at);
    return path * events * (underlying.follows?.factor ?? 1);
  }

  /** Forward price of an underlying for a time, dollars. */
  forward(underlying: ResolvedUnderlying, at: number, until: number): number {
    const years = max(0, until - at) / YEAR_MS;
    const kept = this.dividends.kept(underlying.symbol, at, until);
    return this.spot(underlying, at) * kept * exp((this.scenario.rate - underlying.yield) * years);
  }

  /**
   * The inputs of the pricing formula, written into one reused object: nothing else of a quote is computed as often.
   */
  #fill(listing: OptionListing, at: number): Inputs {
    const { underlying, strike, right, settlesAt } = listing;
    const inputs = this.#inputs;
    const time = min(at, settlesAt);
    const spot = this.spot(underlying, time);
    const years = (settlesAt - time) / YEAR_MS;
    const kept = this.dividends.kept(underlying.symbol, time, settlesAt);
    inputs.right = right;
    inputs.strike = strike;
    inputs.spot = spot;
    inputs.rate = this.scenario.rate;
    inputs.years = years;
    inputs.forward = spot * kept * exp((this.scenario.rate - underlying.yield) * years);
    inputs.dividend = spot * (1 - kept);
    inputs.volatility = 0;
    if (years > 0) {
      const theta = this.#variance(underlying, time, settlesAt);
      inputs.volatility = sqrt(smileVariance(underlying.smile, theta, log(strike / inputs.forward)) / years);
    }
    return inputs;
  }

  /** Value of an option in dollars per share; after settlement, its payoff. */
  optionPrice(listing: OptionListing, at: number): number {
    return blackScholesPrice(this.#fill(listing, at));
  }

  /** Value and Greeks of an option. */
  option(listing: OptionListing, at: number): OptionValue {
    const inputs = this.#fill(listing, at);
    const { price, delta, gamma, vega, theta } = blackScholesGreeks(inputs);
    const { volatility, spot, years, dividend, strike, forward } = inputs;
    const deviation = volatility * sqrt(years);
    const distance = deviation > 0 ? log(strike / forward) / deviation : 0;
    return { price, delta, gamma, vega, theta, volatility, spot, pvDividend: dividend, distance, years };
  }
}

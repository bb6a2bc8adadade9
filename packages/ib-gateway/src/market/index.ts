/**
 * The market of the simulated gateway: contracts, quotes and history as pure functions of seed, scenario and time.
 *
 * The same question always has the same answer, in whatever order or steps; caches only save work. The only exceptions are `override`
 * and `quoteFault`, which change the market while it runs.
 */
import { Bars } from './bars.js';
import { Books } from './book.js';
import { Dividends } from './dividends.js';
import { Events } from './events.js';
import { Factors } from './factors.js';
import { Listings } from './listings.js';
import { Quotes } from './quotes.js';
import { resolveUnderlyings } from './resolve.js';
import type { MarketScenario } from './scenario.js';
import { SimulatedMarket } from './simulated-market.js';
import { SpotPath } from './spot-path.js';
import { Timeline } from './timeline.js';
import { Trades } from './trades.js';
import { Valuation } from './valuation.js';
import { VolatilityPath } from './volatility-path.js';

export type { SimulatedMarket } from './simulated-market.js';

export interface MarketOptions {
  /** Any integer; the same seed and scenario give the same market. */
  readonly seed: number;
  /** Epoch ms at which the given levels hold. */
  readonly start: number;
  readonly scenario: MarketScenario;
}

/**
 * Makes a market. Throws RangeError when the scenario names a symbol that is not listed. American options are priced with
 * the European formula (see black-scholes.ts).
 */
export function createMarket(options: MarketOptions): SimulatedMarket {
  const { seed, start, scenario } = options;
  const timeline = new Timeline(start);
  const underlyings = resolveUnderlyings(scenario);
  const events = new Events(scenario, timeline, underlyings);
  const dividends = new Dividends(scenario, timeline, underlyings);
  const factors = new Factors(seed, timeline, scenario.gapShare);
  const volatility = new VolatilityPath(scenario, timeline, factors, events, underlyings);
  const spots = new SpotPath(scenario, timeline, factors, volatility, dividends, events, underlyings);
  const valuation = new Valuation(scenario, timeline, spots, volatility, dividends, events, underlyings);
  const books = new Books(seed, valuation, events, scenario.spreadFactor);
  const quotes = new Quotes(seed, timeline, events, valuation, books, new Trades(seed, timeline, books, events));
  const bars = new Bars(timeline, valuation, books);
  const listings = new Listings(start, underlyings, scenario);
  return new SimulatedMarket({ timeline, events, dividends, valuation, books, quotes, bars, listings });
}

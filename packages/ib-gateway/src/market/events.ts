/**
 * Scripted events and live overrides, as functions of time: factors on prices, volatility and spreads.
 */
import { progress, type Ramp, rampsOf } from './event-ramps.js';
import { type MarketOverride, Overrides } from './overrides.js';
import type { ResolvedUnderlying } from './resolve.js';
import type { MarketEvent, MarketScenario } from './scenario.js';
import type { Timeline } from './timeline.js';

interface Interval {
  readonly symbols: readonly string[] | undefined;
  readonly from: number;
  readonly to: number;
  readonly factor: number;
}

interface Earnings {
  readonly at: number;
  readonly variance: number;
}

/** Symbols that market-wide events leave alone: VIX follows SPX, and a currency is not part of the stock market. */
const APART = new Set(['VIX', 'EUR']);

function namedSymbols(event: MarketEvent): readonly string[] {
  return 'symbol' in event ? [event.symbol] : (event.symbols ?? []);
}

export class Events {
  readonly #leaders = new Map<string, string>();
  readonly #ramps = new Map<string, Ramp[]>();
  readonly #earnings = new Map<string, Earnings[]>();
  readonly #overrides = new Overrides();
  readonly #halts: Interval[] = [];
  readonly #spreads: Interval[] = [];
  readonly #noises: Interval[] = [];

  constructor(
    scenario: MarketScenario,
    readonly timeline: Timeline,
    underlyings: ReadonlyMap<string, ResolvedUnderlying>,
  ) {
    for (const [symbol, { follows }] of underlyings) this.#leaders.set(symbol, follows?.symbol ?? symbol);
    for (const symbol of scenario.events.flatMap(namedSymbols)) this.#leader(symbol);
    const ramps = scenario.events.flatMap((event) => rampsOf(event, timeline, scenario.spotVolResponse));
    for (const symbol of underlyings.keys()) {
      this.#ramps.set(
        symbol,
        ramps.filter((ramp) => this.#concerns(ramp.symbols, symbol)),
      );
    }
    for (const event of scenario.events) this.#keep(event);
  }

  /** An event of a follower is an event of its leader: XSP is SPX. */
  #leader(symbol: string): string {
    const leader = this.#leaders.get(symbol);
    if (!leader) throw new RangeError(`the market lists no underlying ${symbol}`);
    return leader;
  }

  #concerns(symbols: readonly string[] | undefined, symbol: string): boolean {
    const leader = this.#leader(symbol);
    return symbols ? symbols.some((named) => this.#leader(named) === leader) : !APART.has(leader);
  }

  #keep(event: MarketEvent): void {
    const { timeline } = this;
    if (event.kind === 'earnings') {
      const leader = this.#leader(event.symbol);
      const list = this.#earnings.get(leader) ?? [];
      list.push({ at: timeline.moment(event.at), variance: event.expectedMove ** 2 });
      this.#earnings.set(leader, list);
    } else if (event.kind === 'spread' || event.kind === 'noise' || event.kind === 'halt') {
      const factor = event.kind === 'halt' ? 0 : event.factor;
      const interval = {
        symbols: event.symbols,
        from: timeline.moment(event.from),
        to: timeline.moment(event.to),
        factor,
      };
      const list = { spread: this.#spreads, noise: this.#noises, halt: this.#halts }[event.kind];
      list.push(interval);
    }
  }

  /** Logarithm of the factor that events put on a price. */
  logSpot(symbol: string, at: number): number {
    let sum = 0;
    for (const ramp of this.#ramps.get(symbol) ?? []) {
      if (at >= ramp.from && ramp.logSpot !== 0) sum += ramp.logSpot * progress(ramp, at, this.timeline);
    }
    return sum;
  }

  /** Logarithm of the factor that events put on implied volatility. */
  logIv(symbol: string, at: number): number {
    let sum = 0;
    for (const ramp of this.#ramps.get(symbol) ?? []) {
      if (at >= ramp.from && ramp.logIv !== 0) sum += ramp.logIv * progress(ramp, at, this.timeline);
    }
    return sum;
  }

  /** Variance of scheduled events after `at` and up to `until`. */
  scheduledVariance(symbol: string, at: number, until: number): number {
    let sum = 0;
    if (this.#earnings.size === 0) return 0;
    for (const event of this.#earnings.get(this.#leader(symbol)) ?? [])
      if (event.at > at && event.at <= until) sum += event.variance;
    return sum;
  }

  /** Factor on random moves; without a symbol, on those of the market's volatility. */
  noise(symbol: string | undefined, at: number): number {
    let factor = 1;
    for (const interval of this.#noises) {
      const named = symbol === undefined ? interval.symbols === undefined : this.#concerns(interval.symbols, symbol);
      if (named && at >= interval.from && at < interval.to) factor *= interval.factor;
    }
    return factor;
  }

  /** Factor on quoted spreads. */
  spread(symbol: string, at: number): number {
    let factor = 1;
    for (const interval of this.#spreads) {
      if (at >= interval.from && at < interval.to && this.#concerns(interval.symbols, symbol))
        factor *= interval.factor;
    }
    return factor;
  }

  /** Start of the halt that a time lies in. */
  haltedSince(symbol: string, at: number): number | undefined {
    for (const halt of this.#halts) {
      if (at >= halt.from && at < halt.to && this.#concerns(halt.symbols, symbol)) return halt.from;
    }
    return undefined;
  }

  /** Adds an override. Throws RangeError for a symbol that is not listed. */
  override(change: MarketOverride): void {
    this.#overrides.add(change.symbol === '*' ? change : { ...change, symbol: this.#leader(change.symbol) });
  }

  /** Product of the overrides' factors on a price. */
  overrideSpot(symbol: string, at: number): number {
    return this.#overrides.isEmpty ? 1 : this.#overrides.spotFactor(this.#leader(symbol), !APART.has(symbol), at);
  }

  /** Sum of the overrides' shifts of implied volatility. */
  overrideIv(symbol: string, at: number): number {
    return this.#overrides.isEmpty ? 0 : this.#overrides.ivShift(this.#leader(symbol), !APART.has(symbol), at);
  }
}

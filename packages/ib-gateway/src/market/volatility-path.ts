/**
 * Implied volatility over time: one market factor that every underlying follows with its own elasticity.
 *
 * After the start the logarithm of the market's volatility reverts to its level at the start; before it, it is the shaped
 * history. Values are logarithms relative to the start.
 */

import type { Events } from './events.js';
import type { DayMove, Factors } from './factors.js';
import { historyAt, ivHistory } from './iv-history.js';
import { max, min, sqrt } from './math.js';
import type { ResolvedUnderlying } from './resolve.js';
import type { MarketScenario } from './scenario.js';
import { DAY_YEARS, type Position, type Timeline } from './timeline.js';

/** Volatility of volatility in the history, whatever the scenario does later. */
const HISTORY_VOL_OF_VOL = 0.85;
const ROOT_DAY = sqrt(DAY_YEARS);
const OWN_REVERSION = 8;

interface MarketDay {
  readonly open: number;
  readonly close: number;
  /** Standard deviation of ln(iv) over a day. */
  readonly scale: number;
  /** The day's move in standard units, for paths that are correlated with it. */
  readonly move: DayMove;
}

export class VolatilityPath {
  readonly #later: MarketDay[] = [];
  readonly #own = new Map<string, number[]>();
  readonly #histories = new Map<string, Float64Array>();
  readonly #startMarket: number;
  readonly #startOwn = new Map<string, number>();
  readonly #start: Position | undefined;

  constructor(
    readonly scenario: MarketScenario,
    readonly timeline: Timeline,
    readonly factors: Factors,
    readonly events: Events,
    readonly underlyings: ReadonlyMap<string, ResolvedUnderlying>,
  ) {
    const begun = timeline.start >= timeline.at(0).openAt;
    this.#start = begun ? timeline.position(timeline.start) : undefined;
    this.#startMarket = this.#start ? this.#raw(this.#start) : 0;
    for (const symbol of underlyings.keys()) {
      this.#startOwn.set(symbol, this.#start ? this.#ownRaw(symbol, this.#start) : 0);
    }
  }

  /** The market's day after the start, before the shift that makes the start zero. */
  #day(index: number): MarketDay {
    const { scenario, factors, timeline } = this;
    while (this.#later.length <= index) {
      const today = this.#later.length;
      const previous = this.#later[today - 1]?.close ?? 0;
      const day = timeline.at(today);
      const scale = scenario.volOfVol * this.events.noise(undefined, (day.openAt + day.closeAt) / 2) * ROOT_DAY;
      const plain = factors.move('iv', today);
      const move = { overnight: plain.overnight * factors.gap(today), session: plain.session };
      const open = previous + scale * move.overnight;
      const close = open - scenario.meanReversion * DAY_YEARS * previous + scale * move.session;
      this.#later.push({ open, close, scale, move });
    }
    const found = this.#later[index];
    if (!found) throw new RangeError(`no market day ${index}`);
    return found;
  }

  #raw(at: Position): number {
    const day = this.#day(at.index);
    return day.open + (day.close - day.open) * this.factors.progress(at) + day.scale * this.factors.bridge('iv', at);
  }

  /** An underlying's own part of ln(iv): daily values joined by lines. */
  #ownRaw(symbol: string, at: Position): number {
    const volOfVol = this.underlyings.get(symbol)?.ownVolOfVol ?? 0;
    if (volOfVol === 0 || this.scenario.volOfVol === 0) return 0;
    let closes = this.#own.get(symbol);
    if (!closes) {
      closes = [];
      this.#own.set(symbol, closes);
    }
    while (closes.length <= at.index) {
      const previous = closes.at(-1) ?? 0;
      const shock = volOfVol * ROOT_DAY * this.factors.normal(`own iv ${symbol}`, closes.length);
      closes.push(previous * (1 - OWN_REVERSION * DAY_YEARS) + shock);
    }
    const before = closes[at.index - 1] ?? 0;
    return before + ((closes[at.index] ?? 0) - before) * this.factors.progress(at);
  }

  #historyOf(symbol: string): Float64Array {
    let history = this.#histories.get(symbol);
    if (!history) {
      const underlying = this.underlyings.get(symbol);
      if (!underlying) throw new RangeError(`no underlying ${symbol}`);
      history = ivHistory(this.factors.seed, symbol, {
        rank: underlying.ivRank,
        range: underlying.ivRange,
        last: -underlying.volBeta * this.#startMarket - (this.#startOwn.get(symbol) ?? 0),
        common: underlying.ownVolOfVol === 0 ? 1 : 0.6,
      });
      this.#histories.set(symbol, history);
    }
    return history;
  }

  /** A day of the history of one underlying. */
  #pastDay(symbol: string, index: number): MarketDay {
    const history = this.#historyOf(symbol);
    const scale = HISTORY_VOL_OF_VOL * ROOT_DAY;
    const previous = historyAt(history, 1 - index);
    const close = historyAt(history, -index);
    const move = this.factors.move('iv', index, max(-4, min(4, (close - previous) / scale)));
    return { open: previous + scale * move.overnight, close, scale, move };
  }

  /** ln(iv / iv at the start) of an underlying, without events. */
  log(symbol: string, at: Position): number {
    if (at.index < 0) {
      const day = this.#pastDay(symbol, at.index);
      return day.open + (day.close - day.open) * this.factors.progress(at) + day.scale * this.factors.bridge('iv', at);
    }
    const beta = this.underlyings.get(symbol)?.volBeta ?? 1;
    return beta * (this.#raw(at) - this.#startMarket) + this.#ownRaw(symbol, at) - (this.#startOwn.get(symbol) ?? 0);
  }

  /** The same at the close of a day, without drawing the day. */
  logClose(symbol: string, index: number): number {
    if (index < 0) return historyAt(this.#historyOf(symbol), -index);
    const end = { index, interval: this.timeline.at(index).intervals - 1, fraction: 1 };
    const beta = this.underlyings.get(symbol)?.volBeta ?? 1;
    return (
      beta * (this.#day(index).close - this.#startMarket) +
      this.#ownRaw(symbol, end) -
      (this.#startOwn.get(symbol) ?? 0)
    );
  }

  /** The market's volatility move of a day in standard units. */
  move(index: number): DayMove {
    return index < 0 ? this.#pastDay('SPX', index).move : this.#day(index).move;
  }
}

/**
 * Prices of the underlyings over time.
 *
 * A day's return is volatility times a standard move that mixes the market's move with the symbol's own; the market moves against its
 * volatility. Paths run forwards and backwards from the start, where every price has its given level.
 */

import type { Dividends } from './dividends.js';
import type { Events } from './events.js';
import type { DayMove, Factors } from './factors.js';
import { exp, sqrt } from './math.js';
import type { ResolvedUnderlying } from './resolve.js';
import type { MarketScenario } from './scenario.js';
import { DAY_YEARS, type Position, type Timeline } from './timeline.js';
import type { VolatilityPath } from './volatility-path.js';

/** Realised over implied volatility before the start, whatever the scenario does later. */
const HISTORY_REALIZED_RATIO = 0.8;
const ROOT_DAY = sqrt(DAY_YEARS);

interface PriceDay {
  /** Logarithms relative to the close before day 0: at the previous close, the open and the close of the day. */
  readonly before: number;
  readonly open: number;
  readonly close: number;
  /** Standard deviation of the day's return. */
  readonly scale: number;
  readonly market: DayMove;
  readonly own: DayMove;
}

export class SpotPath {
  readonly #later = new Map<string, PriceDay[]>();
  readonly #earlier = new Map<string, PriceDay[]>();
  readonly #anchors = new Map<string, number>();
  readonly #against: number;
  readonly #beside: number;

  constructor(
    readonly scenario: MarketScenario,
    readonly timeline: Timeline,
    readonly factors: Factors,
    readonly volatility: VolatilityPath,
    readonly dividends: Dividends,
    readonly events: Events,
    readonly underlyings: ReadonlyMap<string, ResolvedUnderlying>,
  ) {
    this.#against = scenario.spotVolCorrelation;
    this.#beside = sqrt(1 - scenario.spotVolCorrelation ** 2);
  }

  #underlying(symbol: string): ResolvedUnderlying {
    const underlying = this.underlyings.get(symbol);
    if (!underlying) throw new RangeError(`no underlying ${symbol}`);
    return underlying;
  }

  /** The return of a day and its components; `open` and `close` are relative to the previous close. */
  #moves(symbol: string, index: number): PriceDay {
    const { factors, scenario, timeline, events } = this;
    const underlying = this.#underlying(symbol);
    const day = timeline.at(index);
    const previousClose = timeline.at(index - 1).endAt;
    const logIv = this.volatility.logClose(symbol, index - 1) + (index > 0 ? events.logIv(symbol, previousClose) : 0);
    const ratio =
      index < 0
        ? HISTORY_REALIZED_RATIO
        : scenario.realizedRatio * events.noise(symbol, (day.openAt + day.closeAt) / 2);
    const scale = ratio * underlying.iv30 * exp(logIv) * ROOT_DAY;
    const market = this.#market(index);
    const own = factors.move(`own ${symbol}`, index);
    const mix = (common: number, single: number) =>
      underlying.correlation * common + sqrt(1 - underlying.correlation ** 2) * single;
    const open = this.dividends.logKept(symbol, day.day) + scale * mix(market.overnight, own.overnight);
    return { before: 0, open, close: open + scale * mix(market.session, own.session), scale, market, own };
  }

  #market(index: number): DayMove {
    const volatility = this.volatility.move(index);
    const beside = this.factors.move('market', index);
    const gap = this.factors.gap(index);
    return {
      overnight: this.#against * volatility.overnight + this.#beside * beside.overnight * gap,
      session: this.#against * volatility.session + this.#beside * beside.session,
    };
  }

  #day(symbol: string, index: number): PriceDay {
    const list = this.#list(index >= 0 ? this.#later : this.#earlier, symbol);
    const place = index >= 0 ? index : -index - 1;
    while (list.length <= place) {
      const moves = this.#moves(symbol, index >= 0 ? list.length : -list.length - 1);
      const edge = list.at(-1);
      // Later days start from the previous close; earlier days end where the next day starts.
      const before = index >= 0 ? (edge?.close ?? 0) : (edge?.before ?? 0) - moves.close;
      list.push({ ...moves, before, open: before + moves.open, close: before + moves.close });
    }
    const found = list[place];
    if (!found) throw new RangeError(`no price day ${index}`);
    return found;
  }

  #list(lists: Map<string, PriceDay[]>, symbol: string): PriceDay[] {
    let list = lists.get(symbol);
    if (!list) {
      list = [];
      lists.set(symbol, list);
    }
    return list;
  }

  #raw(symbol: string, at: Position): number {
    const day = this.#day(symbol, at.index);
    if (at.interval === 0 && at.fraction === 0) return day.open;
    const { factors } = this;
    const { correlation } = this.#underlying(symbol);
    const progress = factors.progress(at);
    let bridge = correlation * (this.#against * factors.bridge('iv', at) + this.#beside * factors.bridge('market', at));
    if (correlation < 1) bridge += sqrt(1 - correlation ** 2) * factors.bridge(`own ${symbol}`, at);
    return day.open + (day.close - day.open) * progress + day.scale * bridge;
  }

  /** Price in dollars at a position, without events. */
  price(symbol: string, at: Position): number {
    const { spot } = this.#underlying(symbol);
    return spot * exp(this.#raw(symbol, at) - this.#anchor(symbol));
  }

  /** The raw logarithm at the start, where the price has its given level. */
  #anchor(symbol: string): number {
    let anchor = this.#anchors.get(symbol);
    if (anchor === undefined) {
      const begun = this.timeline.start >= this.timeline.at(0).openAt;
      anchor = begun ? this.#raw(symbol, this.timeline.position(this.timeline.start)) : 0;
      this.#anchors.set(symbol, anchor);
    }
    return anchor;
  }
}

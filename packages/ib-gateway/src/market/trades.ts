/**
 * The trades of a day: open, high, low, last, volume and open interest.
 *
 * A contract trades on a beat of its own; a draw puts every trade at bid, ask or between. So the day's figures are the same for every
 * client at any time. They grow trade by trade and are cached for the last requested day.
 */

import type { Books } from './book.js';
import type { Events } from './events.js';
import { roundDown } from './market-rules.js';
import { abs, exp, floor, log, max, min, round } from './math.js';
import { conIdOf, type QuoteMoment, quoteMoment } from './quote-clock.js';
import { normalOf, numberHash, uniformOf } from './random.js';
import type { Instrument } from './sessions.js';
import { GRID_MS, type Timeline } from './timeline.js';

export interface TradedDay {
  readonly last?: number;
  readonly lastSize?: number;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  readonly volume: number;
}

const OPTION_BEAT_MS = 600_000;
const UNDERLYING_BEAT_MS = GRID_MS;
/** Share of the open interest that trades per day. */
const DAILY_TURNOVER = 0.25;
/** Beats of a regular day, 09:30 to 16:15. */
const OPTION_BEATS = 24_300_000 / OPTION_BEAT_MS;
const UNDERLYING_BEATS = 24_300_000 / UNDERLYING_BEAT_MS;

interface Kept {
  readonly index: number;
  readonly beats: number;
  readonly figures: TradedDay;
}

const NOTHING: TradedDay = { volume: 0 };

/** Open interest near the money falls off with distance and time; odd strikes far out have none. */
export function openInterest(seed: number, instrument: Instrument & { kind: 'option' }, distance: number): number {
  const { listed, strike, conId } = instrument.listing;
  const far = abs(distance);
  const roundness = strike % (10 * listed.strikeUnit) === 0 ? 2 : strike % (2 * listed.strikeUnit) === 0 ? 1 : 0.5;
  const spread = exp(0.6 * normalOf(numberHash(seed, conId, 71)));
  const count = floor(listed.openInterest * roundness * spread * exp(-0.5 * (far / 1.6) ** 2));
  return far < 2.5 ? max(100, count) : count < 20 ? 0 : count;
}

export class Trades {
  readonly #kept = new Map<number, Kept>();

  constructor(
    readonly seed: number,
    readonly timeline: Timeline,
    readonly books: Books,
    readonly events: Events,
  ) {}

  /** Clears the caches after the market was changed from outside. */
  clear(): void {
    this.#kept.clear();
  }

  /** The figures of the day of a quote, up to its moment. */
  day(instrument: Instrument, moment: QuoteMoment): TradedDay {
    const conId = conIdOf(instrument);
    const beat = instrument.kind === 'option' ? OPTION_BEAT_MS : UNDERLYING_BEAT_MS;
    const phase = instrument.kind === 'option' ? numberHash(conId, 29) % beat : 0;
    const count = floor((moment.at - moment.openAt - phase) / beat) + 1;
    if (count <= 0) return NOTHING;
    const kept = this.#kept.get(conId);
    // Time mostly goes forward; an earlier moment of the day is counted again from the open.
    const usable = kept && kept.index === moment.index && kept.beats <= count;
    let figures = usable ? kept.figures : NOTHING;
    for (let done = usable ? kept.beats : 0; done < count; done += 1) {
      figures = this.#next(instrument, figures, moment.openAt + phase + done * beat, done);
    }
    this.#kept.set(conId, { index: moment.index, beats: count, figures });
    return figures;
  }

  #next(instrument: Instrument, before: TradedDay, at: number, beat: number): TradedDay {
    const hash = numberHash(this.seed, conIdOf(instrument), this.timeline.dayAt(at).index, beat);
    return instrument.kind === 'option'
      ? this.#optionTrade(instrument, before, at, hash)
      : this.#underlyingTrade(instrument, before, at, hash);
  }

  #optionTrade(instrument: Instrument & { kind: 'option' }, before: TradedDay, at: number, hash: number): TradedDay {
    const moment = quoteMoment(instrument, at, this.timeline, this.events);
    const { bid, ask, value } = this.books.at(instrument, moment);
    const draw = uniformOf(numberHash(hash, 1));
    const perBeat = (openInterest(this.seed, instrument, value?.distance ?? 0) * DAILY_TURNOVER) / OPTION_BEATS;
    // A contract that trades less than once a beat skips beats.
    const size = perBeat < 1 ? (draw < perBeat ? 1 : 0) : round(perBeat * -log(1 - draw));
    if (size === 0 || bid === undefined || ask === undefined || moment.halted) return before;
    const side = uniformOf(numberHash(hash, 2));
    const between = max(bid, roundDown(instrument.listing.listed.marketRule, (bid + ask) / 2));
    const price = side < 0.3 ? bid : side < 0.6 ? ask : between;
    return traded(before, price, size, max(1, round(size / 12)));
  }

  /** Beats lie on the grid of prices, so that no price between two beats exceeds both. */
  #underlyingTrade(instrument: Instrument, before: TradedDay, at: number, hash: number): TradedDay {
    const { underlying } = instrument;
    if (this.events.haltedSince(underlying.symbol, at) !== undefined) return before;
    const price = roundDown(underlying.marketRule, this.books.fair(instrument, at));
    if (underlying.dailyVolume === 0) return traded(before, price, 0, 0);
    const size = max(1, round((underlying.dailyVolume / UNDERLYING_BEATS) * -log(1 - uniformOf(hash))));
    return traded(before, price, size, max(1, round(size / 40)));
  }
}

function traded(before: TradedDay, price: number, size: number, lastSize: number): TradedDay {
  return {
    last: price,
    lastSize,
    open: before.open ?? price,
    high: max(before.high ?? price, price),
    low: min(before.low ?? price, price),
    volume: before.volume + size,
  };
}

/**
 * Standardised random moves of one trading day: overnight, during the session, and the path between.
 *
 * A move is a Brownian motion over night and session with unit variance a day. Between its given start and end the path is a bridge. So
 * daily closes are known without drawing the five-second grid, and the grid is drawn only for days that are sampled closely.
 */
import { MINUTE_MS } from 'market-time';
import { exp, sqrt } from './math.js';
import { fillNormals, normalOf, numberHash, textHash, uniformOf } from './random.js';
import { GRID_MS, LATE_MINUTES, type Position, type Timeline } from './timeline.js';

/** Share of a day's variance that falls between the end of one session and the open of the next. */
const OVERNIGHT_SHARE = 0.25;
const GAP_SIZE = 3;
const LATE_WEIGHT = 0.1;
const CACHED_BRIDGES = 900;

export interface DayMove {
  readonly overnight: number;
  readonly session: number;
}

/**
 * Cumulative share of a session's variance: concentrated at the open and, less, at the stock close, as traded volume is; next
 * to nothing happens in the minutes after the close.
 */
function sessionProgress(intervals: number): Float64Array {
  const regular = intervals - (LATE_MINUTES * MINUTE_MS) / GRID_MS;
  const progress = new Float64Array(intervals + 1);
  for (let index = 1; index <= intervals; index += 1) {
    const share = (index - 0.5) / regular;
    const weight = share > 1 ? LATE_WEIGHT : 1 + 1.6 * exp(-share / 0.05) + 0.6 * exp(-(1 - share) / 0.06);
    progress[index] = (progress[index - 1] ?? 0) + weight;
  }
  const total = progress[intervals] ?? 1;
  return progress.map((value) => value / total);
}

function interpolate(values: Float64Array, interval: number, fraction: number): number {
  const left = values[interval] ?? 0;
  return fraction === 0 ? left : left + ((values[interval + 1] ?? left) - left) * fraction;
}

export class Factors {
  readonly #bridges = new Map<number, Float64Array>();
  readonly #recent = new Map<string, { readonly index: number; readonly values: Float64Array }>();
  readonly #progress = new Map<number, Float64Array>();
  readonly #names = new Map<string, number>();

  constructor(
    readonly seed: number,
    readonly timeline: Timeline,
    readonly gapShare: number,
  ) {}

  #key(name: string, index: number, salt: number): number {
    let named = this.#names.get(name);
    if (named === undefined) {
      named = textHash(name);
      this.#names.set(name, named);
    }
    return numberHash(this.seed, named, this.timeline.at(index).day, salt);
  }

  /** A standard normal number of a name and a trading day. */
  normal(name: string, index: number, salt = 0): number {
    return normalOf(this.#key(name, index, salt));
  }

  /** Size of the night before a trading day, as a multiple of the usual. */
  gap(index: number): number {
    return uniformOf(this.#key('gap', index, 0)) < this.gapShare ? GAP_SIZE : 1;
  }

  /** The move of a day; with `total` given, one that adds up to it. */
  move(name: string, index: number, total = this.normal(name, index, 1)): DayMove {
    const spread = sqrt(OVERNIGHT_SHARE * (1 - OVERNIGHT_SHARE));
    const overnight = OVERNIGHT_SHARE * total + spread * this.normal(name, index, 2);
    return { overnight, session: total - overnight };
  }

  /** Share of the session's variance behind a position, 0 at the open, 1 at the end. */
  progress(at: Position): number {
    return interpolate(this.#progressOf(this.timeline.at(at.index).intervals), at.interval, at.fraction);
  }

  #progressOf(intervals: number): Float64Array {
    let progress = this.#progress.get(intervals);
    if (!progress) {
      progress = sessionProgress(intervals);
      this.#progress.set(intervals, progress);
    }
    return progress;
  }

  /** The bridge of a name at a position: zero at the open and at the end. */
  bridge(name: string, at: Position): number {
    const recent = this.#recent.get(name);
    if (recent && recent.index === at.index) return interpolate(recent.values, at.interval, at.fraction);
    const { intervals } = this.timeline.at(at.index);
    // Closes of other days are requested too: they need no drawing.
    if (at.fraction === 1 && at.interval === intervals - 1) return 0;
    const values = this.#bridge(this.#key(name, at.index, 3), intervals);
    this.#recent.set(name, { index: at.index, values });
    return interpolate(values, at.interval, at.fraction);
  }

  #bridge(key: number, intervals: number): Float64Array {
    const known = this.#bridges.get(key);
    if (known) return known;
    for (const oldest of this.#bridges.keys()) {
      if (this.#bridges.size < CACHED_BRIDGES) break;
      this.#bridges.delete(oldest);
    }
    const values = this.#draw(key, intervals);
    this.#bridges.set(key, values);
    return values;
  }

  #draw(key: number, intervals: number): Float64Array {
    const progress = this.#progressOf(intervals);
    const walk = new Float64Array(intervals + 1);
    fillNormals(walk, key);
    walk[0] = 0;
    for (let index = 1; index <= intervals; index += 1) {
      const step = (progress[index] ?? 0) - (progress[index - 1] ?? 0);
      walk[index] = (walk[index - 1] ?? 0) + (walk[index] ?? 0) * sqrt(step);
    }
    const end = walk[intervals] ?? 0;
    const scale = sqrt(1 - OVERNIGHT_SHARE);
    return walk.map((value, index) => scale * (value - end * (progress[index] ?? 0)));
  }
}

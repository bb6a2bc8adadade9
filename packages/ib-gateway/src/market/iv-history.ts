/**
 * Daily implied volatility before the start, shaped so that the start has a given IV rank.
 *
 * Over the 52 weeks before the start the logarithm of volatility touches a low and a high once each, on days that the seed chooses. In
 * between it wanders within them. Rank and range of the year are therefore exact: (now - low) / (high - low) = rank and high / low =
 * range. Years further back repeat the year, mirrored, so that the series stays continuous.
 */
import { normalOf, numberHash, textHash, uniformOf } from './random.js';

/** Trading days of the shaped year. */
const YEAR_DAYS = 252;
const WANDER_STEP = 0.045;
const WANDER_PULL = 0.06;
/** Days around a fixed point over which the wandering fades out. */
const CALM_DAYS = 6;

export interface IvHistoryShape {
  /** 0-100. */
  readonly rank: number;
  /** Highest over lowest volatility of the year. */
  readonly range: number;
  /** Logarithm of the volatility at the last close before the start, relative to the start. */
  readonly last: number;
  /** Share of the wandering common to all symbols, 0-1. */
  readonly common: number;
}

interface Pin {
  readonly back: number;
  readonly level: number;
}

/** Highs are sharp and lows are flat: the rise takes three weeks, the fall all the remaining time. */
function blend(share: number, rising: boolean, days: number): number {
  const sharp = rising ? Math.max(0, 1 - ((1 - share) * days) / 15) : share;
  return 0.5 - 0.5 * Math.cos(Math.PI * Math.min(1, sharp));
}

function pinned(pins: readonly Pin[], back: number): { level: number; distance: number } {
  for (let index = 1; index < pins.length; index += 1) {
    const newer = pins[index - 1];
    const older = pins[index];
    if (newer && older && back >= newer.back && back <= older.back) {
      const days = older.back - newer.back;
      const share = (older.back - back) / days;
      const level = older.level + (newer.level - older.level) * blend(share, newer.level > older.level, days);
      return { level, distance: Math.min(back - newer.back, older.back - back) };
    }
  }
  return { level: 0, distance: 0 };
}

function wander(seed: number, name: string): Float64Array {
  const values = new Float64Array(YEAR_DAYS + 1);
  const key = textHash(`history ${name}`);
  for (let back = 1; back <= YEAR_DAYS; back += 1) {
    values[back] = (values[back - 1] ?? 0) * (1 - WANDER_PULL) + WANDER_STEP * normalOf(numberHash(seed, key, back));
  }
  return values;
}

/**
 * Logarithm of implied volatility relative to the start, at the closes of the trading days before it: element n is the
 * close n trading days before trading day 0; element 0 is unused.
 */
export function ivHistory(seed: number, name: string, shape: IvHistoryShape): Float64Array {
  const rank = shape.rank / 100;
  // With now = 1: low = 1 / (1 + rank (range - 1)), high = range x low.
  const low = -Math.log(1 + rank * (shape.range - 1));
  const high = low + Math.log(shape.range);
  const key = textHash('history pins');
  const place = (salt: number, from: number, days: number) =>
    from + Math.floor(uniformOf(numberHash(seed, key, salt)) * days);
  const lowFirst = uniformOf(numberHash(seed, key, 0)) < 0.5;
  const near: Pin = { back: place(1, 40, 50), level: lowFirst ? high : low };
  const far: Pin = { back: place(2, 140, 60), level: lowFirst ? low : high };
  const start = Math.min(high, Math.max(low, shape.last));
  const pins: Pin[] = [{ back: 1, level: start }, near, far, { back: YEAR_DAYS, level: (low + high) / 2 }];
  const common = wander(seed, 'market');
  const own = wander(seed, name);
  const values = new Float64Array(YEAR_DAYS + 1);
  for (let back = 1; back <= YEAR_DAYS; back += 1) {
    const { level, distance } = pinned(pins, back);
    const noise = Math.sqrt(shape.common) * (common[back] ?? 0) + Math.sqrt(1 - shape.common) * (own[back] ?? 0);
    const raw = level + noise * Math.min(1, distance / CALM_DAYS);
    const inside = raw > high ? 2 * high - raw : raw < low ? 2 * low - raw : raw;
    values[back] = Math.min(high, Math.max(low, inside));
  }
  return values;
}

/** The history's value `back` trading days before day 0, mirrored beyond the year. */
export function historyAt(values: Float64Array, back: number): number {
  const period = 2 * (YEAR_DAYS - 1);
  const folded = (back - 1) % period;
  return values[1 + (folded < YEAR_DAYS ? folded : period - folded)] ?? 0;
}

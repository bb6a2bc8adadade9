/**
 * The values in bars: prices, sides of the quote, implied and historical volatility, as functions of time.
 */

import type { Books } from './book.js';
import { roundPrice } from './market-rules.js';
import { log, max, round, sqrt } from './math.js';
import { quoteMoment } from './quote-clock.js';
import type { ResolvedUnderlying } from './resolve.js';
import type { Instrument } from './sessions.js';
import type { Timeline } from './timeline.js';
import type { Valuation } from './valuation.js';

/** Lowest, highest and middle of the sampled value at a time; equal for anything but quotes. */
export interface Sample {
  readonly low: number;
  readonly high: number;
  readonly middle: number;
}

export interface BarSeries {
  /**
   * `quotes`: open is the average bid and close the average ask, as the broker does for BID_ASK. These bars, and bars of a
   * `side` (BID, ASK, MIDPOINT), have neither volume nor average nor count: -1 each.
   */
  readonly kind: 'prices' | 'side' | 'quotes' | 'volatility';
  readonly at: (time: number) => Sample | undefined;
  /** How far apart samples need to be, ms. */
  readonly step: number;
}

const HISTORY_DAYS = 30;
const PRICE_STEP_MS = 15_000;
const SLOW_STEP_MS = 60_000;

function single(value: number): Sample {
  return { low: value, high: value, middle: value };
}

/** Standard deviation of the last thirty daily returns, today's so far included, per year. */
function historicalVolatility(underlying: ResolvedUnderlying, valuation: Valuation, timeline: Timeline) {
  const closes = new Map<number, number>();
  const close = (index: number): number => {
    let value = closes.get(index);
    if (value === undefined) {
      value = valuation.spot(underlying, timeline.at(index).endAt);
      closes.set(index, value);
    }
    return value;
  };
  return (time: number): Sample => {
    const { index } = timeline.dayAt(time);
    const returns: number[] = [];
    for (let back = 1; back < HISTORY_DAYS; back += 1) returns.push(log(close(index - back) / close(index - back - 1)));
    returns.push(log(valuation.spot(underlying, time) / close(index - 1)));
    const mean = returns.reduce((sum, one) => sum + one, 0) / returns.length;
    const variance = returns.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (returns.length - 1);
    return single(roundPrice(sqrt(variance * 252)));
  };
}

/** The series that a request names; undefined when the contract has no such data. */
export function barSeries(
  what: string,
  instrument: Instrument,
  valuation: Valuation,
  books: Books,
  timeline: Timeline,
): BarSeries | undefined {
  const book = (time: number) => books.at(instrument, quoteMoment(instrument, time, timeline, books.events));
  const isOption = instrument.kind === 'option';
  const step = isOption ? SLOW_STEP_MS : PRICE_STEP_MS;
  const { underlying } = instrument;
  const twoSided = (time: number) => {
    const { bid = 0, ask } = book(time);
    return ask === undefined ? undefined : { low: bid, high: ask, middle: roundPrice((bid + ask) / 2) };
  };
  switch (what.toUpperCase()) {
    case 'TRADES':
    case 'ADJUSTED_LAST': {
      const tick = isOption ? instrument.listing.listed.minTick : underlying.minTick;
      const fair = (time: number) => (isOption ? book(time).fair : books.fair(instrument, time));
      return { kind: 'prices', at: (time) => single(roundPrice(max(tick, round(fair(time) / tick) * tick))), step };
    }
    case 'MIDPOINT':
      return { kind: 'side', at: (time) => mapped(twoSided(time), (one) => one.middle), step: SLOW_STEP_MS };
    case 'BID':
      return { kind: 'side', at: (time) => mapped(twoSided(time), (one) => one.low), step: SLOW_STEP_MS };
    case 'ASK':
      return { kind: 'side', at: (time) => mapped(twoSided(time), (one) => one.high), step: SLOW_STEP_MS };
    case 'BID_ASK':
      return { kind: 'quotes', at: twoSided, step: SLOW_STEP_MS };
    case 'OPTION_IMPLIED_VOLATILITY':
      if (isOption) return undefined;
      return {
        kind: 'volatility',
        at: (time) => single(roundPrice(valuation.iv30(underlying, time))),
        step: SLOW_STEP_MS,
      };
    case 'HISTORICAL_VOLATILITY':
      if (isOption) return undefined;
      return { kind: 'volatility', at: historicalVolatility(underlying, valuation, timeline), step: SLOW_STEP_MS * 15 };
    default:
      return undefined;
  }
}

function mapped(sample: Sample | undefined, take: (sample: Sample) => number): Sample | undefined {
  return sample && single(take(sample));
}

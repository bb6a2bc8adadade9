/**
 * Historical bars, sampled from the same paths as quotes; nothing after the end of the request is read.
 */

import { civil, DAY_MS, dayText, easternDay, easternTime } from 'market-time';
import type { BarRequest, GatewayBar } from '../model.js';
import { type BarDuration, type BarSize, parseBarSize, parseDuration } from './bar-request.js';
import { type BarSeries, barSeries } from './bar-series.js';
import type { Books } from './book.js';
import { roundPrice } from './market-rules.js';
import { ceil, floor, max, min, round } from './math.js';
import { conIdOf } from './quote-clock.js';
import { numberHash, uniformOf } from './random.js';
import { type Instrument, sessionOn } from './sessions.js';
import type { Timeline, TradingDay } from './timeline.js';
import type { Valuation } from './valuation.js';

/** A request for more bars than this is refused, as the broker does. */
const MOST_BARS = 50_000;
/** Bars of quotes have no volume and no trades. */
const UNTRADED = { volume: -1, wap: -1, count: -1 } as const;
const MONTHS_BACK_DAYS = 30.44;

interface Span {
  readonly from: number;
  readonly to: number;
}

export class Bars {
  readonly #daily = new Map<string, GatewayBar>();

  constructor(
    readonly timeline: Timeline,
    readonly valuation: Valuation,
    readonly books: Books,
  ) {}

  /** Clears the caches after the market was changed from outside. */
  clear(): void {
    this.#daily.clear();
  }

  /** Bars of a contract, oldest first; undefined for a request that has no answer. */
  of(instrument: Instrument, request: BarRequest): readonly GatewayBar[] | undefined {
    const size = parseBarSize(request.barSize);
    const duration = parseDuration(request.duration);
    const series = barSeries(request.what, instrument, this.valuation, this.books, this.timeline);
    if (!size || !duration || !series) return undefined;
    if (size.kind === 'seconds') return this.#intraday(instrument, series, request, size.seconds, duration);
    return this.#long(instrument, series, request, size, duration);
  }

  /** Part of a trading day that bars cover, up to the end of the request. */
  #span(instrument: Instrument, day: TradingDay, request: BarRequest): Span | undefined {
    const session = sessionOn(instrument, day.day);
    if (!session) return undefined;
    const close = request.useRth || instrument.kind === 'option' ? session.closeAt : day.endAt;
    const to = min(close, request.end);
    return to > session.openAt ? { from: session.openAt, to } : undefined;
  }

  #firstDay(request: BarRequest, duration: BarDuration): number {
    const last = this.timeline.dayAt(request.end - 1);
    if (duration.unit === 'D') return this.timeline.at(last.index - duration.count + 1).day;
    const today = easternDay(request.end);
    const { year, month, date } = civil(today);
    if (duration.unit === 'W') return today - 7 * duration.count;
    if (duration.unit === 'M') return round(today - duration.count * MONTHS_BACK_DAYS);
    if (duration.unit === 'Y') return round(Date.UTC(year - duration.count, month - 1, date) / DAY_MS);
    return last.day;
  }

  #intraday(
    instrument: Instrument,
    series: BarSeries,
    request: BarRequest,
    seconds: number,
    duration: BarDuration,
  ): readonly GatewayBar[] | undefined {
    const wanted = duration.unit === 'S' ? ceil(duration.count / seconds) : MOST_BARS + 1;
    const first = duration.unit === 'S' ? Number.NEGATIVE_INFINITY : this.#firstDay(request, duration);
    const bars: GatewayBar[] = [];
    let { index } = this.timeline.dayAt(request.end - 1);
    for (let empty = 0; bars.length < wanted && empty < 5; index -= 1) {
      const day = this.timeline.at(index);
      if (day.day < first) break;
      const span = this.#span(instrument, day, request);
      if (!span) empty += 1;
      if (span) bars.unshift(...this.#ofDay(instrument, series, span, seconds));
      if (duration.unit !== 'S' && bars.length > MOST_BARS) return undefined;
    }
    return bars.slice(max(0, bars.length - wanted));
  }

  #ofDay(instrument: Instrument, series: BarSeries, span: Span, seconds: number): GatewayBar[] {
    const bars: GatewayBar[] = [];
    const width = seconds * 1000;
    // Bars longer than half an hour start on the hour, as the broker aligns them.
    const base = easternTime(easternDay(span.from), 0);
    for (let from = base + floor((span.from - base) / width) * width; from < span.to; from += width) {
      const part = { from: max(from, span.from), to: min(from + width, span.to) };
      const bar = this.#bar(instrument, series, part, String(round(part.from / 1000)));
      if (bar) bars.push(bar);
    }
    return bars;
  }

  #bar(instrument: Instrument, series: BarSeries, span: Span, time: string): GatewayBar | undefined {
    const step = min(series.step, max(1000, (span.to - span.from) / 4));
    const first = series.at(span.from);
    // The last instant of a bar belongs to the next one, but the price just before it is the close.
    const last = series.at(span.to - 1);
    if (!first || !last) return undefined;
    let high = max(first.high, last.high);
    let low = min(first.low, last.low);
    let sum = first.middle + last.middle;
    let count = 2;
    for (let at = span.from + step; at < span.to - 1; at += step) {
      const sample = series.at(at);
      if (!sample) continue;
      high = max(high, sample.high);
      low = min(low, sample.low);
      sum += sample.middle;
      count += 1;
    }
    if (series.kind === 'quotes') {
      return { time, open: first.low, high, low, close: last.high, ...UNTRADED };
    }
    if (series.kind === 'side') return { time, open: first.middle, high, low, close: last.middle, ...UNTRADED };
    const traded = this.#traded(instrument, series, span);
    return { time, open: first.middle, high, low, close: last.middle, wap: roundPrice(sum / count), ...traded };
  }

  #traded(instrument: Instrument, series: BarSeries, span: Span): { volume: number; count: number } {
    const { dailyVolume } = instrument.underlying;
    if (series.kind !== 'prices' || instrument.kind === 'option' || dailyVolume === 0) return { volume: 0, count: 0 };
    const share = (span.to - span.from) / 23_400_000;
    const draw = uniformOf(numberHash(conIdOf(instrument), round(span.from / 1000), 41));
    const volume = round(dailyVolume * share * (0.6 + 0.8 * draw));
    return { volume, count: max(1, round(volume / 180)) };
  }

  #dayBar(instrument: Instrument, series: BarSeries, request: BarRequest, day: TradingDay): GatewayBar | undefined {
    const span = this.#span(instrument, day, request);
    if (!span) return undefined;
    const time = dayText(day.day);
    const whole = request.end >= day.endAt;
    const key = `${conIdOf(instrument)} ${request.what} ${request.useRth} ${day.day}`;
    const known = whole ? this.#daily.get(key) : undefined;
    if (known) return known;
    const bar = this.#bar(instrument, series, span, time);
    if (bar && whole) this.#daily.set(key, bar);
    return bar;
  }

  #long(
    instrument: Instrument,
    series: BarSeries,
    request: BarRequest,
    size: BarSize,
    duration: BarDuration,
  ): readonly GatewayBar[] {
    const first = this.#firstDay(request, duration);
    const groups = new Map<string, GatewayBar[]>();
    for (let { index } = this.timeline.dayAt(request.end - 1); ; index -= 1) {
      const day = this.timeline.at(index);
      if (day.day < first) break;
      const bar = this.#dayBar(instrument, series, request, day);
      if (!bar) continue;
      const { year, month } = civil(day.day);
      const group = {
        days: bar.time,
        weeks: String(floor((day.day + 3) / 7)),
        months: `${year}-${month}`,
        seconds: '',
      };
      const list = groups.get(group[size.kind]) ?? [];
      list.unshift(bar);
      groups.set(group[size.kind], list);
    }
    return [...groups.values()].reverse().map(joined);
  }
}

/** Several bars joined into one, with the time of the last of them. */
function joined(bars: readonly GatewayBar[]): GatewayBar {
  const first = bars[0];
  const last = bars.at(-1);
  if (!first || !last) throw new RangeError('no bars to join');
  const volume = bars.reduce((sum, bar) => sum + bar.volume, 0);
  const weight = (bar: GatewayBar) => (volume > 0 ? bar.volume / volume : 1 / bars.length);
  return {
    time: last.time,
    open: first.open,
    high: max(...bars.map((bar) => bar.high)),
    low: min(...bars.map((bar) => bar.low)),
    close: last.close,
    volume: first.volume < 0 ? -1 : volume,
    wap: first.volume < 0 ? -1 : roundPrice(bars.reduce((sum, bar) => sum + bar.wap * weight(bar), 0)),
    count: first.volume < 0 ? -1 : bars.reduce((sum, bar) => sum + bar.count, 0),
  };
}

/**
 * The axis that prices move on: trading days counted from the start of the market, and the time within a day.
 *
 * Index 0 is the first trading day whose session has not ended at the start; -1 the one before. Within a day prices move on a
 * grid of five seconds from 09:30 to fifteen minutes after the stock close; outside it they stand still.
 */

import {
  closeMinute,
  easternDay,
  easternTime,
  isTradingDay,
  MINUTE_MS,
  OPEN_MINUTE,
  tradingDayFrom,
  tradingDayUpTo,
} from 'market-time';
import { floor, round } from './math.js';
import type { Moment } from './scenario.js';

export const GRID_MS = 5_000;
/** Options on funds and indices trade this long after the stock close. */
export const LATE_MINUTES = 15;
const TRADING_DAYS_YEAR = 252;
export const DAY_YEARS = 1 / TRADING_DAYS_YEAR;

/** A point on the axis: a trading day's index, its grid interval, and the fraction of that interval. */
export interface Position {
  readonly index: number;
  readonly interval: number;
  readonly fraction: number;
}

export interface TradingDay {
  readonly index: number;
  readonly day: number;
  readonly openAt: number;
  /** Close of the stock market. */
  readonly closeAt: number;
  /** End of the grid: the close of options on funds and indices. */
  readonly endAt: number;
  readonly intervals: number;
}

function tradingDay(index: number, day: number): TradingDay {
  const openAt = easternTime(day, OPEN_MINUTE);
  const closeAt = easternTime(day, closeMinute(day));
  const endAt = closeAt + LATE_MINUTES * MINUTE_MS;
  return { index, day, openAt, closeAt, endAt, intervals: (endAt - openAt) / GRID_MS };
}

export class Timeline {
  readonly #later: TradingDay[] = [];
  readonly #earlier: TradingDay[] = [];
  readonly #byDay = new Map<number, TradingDay>();
  #last: TradingDay;

  constructor(readonly start: number) {
    const today = tradingDayFrom(easternDay(start));
    const first = tradingDay(0, today);
    const zero = start < first.endAt ? first : tradingDay(0, tradingDayFrom(today + 1));
    this.#later.push(zero);
    this.#byDay.set(zero.day, zero);
    this.#last = zero;
  }

  /** The trading day of an index. */
  at(index: number): TradingDay {
    while (index >= this.#later.length) this.#grow(this.#later, this.#later.length, 1);
    while (-index > this.#earlier.length) this.#grow(this.#earlier, -this.#earlier.length - 1, -1);
    const found = index >= 0 ? this.#later[index] : this.#earlier[-index - 1];
    if (!found) throw new RangeError(`no trading day ${index}`);
    return found;
  }

  #grow(list: TradingDay[], index: number, direction: 1 | -1): void {
    const previous = list.at(-1) ?? this.at(0);
    const day = direction === 1 ? tradingDayFrom(previous.day + 1) : tradingDayUpTo(previous.day - 1);
    const added = tradingDay(index, day);
    list.push(added);
    this.#byDay.set(day, added);
  }

  /** The trading day of a civil day; a day without trading gives the previous trading day. */
  upTo(day: number): TradingDay {
    const wanted = isTradingDay(day) ? day : tradingDayUpTo(day);
    while (this.at(this.#later.length - 1).day < wanted) this.at(this.#later.length);
    while (this.at(-this.#earlier.length).day > wanted) this.at(-this.#earlier.length - 1);
    const found = this.#byDay.get(wanted);
    if (!found) throw new RangeError(`no trading day ${wanted}`);
    return found;
  }

  /** The latest trading day that has opened at a time. */
  dayAt(at: number): TradingDay {
    const last = this.#last;
    if (at >= last.openAt && at <= last.endAt) return last;
    const candidate = this.upTo(easternDay(at));
    this.#last = at >= candidate.openAt ? candidate : this.at(candidate.index - 1);
    return this.#last;
  }

  /** The position of a time on the axis; after the end of a day's grid it stays at that end until the next open. */
  position(at: number): Position {
    const day = this.dayAt(at);
    if (at >= day.endAt) return { index: day.index, interval: day.intervals - 1, fraction: 1 };
    const steps = (at - day.openAt) / GRID_MS;
    const interval = floor(steps);
    return { index: day.index, interval, fraction: steps - interval };
  }

  /** Trading time in days since the open of index 0. */
  tradingTime(at: number): number {
    const { index, interval, fraction } = this.position(at);
    return index + (interval + fraction) / this.at(index).intervals;
  }

  /** Epoch ms of a scenario's moment. */
  moment(moment: Moment): number {
    if (typeof moment === 'number') return moment;
    const [date = '', clock = ''] = moment.split(' ');
    const [hours = '0', minutes = '0', seconds = '0'] = clock.split(':');
    const ofDay = Number(hours) * 60 + Number(minutes) + Number(seconds) / 60;
    if (date.startsWith('+')) return easternTime(this.at(Number(date.slice(1))).day, ofDay);
    const day = round(Date.parse(`${date}T00:00:00Z`) / 86_400_000);
    return easternTime(day, ofDay);
  }
}

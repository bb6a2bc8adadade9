/**
 * Dividends as shares of the price: option prices know them in advance, and the price drops by them at the open of the
 * ex-date. A share instead of an amount keeps forwards positive and the surface free of calendar arbitrage.
 */
import { civil, dayText, easternDay, easternTime, isTradingDay, nthWeekday, OPEN_MINUTE } from 'market-time';
import type { DividendYear } from '../model.js';
import type { ResolvedUnderlying } from './resolve.js';
import type { MarketScenario } from './scenario.js';
import type { Timeline } from './timeline.js';

export interface Dividend {
  readonly exDay: number;
  /** Open of the ex-date, epoch ms: from here on the price is without it. */
  readonly exAt: number;
  readonly share: number;
}

const YEARS_BACK = 6;
const YEARS_AHEAD = 12;

function regular(underlying: ResolvedUnderlying, year: number): Dividend[] {
  const rule = underlying.dividends;
  if (!rule) return [];
  return rule.months.map((month) => {
    let exDay = nthWeekday(year, month, rule.weekday, rule.nth);
    while (!isTradingDay(exDay)) exDay -= 1;
    return { exDay, exAt: easternTime(exDay, OPEN_MINUTE), share: rule.share };
  });
}

export class Dividends {
  readonly #lists = new Map<string, readonly Dividend[]>();
  readonly #byDay = new Map<string, ReadonlyMap<number, number>>();

  constructor(scenario: MarketScenario, timeline: Timeline, underlyings: ReadonlyMap<string, ResolvedUnderlying>) {
    const { year } = civil(easternDay(timeline.start));
    for (const [symbol, underlying] of underlyings) {
      const list: Dividend[] = [];
      for (let ahead = -YEARS_BACK; scenario.dividends && ahead <= YEARS_AHEAD; ahead += 1) {
        list.push(...regular(underlying, year + ahead));
      }
      for (const event of scenario.events) {
        if (event.kind !== 'dividend' || event.symbol !== symbol) continue;
        const exDay = timeline.upTo(easternDay(timeline.moment(event.exDate))).day;
        list.push({ exDay, exAt: easternTime(exDay, OPEN_MINUTE), share: event.amount / underlying.spot });
      }
      list.sort((left, right) => left.exAt - right.exAt);
      this.#lists.set(symbol, list);
      const byDay = new Map<number, number>();
      for (const { exDay, share } of list) byDay.set(exDay, (byDay.get(exDay) ?? 0) + Math.log1p(-share));
      this.#byDay.set(symbol, byDay);
    }
  }

  /** The factor left of a price after the dividends that go ex after `at` and no later than `until`. */
  kept(symbol: string, at: number, until: number): number {
    let factor = 1;
    for (const dividend of this.#lists.get(symbol) ?? []) {
      if (dividend.exAt > until) break;
      if (dividend.exAt > at) factor *= 1 - dividend.share;
    }
    return factor;
  }

  /** Logarithm of the factor left of the price at the open of a day; 0 on ordinary days. */
  logKept(symbol: string, day: number): number {
    return this.#byDay.get(symbol)?.get(day) ?? 0;
  }

  list(symbol: string): readonly Dividend[] {
    return this.#lists.get(symbol) ?? [];
  }
}

export interface UpcomingDividend {
  /** YYYYMMDD. */
  readonly exDate: string;
  /** Open of the ex-date, epoch ms. */
  readonly exAt: number;
  /** Dollars per share, at the present price. */
  readonly amount: number;
}

const dollars = (share: number, spot: number): number => Math.round(share * spot * 100) / 100;

/** The first dividend that goes ex after a time. */
export function upcomingDividend(list: readonly Dividend[], at: number, spot: number): UpcomingDividend | undefined {
  const next = list.find((dividend) => dividend.exAt > at);
  return next && { exDate: dayText(next.exDay), exAt: next.exAt, amount: dollars(next.share, spot) };
}

const YEAR_MS = 365 * 86_400_000;

/** Dividends of the twelve months around a time; undefined when there are none. */
export function dividendYear(list: readonly Dividend[], at: number, spot: number): DividendYear | undefined {
  const sum = (from: number, to: number): number =>
    dollars(
      list.reduce((total, { exAt, share }) => total + (exAt > from && exAt <= to ? share : 0), 0),
      spot,
    );
  const past = sum(at - YEAR_MS, at);
  const next = sum(at, at + YEAR_MS);
  const upcoming = upcomingDividend(list, at, spot);
  if (past === 0 && upcoming === undefined) return undefined;
  return { past, next, ...(upcoming && { nextDate: upcoming.exDate, nextAmount: upcoming.amount }) };
}

/**
 * The generic tick types of a line, and the ticks among them that come from history, from the dividend calendar or from a
 * whole chain instead of the quote. Generic 100 -> 29/30, 101 -> 27/28, 104 -> 23, 165 -> 15 to 21, 236 -> 46/89, 456 ->
 * 59; those of history and calendar are computed once a day.
 */
import type { GatewayContract, GatewayMarket } from '../model.js';
import { startOfDay } from '../times.js';
import { invalidRequest } from './port.js';
import { generic, price, size, type Tick, text } from './quote-ticks.js';
import { realizedVolatility } from './realized-volatility.js';

/** Numbers that TWS accepts. Those of data that this market lacks are accepted too, and bring nothing. */
const LEGAL: ReadonlySet<number> = new Set([
  ...[100, 101, 104, 105, 106, 165, 220, 221, 225, 232, 233, 236, 258, 292, 293, 294, 295, 318, 370, 375, 377],
  ...[381, 384, 387, 388, 391, 405, 407, 411, 428, 439, 456, 459, 460, 499, 506, 511, 512, 545, 576, 577, 586],
  ...[587, 588, 595, 614, 619, 623, 645, 662, 663, 672, 687],
]);

const OPTION_VOLUME = 100;
const OPEN_INTEREST = 101;
const HISTORICAL_VOLATILITY = 104;
const MISC_STATS = 165;
const SHORTABLE = 236;
const DIVIDENDS = 456;

/** Low and high over this many weeks, and the average volume of 90 days. */
const RANGES = [
  { weeks: 13, low: 15, high: 16 },
  { weeks: 26, low: 17, high: 18 },
  { weeks: 52, low: 19, high: 20 },
] as const;
const AVERAGE_VOLUME = { days: 90, tickType: 21 } as const;
const WEEK_TRADING_DAYS = 5;
/** More than 1,000 shares can be borrowed, and how many. */
const EASY_TO_BORROW = 3;
const SHARES_TO_BORROW = 10_000_000;

/** The numbers of `mdoff,100,106,292:BRFG`; a colon begins parameters. */
export function genericsOf(list: string): ReadonlySet<number> {
  const parts = list.split(',');
  return new Set(parts.map((part) => Number.parseInt(part, 10)).filter((part) => Number.isInteger(part)));
}

/** Whether a list has `mdoff`: the line then has none of the default ticks, only the requested ones. */
export function isBare(list: string): boolean {
  return list.split(',').some((part) => part.trim().toLowerCase() === 'mdoff');
}

/** The problem with the requested generic ticks. */
export function genericProblem(generics: ReadonlySet<number>): readonly [number, string] | undefined {
  const wrong = [...generics].filter((number) => !LEGAL.has(number));
  if (wrong.length === 0) return undefined;
  return invalidRequest(
    `Incorrect generic tick list of ${wrong.slice(0, 20).join(',')}.  Legal ones are: ${[...LEGAL].join(',')}`,
  );
}

type Source = (at: number) => readonly Tick[];

/** A line's requested ticks that are not in its quote. */
export function genericTicks(
  market: GatewayMarket,
  contract: GatewayContract | undefined,
  wanted: ReadonlySet<number>,
): Source {
  if (contract === undefined || contract.secType === 'OPT') return () => [];
  const daily = oncePerDay(dailySources(market, contract, wanted));
  const chain = wanted.has(OPTION_VOLUME) || wanted.has(OPEN_INTEREST);
  return (at) => (chain ? [...daily(at), ...totals(market, contract.conId, wanted, at)] : daily(at));
}

function oncePerDay(sources: readonly Source[]): Source {
  let day = Number.NaN;
  let ticks: readonly Tick[] = [];
  return (at) => {
    const today = startOfDay(at);
    if (today === day || sources.length === 0) return ticks;
    day = today;
    ticks = sources.flatMap((source) => source(at));
    return ticks;
  };
}

function dailySources(market: GatewayMarket, contract: GatewayContract, wanted: ReadonlySet<number>): Source[] {
  const { conId, secType } = contract;
  const sources: Source[] = [];
  if (wanted.has(HISTORICAL_VOLATILITY)) sources.push((at) => volatility(market, conId, at));
  if (wanted.has(MISC_STATS)) sources.push((at) => statistics(market, contract, startOfDay(at)));
  if (secType !== 'STK') return sources;
  if (wanted.has(SHORTABLE)) sources.push(() => [generic(46, EASY_TO_BORROW), size(89, SHARES_TO_BORROW)]);
  if (wanted.has(DIVIDENDS)) sources.push((at) => [text(59, dividendText(market, conId, at))]);
  return sources;
}

function totals(market: GatewayMarket, conId: number, wanted: ReadonlySet<number>, at: number): readonly Tick[] {
  const all = market.optionTotals?.(conId, at);
  if (!all) return [];
  return [
    ...(wanted.has(OPTION_VOLUME) ? [size(29, all.callVolume), size(30, all.putVolume)] : []),
    ...(wanted.has(OPEN_INTEREST) ? [size(27, all.callOpenInterest), size(28, all.putOpenInterest)] : []),
  ];
}

function volatility(market: GatewayMarket, conId: number, at: number): readonly Tick[] {
  const value = realizedVolatility(market, conId, at);
  return value === undefined ? [] : [generic(23, value)];
}

/** Ranges and average volume of previous days. */
function statistics(market: GatewayMarket, { conId, secType }: GatewayContract, day: number): readonly Tick[] {
  const request = { end: day, duration: '1 Y', barSize: '1 day', what: 'TRADES', useRth: true, formatDate: 1 };
  const bars = market.bars(conId, request) ?? [];
  if (bars.length === 0) return [];
  const ranges = RANGES.flatMap(({ weeks, low, high }) => {
    const part = bars.slice(-weeks * WEEK_TRADING_DAYS);
    return [price(low, Math.min(...part.map((bar) => bar.low))), price(high, Math.max(...part.map((bar) => bar.high)))];
  });
  if (secType !== 'STK') return ranges;
  const recent = bars.slice(-AVERAGE_VOLUME.days);
  const volume = recent.reduce((sum, bar) => sum + bar.volume, 0) / recent.length;
  return [...ranges, size(AVERAGE_VOLUME.tickType, Math.round(volume))];
}

/** IB's four fields: dollars of the past and the next twelve months, date and amount of the next one; empty without any. */
function dividendText(market: GatewayMarket, conId: number, at: number): string {
  const year = market.dividendYear?.(conId, at);
  if (!year) return ',,,';
  const { past, next } = year;
  return [past, next, year.nextDate, year.nextAmount].map((field) => field ?? '').join(',');
}

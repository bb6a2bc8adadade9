/**
 * The entry signal: whether the present market favours selling or buying this kind of premium. Every check is made and reported
 * with its number; missing data refuse.
 */
import { formatMoney, type Micros } from '../money.js';
import { type Check, failed, notApplicable, passedWhen } from './check.js';
import { ivRank, usable } from './iv-rank.js';
import { type EntrySettings, minutesOf } from './settings.js';

export interface EntrySignalInput {
  /** Whether opening receives or pays a premium. */
  readonly premium: 'credit' | 'debit' | 'either';
  /** 30-day implied volatility of the underlying, 0.18 = 18 %. */
  readonly impliedVolatility?: number | undefined;
  /** Its daily closes over a year. */
  readonly ivHistory: readonly number[];
  readonly vix?: number | undefined;
  readonly vixAgeMs?: number | undefined;
  /** Delta of the book as the delta rule measures it; 0 without open positions. */
  readonly portfolioDelta?: number | undefined;
  /** Beta-weighted dollar delta of the book over net liquidation; 0 without open positions. */
  readonly dollarDeltaShare?: number | undefined;
  /** Sentences that say why one of them is missing. */
  readonly bookMissing?: string | undefined;
  /** Open positions in the symbol. */
  readonly openInSymbol: number;
  readonly underlyingPrice?: Micros | undefined;
  readonly underlyingAgeMs?: number | undefined;
  readonly session: { readonly isOpen: boolean; readonly minuteOfDay: number };
}

/** What `evaluateEntrySignal` evaluates: a new position, or the successor of a roll, which keeps the side of its premium. */
export type SignalOf = 'entry' | 'roll';

export interface EntrySignal {
  readonly accepted: boolean;
  readonly checks: readonly Check[];
  /** The sentence of every check that failed. */
  readonly reasons: readonly string[];
}

/** All checks, none skipped because another failed. Every bound is strict: at the bound itself the entry is refused. */
export function evaluateEntrySignal(
  input: EntrySignalInput,
  settings: EntrySettings,
  of: SignalOf = 'entry',
): EntrySignal {
  const checks = [
    ...(of === 'entry' ? [rank(input, settings)] : []),
    vix(input, settings),
    ...deltas(input, settings),
    positionsInSymbol(input.openInSymbol, settings),
    ...underlying(input, settings),
    entryWindow(input, settings),
  ];
  const reasons = checks.filter((check) => !check.passed).map((check) => check.text);
  return { accepted: reasons.length === 0, checks, reasons };
}

function rank(input: EntrySignalInput, settings: EntrySettings): Check {
  const { premium, impliedVolatility, ivHistory } = input;
  const { ivRankSellAbove, ivRankBuyBelow, ivBarsMin } = settings;
  const name = 'iv_rank';
  const bound = {
    credit: `> ${ivRankSellAbove}`,
    debit: `< ${ivRankBuyBelow}`,
    either: `> ${ivRankSellAbove} or < ${ivRankBuyBelow}`,
  }[premium];
  if (impliedVolatility === undefined) return failed(name, "The underlying's implied volatility is missing.", bound);
  const bars = usable(ivHistory).length;
  if (bars < ivBarsMin) {
    return failed(name, `Only ${bars} daily bars of implied volatility are known; ${ivBarsMin} are needed.`, bound);
  }
  const value = ivRank(impliedVolatility, ivHistory);
  if (value === undefined) return failed(name, 'The implied volatility has not moved in a year: no rank.', bound);
  const sells = value > ivRankSellAbove;
  const buys = value < ivRankBuyBelow;
  const passed = { credit: sells, debit: buys, either: sells || buys }[premium];
  const what = { credit: 'selling premium', debit: 'buying premium', either: 'an entry' }[premium];
  return passedWhen(passed, {
    name,
    text: `The IV rank is ${value.toFixed(1)}; ${what} needs ${bound}.`,
    value,
    bound,
  });
}

function vix(input: EntrySignalInput, { vixMax, vixSource, vixFreshSeconds }: EntrySettings): Check {
  const { vix: value, vixAgeMs } = input;
  const bound = `< ${vixMax}`;
  if (vixSource === 'off') return notApplicable('vix', 'The VIX is switched off (vixSource).', bound);
  if (value === undefined || vixAgeMs === undefined) return failed('vix', 'The VIX is missing.', bound);
  if (vixAgeMs > vixFreshSeconds * 1000) {
    const age = Math.round(vixAgeMs / 1000);
    return failed('vix', `The VIX is ${age} s old; ${vixFreshSeconds} s are allowed.`, bound);
  }
  return passedWhen(value < vixMax, {
    name: 'vix',
    text: `The VIX is ${value.toFixed(2)}; an entry needs ${bound}.`,
    value,
    bound,
  });
}

function deltas(input: EntrySignalInput, settings: EntrySettings): readonly Check[] {
  const { portfolioDelta, dollarDeltaShare, bookMissing } = input;
  const delta = (name: string, what: string, value: number | undefined, max: number): Check => {
    const bound = `|x| < ${max}`;
    if (value === undefined) return failed(name, [`${what} is missing.`, bookMissing].filter(Boolean).join(' '), bound);
    return passedWhen(Math.abs(value) < max, {
      name,
      text: `${what} is ${value.toFixed(3)}; its size must stay below ${max}.`,
      value,
      bound,
    });
  };
  const { portfolioDeltaMax, dollarDeltaShareMax } = settings;
  return [
    delta('portfolio_delta', "The book's delta", portfolioDelta, portfolioDeltaMax),
    delta('dollar_delta', "The book's dollar delta share", dollarDeltaShare, dollarDeltaShareMax),
  ];
}

/** Positions of the symbol that are open or being opened, against the limit for one symbol. */
export function positionsInSymbol(openInSymbol: number, { positionsPerSymbolMax }: EntrySettings): Check {
  const bound = `< ${positionsPerSymbolMax}`;
  return passedWhen(openInSymbol < positionsPerSymbolMax, {
    name: 'positions_in_symbol',
    text: `${openInSymbol} positions are open in the symbol; an entry needs ${bound}.`,
    value: openInSymbol,
    bound,
  });
}

function underlying(input: EntrySignalInput, { underlyingFreshSeconds }: EntrySettings): readonly Check[] {
  const { underlyingPrice: price, underlyingAgeMs: age } = input;
  const present =
    price === undefined
      ? failed('underlying_price', 'The price of the underlying is missing.', '> 0')
      : passedWhen(price > 0, {
          name: 'underlying_price',
          text: `The underlying is at ${formatMoney(price)}; it must be above 0.`,
          value: formatMoney(price),
          bound: '> 0',
        });
  const bound = `<= ${underlyingFreshSeconds} s`;
  if (age === undefined)
    return [present, failed('underlying_age', "The age of the underlying's price is missing.", bound)];
  const seconds = age / 1000;
  return [
    present,
    passedWhen(seconds <= underlyingFreshSeconds, {
      name: 'underlying_age',
      text: `The price of the underlying is ${seconds.toFixed(1)} s old; ${underlyingFreshSeconds} s are allowed.`,
      value: seconds,
      bound,
    }),
  ];
}

/** From `windowFrom` up to but not including `windowTo`, while the market is open. */
function entryWindow({ session }: EntrySignalInput, { windowFrom, windowTo }: EntrySettings): Check {
  const { isOpen, minuteOfDay } = session;
  const inside = minuteOfDay >= minutesOf(windowFrom) && minuteOfDay < minutesOf(windowTo);
  const time = `${Math.floor(minuteOfDay / 60)}:${String(minuteOfDay % 60).padStart(2, '0')}`;
  return passedWhen(isOpen && inside, {
    name: 'entry_window',
    text: `It is ${time} in New York and the market is ${isOpen ? 'open' : 'closed'}; entries are made from ${windowFrom} to ${windowTo}.`,
    value: time,
    bound: `${windowFrom} to ${windowTo}`,
  });
}

/** The Greeks of the book with an entry added, checked against their limits: before anything is sent, and again as it is sent. */
import { type Check, failed, passedWhen } from '../entry/check.js';
import type { EntrySettings } from '../entry/settings.js';
import type { Micros } from '../money.js';
import type { Exposure } from './exposure.js';

/** Sums over a book. A sum is absent when some position lacks its data. */
export interface BookSums {
  /** Delta per combo over the condors; 0 without any. */
  readonly condorDelta?: number;
  /** Beta-weighted, as shares of net liquidation. */
  readonly deltaShare?: number;
  readonly gammaShare?: number;
}

/**
 * The sums of the whole book. Gamma is the change of the dollar delta for a 1 % move of SPY: an underlying moves by beta per cent,
 * and its change is weighted by beta again.
 */
export function sumsOf(book: readonly Exposure[], netLiquidation: Micros | undefined): BookSums {
  const condors = book.filter(({ structure, combos }) => structure === 'iron_condor' && combos > 0);
  const combos = condors.reduce((sum, one) => sum + one.combos, 0);
  const condorDelta = total(condors, ({ deltaPerCombo, combos: n }) => times(deltaPerCombo, n / combos));
  const delta = total(book, ({ dollarDelta, beta }) => times(dollarDelta, beta));
  const gamma = total(book, ({ dollarGamma, beta }) => times(dollarGamma, beta === undefined ? beta : beta * beta));
  return {
    ...(condorDelta !== undefined && { condorDelta }),
    ...shareOf('deltaShare', delta, netLiquidation),
    ...shareOf('gammaShare', gamma, netLiquidation),
  };
}

/** `book` includes the entry itself. Each bound is strict; a missing figure refuses and names the missing data. */
export function bookChecks(
  entry: Exposure,
  book: readonly Exposure[],
  netLiquidation: Micros | undefined,
  settings: EntrySettings,
): readonly Check[] {
  const { symbol } = entry;
  const all = sumsOf(book, netLiquidation);
  const inSymbol = book.filter((one) => one.symbol === symbol);
  const why = whyMissing(book, netLiquidation);
  const check = (name: string, what: string, value: number | undefined, max: number, text = percent): Check => {
    const bound = `|x| < ${max}`;
    if (value === undefined) return failed(name, `${what} after the entry is missing. ${why}`, bound);
    return passedWhen(Math.abs(value) < max, {
      name,
      text: `${what} after the entry is ${text(value)}; its size must stay below ${text(max)}.`,
      value,
      bound,
    });
  };
  const share = (of: (one: Exposure) => number | undefined) =>
    shareOf('value', total(inSymbol, of), netLiquidation).value;
  const ofNet = (what: string) => `${what}, as a share of net liquidation,`;
  return [
    ...(entry.structure === 'iron_condor'
      ? [
          check(
            'portfolio_delta_after',
            "The condors' delta per combo",
            all.condorDelta,
            settings.portfolioDeltaMax,
            (value) => String(Number(value.toFixed(3))),
          ),
        ]
      : []),
    check('dollar_delta_after', ofNet('The dollar delta'), all.deltaShare, settings.dollarDeltaShareMax),
    check(
      'symbol_delta_after',
      ofNet(`The dollar delta of ${symbol}`),
      share(({ dollarDelta }) => dollarDelta),
      settings.symbolDeltaShareMax,
    ),
    check('gamma_after', ofNet('The dollar gamma'), all.gammaShare, settings.gammaShareMax),
    check(
      'symbol_gamma_after',
      ofNet(`The dollar gamma of ${symbol}`),
      share(({ dollarGamma }) => dollarGamma),
      settings.symbolGammaShareMax,
    ),
  ];
}

/** Sentences that say why the sums are unknown; empty when they are known. */
export function whyMissing(book: readonly Exposure[], netLiquidation: Micros | undefined): string {
  const known = netLiquidation !== undefined && netLiquidation > 0;
  return [
    ...(known ? [] : ['The net liquidation value is missing.']),
    ...book.map(({ missing }) => missing).filter((text) => text !== undefined),
  ].join(' ');
}

function total(book: readonly Exposure[], of: (one: Exposure) => number | undefined): number | undefined {
  let sum = 0;
  for (const one of book) {
    const value = of(one);
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

function shareOf<K extends string>(key: K, sum: number | undefined, net: Micros | undefined): { [P in K]?: number } {
  if (sum === undefined || net === undefined || net <= 0) return {};
  return { [key]: sum / net } as { [P in K]?: number };
}

function times(value: number | undefined, factor: number | undefined): number | undefined {
  return value === undefined || factor === undefined ? undefined : value * factor;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

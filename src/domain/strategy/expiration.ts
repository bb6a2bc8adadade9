/** Which listed expiration and which listed strikes a builder looks at. */
import { daysToExpiry } from 'market-time';
import type { StrategySettings } from './settings.js';

/** One class of an underlying's options; the broker's listing. */
/** One class of an underlying's options. Expirations YYYYMMDD and strikes (dollars) ascending. */
export interface ListedClass {
  readonly tradingClass: string;
  readonly exchange: string;
  readonly multiplier: number;
  readonly expirations: readonly string[];
  readonly strikes: readonly number[];
}

export interface ChosenExpiration {
  readonly tradingClass: string;
  readonly multiplier: number;
  readonly expiry: string;
  readonly dte: number;
  readonly strikes: readonly number[];
}

/** Index classes that settle by the morning auction; their weekly sisters settle at the close. */
const AM_SETTLED: ReadonlySet<string> = new Set(['SPX', 'VIX', 'NDX', 'RUT']);

/**
 * The listed expiration nearest to the target within the window, never closer than `rollDte + dteAboveRoll` days. Standard
 * classes only: other multipliers are adjusted contracts. Refused with the reason when nothing fits.
 */
export function chooseExpiration(
  classes: readonly ListedClass[],
  now: number,
  settings: StrategySettings,
  rollDte: number,
): ChosenExpiration | { readonly refused: string } {
  const earliest = Math.max(settings.dteMin, rollDte + settings.dteAboveRoll);
  const candidates = classes
    .filter((one) => one.multiplier === 100 && (settings.allowAmSettled || !AM_SETTLED.has(one.tradingClass)))
    .flatMap((one) => one.expirations.map((expiry) => ({ ...one, expiry, dte: daysToExpiry(now, expiry) })))
    .filter(({ dte }) => dte >= earliest && dte <= settings.dteMax)
    .sort(
      (a, b) =>
        Math.abs(a.dte - settings.dte) - Math.abs(b.dte - settings.dte) ||
        a.dte - b.dte ||
        b.strikes.length - a.strikes.length,
    );
  const best = candidates[0];
  if (best === undefined) {
    return {
      refused: `No listed expiration lies between ${earliest} and ${settings.dteMax} days; the target is ${settings.dte}.`,
    };
  }
  const { tradingClass, multiplier, expiry, dte, strikes } = best;
  return { tradingClass, multiplier, expiry, dte, strikes };
}

/**
 * Strikes worth quoting: within three standard deviations of the price, at most `count` of them spread evenly, so that a
 * chain of hundreds costs a few dozen quotes. `volatility` per year; price in dollars.
 */
export function strikesToQuote(
  strikes: readonly number[],
  price: number,
  volatility: number,
  dte: number,
  count: number,
): readonly number[] {
  const deviation = price * volatility * Math.sqrt(Math.max(1, dte) / 365);
  const near = strikes.filter((strike) => Math.abs(strike - price) <= 3 * deviation);
  const step = Math.max(1, Math.ceil(near.length / count));
  return near.filter((_, index) => index % step === 0);
}

/** Which listed expiration and which listed strikes a builder reads. */
import { daysToExpiry } from 'market-time';
import type { StrategySettings } from './settings.js';

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

/**
 * Index classes whose every contract settles by the opening auction of the day after its last trade. Their weekly sisters (SPXW, NDXP,
 * RUTW) settle at the close, the weeklies of VIX do not. Any other class is known by its contract (`OptionDetails`).
 */
const MORNING_SETTLED: ReadonlySet<string> = new Set(
  'SPX VIX VIXW NDX MNX RUT RUI RLG RLV DJX RVX VXN OVX GVZ VOLQ SOX OSX HGX BKX UTY XAU'.split(' '),
);

export function settlesInTheMorning(tradingClass: string): boolean {
  return MORNING_SETTLED.has(tradingClass);
}

/** Whether a class may be opened: it has the usual deliverable and settles at the close, or the settings allow the morning. */
function isUsable(
  { tradingClass, multiplier }: Pick<ListedClass, 'tradingClass' | 'multiplier'>,
  { allowAmSettled }: Pick<StrategySettings, 'allowAmSettled'>,
): boolean {
  if (multiplier !== 100 || isAdjusted(tradingClass)) return false;
  return allowAmSettled || !settlesInTheMorning(tradingClass);
}

/** Classes from a corporate action (AMC1) and of flexible contracts (2SPY) keep the multiplier; a digit beside the root marks them. */
function isAdjusted(tradingClass: string): boolean {
  return /\d/.test(tradingClass);
}

/**
 * The classes that a person's legs at one expiration may come from: legs of two classes settle at different times. Each has every strike;
 * the one named like the symbol comes before its sisters. Empty when none has them all.
 */
export function classesFor<Class extends ListedClass>(
  classes: readonly Class[],
  expiry: string,
  strikes: readonly number[],
  settings: Pick<StrategySettings, 'allowAmSettled'>,
): readonly Class[] {
  return classes
    .filter((one) => isUsable(one, settings) && one.expirations.includes(expiry))
    .filter((one) => strikes.every((strike) => one.strikes.includes(strike)))
    .sort((a, b) => a.tradingClass.length - b.tradingClass.length || (a.tradingClass < b.tradingClass ? -1 : 1));
}

/**
 * The listed expiration nearest to the target within the window, never closer than `rollDte + dteAboveRoll` days, in the classes that
 * may be opened. Refused with the reason when nothing fits.
 */
export function chooseExpiration(
  classes: readonly ListedClass[],
  now: number,
  settings: StrategySettings,
  rollDte: number,
): ChosenExpiration | { readonly refused: string } {
  const earliest = Math.max(settings.dteMin, rollDte + settings.dteAboveRoll);
  const candidates = classes
    .filter((one) => isUsable(one, settings))
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

/**
 * Volume and open interest of all options of an underlying, as its own line shows them.
 *
 * Adding up thousands of contracts for one number is not worth the time. The totals are drawn per day, sized by the classes' liquidity,
 * with more puts than calls on funds and indices as in reality. Volume grows over the session.
 */
import type { OptionTotals } from '../model.js';
import { max, min, round } from './math.js';
import { OPTION_CLASSES } from './option-classes.js';
import { normalOf, numberHash } from './random.js';
import type { ResolvedUnderlying } from './resolve.js';
import type { TradingDay } from './timeline.js';

/** Number of contracts whose open interest is about that of one near the money. */
const BUSY_CONTRACTS = 400;
/** Share of the open interest that trades per day. */
const DAILY_TURNOVER = 0.25;
/** Puts per call: higher where people hedge, lower where they speculate. */
const HEDGED = 1.6;
const SPECULATED = 0.8;
const DAILY_NOISE = 0.08;

/** The totals at a time of a trading day; undefined where no options are listed. */
export function optionTotals(
  seed: number,
  underlying: ResolvedUnderlying,
  day: Pick<TradingDay, 'index' | 'openAt' | 'closeAt'>,
  at: number,
): OptionTotals | undefined {
  const classes = OPTION_CLASSES.filter((listed) => listed.symbol === underlying.symbol && !listed.adjusted);
  if (classes.length === 0) return undefined;
  const size = classes.reduce((sum, listed) => sum + listed.openInterest, 0) * BUSY_CONTRACTS;
  const noise = (salt: number) =>
    1 + DAILY_NOISE * max(-3, min(3, normalOf(numberHash(seed, underlying.conId, day.index, salt))));
  const ratio = underlying.stockType === 'COMMON' ? SPECULATED : HEDGED;
  const callOpenInterest = round(size * noise(1));
  const putOpenInterest = round(size * ratio * noise(2));
  const share = max(0, min(1, (at - day.openAt) / (day.closeAt - day.openAt)));
  const volume = (interest: number, salt: number) => round(interest * DAILY_TURNOVER * noise(salt) * share);
  return {
    callOpenInterest,
    putOpenInterest,
    callVolume: volume(callOpenInterest, 3),
    putVolume: volume(putOpenInterest, 4),
  };
}

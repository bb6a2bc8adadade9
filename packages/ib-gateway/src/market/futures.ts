/**
 * The E-mini S&P 500 futures, for clients that request their details and price; nothing else depends on them.
 */

import { civil, dayText, easternDay, easternTime, nthWeekday, OPEN_MINUTE, parseDay } from 'market-time';
import type { GatewayContract } from '../model.js';
import type { ResolvedUnderlying } from './resolve.js';

const FIRST_ID = 209_000_000;
const QUARTERS = [3, 6, 9, 12];
const MONTH_CODES: Readonly<Record<number, string>> = { 3: 'H', 6: 'M', 9: 'U', 12: 'Z' };
const LISTED = 5;
const FRIDAY = 5;
const FIRST_YEAR = 2000;
const FUTURE_VOLUME = 1_500_000;

function quarterly(year: number, month: number): GatewayContract {
  const expiry = dayText(nthWeekday(year, month, FRIDAY, 3));
  return {
    conId: FIRST_ID + (year - FIRST_YEAR) * 4 + QUARTERS.indexOf(month),
    symbol: 'ES',
    secType: 'FUT',
    expiry,
    multiplier: 50,
    exchange: 'CME',
    primaryExchange: '',
    currency: 'USD',
    localSymbol: `ES${MONTH_CODES[month] ?? ''}${year % 10}`,
    tradingClass: 'ES',
  };
}

/** The next five quarterly contracts at a time. */
export function futures(at: number): readonly GatewayContract[] {
  const today = easternDay(at);
  const { year } = civil(today);
  const all = [year, year + 1, year + 2].flatMap((each) => QUARTERS.map((month) => quarterly(each, month)));
  return all.filter((contract) => (parseDay(contract.expiry ?? '') ?? 0) >= today).slice(0, LISTED);
}

/** The future of an id, or undefined when the id is none of theirs. */
export function futureOf(conId: number): GatewayContract | undefined {
  const count = conId - FIRST_ID;
  if (!Number.isInteger(count) || count < 0 || count >= 400) return undefined;
  const month = QUARTERS[count % 4];
  return month === undefined ? undefined : quarterly(FIRST_YEAR + Math.floor(count / 4), month);
}

/** A future as something that is quoted: its index with a spread, priced forward to the open of the expiry day. */
export function futureInstrument(
  contract: GatewayContract,
  index: ResolvedUnderlying,
): { underlying: ResolvedUnderlying; future: { contract: GatewayContract; settlesAt: number } } {
  const settlesAt = easternTime(parseDay(contract.expiry ?? '') ?? 0, OPEN_MINUTE);
  const underlying = { ...index, conId: contract.conId, secType: contract.secType, halfSpread: index.minTick / 2 };
  return { underlying: { ...underlying, dailyVolume: FUTURE_VOLUME }, future: { contract, settlesAt } };
}

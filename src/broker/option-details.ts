/** Maps the broker's contract details to Legwork's options and underlyings. */
import type { Contract, ContractDetails } from '@stoqey/ib';
import { closeMinute, easternTime, parseDay, parseHours, zoneOf } from 'market-time';
import { fromNumber } from '../domain/money.js';
import type { ExerciseStyle, OptionContract, Right } from '../domain/option.js';
import type { OptionDetails, Underlying } from './api.js';
import { parseBrokerTime } from './times.js';

/** Classes that are exercised only at expiry: cash-settled index options (rule books of their exchanges). */
const EUROPEAN: ReadonlySet<string> = new Set(
  'SPX SPXW XSP XSPW VIX VIXW NDX NDXP XND RUT RUTW MRUT MRUTW DJX XEO NANOS SPEQX'.split(' '),
);
/** Index options that may be exercised on any day. */
const AMERICAN_INDEX: ReadonlySet<string> = new Set(['OEX', 'OEXW', 'XAU']);
const DEFAULT_MULTIPLIER = 100;

/** Index options are exercised only at expiry, with a few exceptions. */
function styleOf(tradingClass: string, underlyingType: string | undefined): ExerciseStyle {
  const index = underlyingType === 'IND' && !AMERICAN_INDEX.has(tradingClass);
  return index || EUROPEAN.has(tradingClass) ? 'european' : 'american';
}

/** `C`, `CALL`, `P`, `PUT`. */
export function rightOf(text: string | undefined): Right | undefined {
  const letter = (text ?? '').charAt(0).toUpperCase();
  if (letter === 'C') return 'CALL';
  return letter === 'P' ? 'PUT' : undefined;
}

/** Undefined when the details are not those of a listed option. */
export function optionOf(details: ContractDetails): OptionContract | undefined {
  const { contract } = details;
  const right = rightOf(contract.right);
  const { conId, strike } = contract;
  // The library may leave date, time and zone in one text: the date is its beginning.
  const expiry = (contract.lastTradeDateOrContractMonth ?? '').slice(0, 8);
  if (right === undefined || conId === undefined || strike === undefined || parseDay(expiry) === undefined)
    return undefined;
  const tradingClass = contract.tradingClass ?? '';
  return {
    conId,
    symbol: details.underSymbol || contract.symbol || '',
    right,
    strike,
    expiry,
    tradingClass,
    multiplier: Number(contract.multiplier) || DEFAULT_MULTIPLIER,
    lastTradeAt: lastTradeAt(details, expiry),
    style: styleOf(tradingClass, details.underSecType),
  };
}

/**
 * Compares the day of expiration, which only cash-settled contracts may have after their last trade; false when it is not given.
 */
export function isMorningSettled({ realExpirationDate = '' }: ContractDetails, contract: OptionContract): boolean {
  return contract.style === 'european' && realExpirationDate.slice(0, 8) > contract.expiry;
}

/**
 * From date, time and zone where the broker gives them; the zone comes with the time or from the contract. Without them, or with
 * an unknown zone, the close of the stock market on the last day.
 */
function lastTradeAt(details: ContractDetails, expiry: string): number {
  const time = details.lastTradeTime ?? textAfterDate(details.contract.lastTradeDateOrContractMonth);
  if (time !== undefined && /^\d{1,2}:\d{2}/.test(time)) {
    const parsed = parseBrokerTime(`${expiry} ${time}`, zoneOf(details.timeZoneId));
    if (parsed !== undefined) return parsed;
  }
  const day = parseDay(expiry) ?? 0;
  return easternTime(day, closeMinute(day));
}

/** Regular sessions of a contract by its own hours, in its own zone; none, and why, when the zone is unknown. */
export function sessionsOf(details: ContractDetails): Pick<OptionDetails, 'sessions' | 'hoursProblem'> {
  const { liquidHours = '', timeZoneId = '', contract } = details;
  if (liquidHours === '') return { sessions: [] };
  const zone = zoneOf(timeZoneId);
  if (zone !== undefined) return { sessions: parseHours(liquidHours, zone) };
  const name = contract.tradingClass || contract.symbol || `contract ${contract.conId}`;
  return {
    sessions: [],
    hoursProblem: `The broker gives the trading hours of ${name} in the time zone "${timeZoneId}", which is not known; only the calendar of the US exchanges is used.`,
  };
}

function textAfterDate(text: string | undefined): string | undefined {
  const rest = (text ?? '').slice(8).trim();
  return rest === '' ? undefined : rest;
}

/** Undefined when the details are neither a stock's nor an index's. */
export function underlyingOf(details: ContractDetails): Underlying | undefined {
  const { contract } = details;
  const secType = String(contract.secType);
  if ((secType !== 'STK' && secType !== 'IND') || contract.conId === undefined) return undefined;
  return {
    conId: contract.conId,
    symbol: contract.symbol ?? '',
    secType,
    exchange: contract.exchange || 'SMART',
    primaryExchange: primaryOf(contract),
    currency: contract.currency ?? '',
    longName: details.longName ?? '',
    minTick: fromNumber(details.minTick ?? 0),
  };
}

function primaryOf(contract: Contract): string {
  return contract.primaryExch || contract.exchange || '';
}

/** Number of the market rule for orders sent to `exchange`; rules are listed in the order of the valid exchanges. */
export function marketRuleOf(details: ContractDetails, exchange: string): number | undefined {
  const rules = (details.marketRuleIds ?? '').split(',').map(Number);
  const index = (details.validExchanges ?? '').split(',').indexOf(exchange);
  const rule = rules[index] ?? rules[0];
  return rule !== undefined && Number.isInteger(rule) && rule > 0 ? rule : undefined;
}

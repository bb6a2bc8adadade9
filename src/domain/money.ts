/**
 * Money and prices as integers.
 *
 * `Micros` are millionths of a dollar: fine enough for commissions (IB reports up to six decimals) and half ticks, and a
 * safe integer up to nine billion dollars. A price is micros per share; an amount of money is micros. Floating point
 * appears only in `fromNumber`, at the edge where the broker's library hands us a parsed double.
 */
import { InvalidInput } from './errors.js';

export type Micros = number;

export const MICROS_PER_DOLLAR = 1_000_000;

/** Parses a decimal string such as `-1.2345`; at most six decimals. Throws InvalidInput naming the text. */
export function parseMoney(text: string): Micros {
  const match = /^([+-]?)(\d+)(?:\.(\d{1,6}))?$/.exec(text.trim());
  if (!match) throw new InvalidInput('amount', text, 'a decimal number with at most six decimals, such as 1.25');
  const [, sign, whole = '0', fraction = ''] = match;
  const micros = Number(whole) * MICROS_PER_DOLLAR + Number(fraction.padEnd(6, '0'));
  if (!Number.isSafeInteger(micros)) throw new InvalidInput('amount', text, 'a smaller number');
  return sign === '-' ? -micros : micros;
}

/** Formats micros as a decimal string with at least `decimals` decimals and no more than needed: 1250000 -> `1.25`. */
export function formatMoney(micros: Micros, decimals = 2): string {
  const absolute = Math.abs(micros);
  const fraction = String(absolute % MICROS_PER_DOLLAR).padStart(6, '0');
  const kept = fraction.replace(/0+$/, '').padEnd(decimals, '0');
  const sign = micros < 0 ? '-' : '';
  return `${sign}${Math.floor(absolute / MICROS_PER_DOLLAR)}${kept === '' ? '' : `.${kept}`}`;
}

/** A double from the broker's library, rounded to the nearest micro. */
export function fromNumber(value: number): Micros {
  return Math.round(value * MICROS_PER_DOLLAR) + 0;
}

/** A price for the broker's library: the double nearest to the decimal value. */
export function toNumber(micros: Micros): number {
  return Number(formatMoney(micros, 0));
}

/** Integer division rounded half away from zero; all averages and mids are rounded so. */
export function divideRounded(numerator: number, denominator: number): number {
  const sign = numerator < 0 !== denominator < 0 ? -1 : 1;
  return sign * Math.floor(Math.abs(numerator) / Math.abs(denominator) + 0.5) + 0;
}

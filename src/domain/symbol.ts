/** Tickers, in one form for people, settings, ids and the broker. */
import { InvalidInput } from './errors.js';

/** A root and, for a class of shares, its letters; people write a space, a dot or a slash between them. */
export const TICKER = /^([A-Z][A-Z0-9]{0,9}|[A-Z][A-Z0-9]{1,7}[ ./][A-Z]{1,2})$/i;

/** The broker's form: upper case, a space before the class of shares. Undefined for text that cannot be a ticker. */
export function symbolOf(text: string): string | undefined {
  const upper = text.trim().toUpperCase();
  return TICKER.test(upper) ? upper.replace(/[./]/, ' ') : undefined;
}

/** `spy` -> `SPY`, `brk.b` -> `BRK B`; throws InvalidInput. */
export function parseSymbol(text: string): string {
  const symbol = symbolOf(text);
  if (symbol !== undefined) return symbol;
  throw new InvalidInput('symbol', text, 'the ticker of an underlying, such as SPY, SPX or BRK.B');
}

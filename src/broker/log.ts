/** Log lines without account ids and passwords. */
import type { Log } from '../domain/log.js';
import { masked } from './guard.js';

/** The broker's paper and live ids, including those that are not configured. */
const ACCOUNT = /\b(?:DU|DF|U|F)\d{5,9}\b/g;

/** The password of a URL. */
const PASSWORD = /(\w:\/\/[^\s/@:]*):[^\s/@]+@/g;

/** Wraps a log so that no account id, and no password of a URL, gets through in any text. */
export function redacting(log: Log, accounts: readonly string[]): Log {
  const clean = (text: string): string => {
    let result = text;
    for (const account of accounts) if (account !== '') result = result.replaceAll(account, masked(account));
    return result.replace(ACCOUNT, masked).replace(PASSWORD, '$1:***@');
  };
  const value = (input: unknown): unknown => {
    if (typeof input === 'string') return clean(input);
    if (Array.isArray(input)) return input.map(value);
    if (input instanceof Error) return clean(input.message);
    if (typeof input === 'object' && input !== null)
      return Object.fromEntries(Object.entries(input).map(([key, inner]) => [key, value(inner)]));
    return input;
  };
  return (level, message, fields) =>
    log(level, clean(message), fields && (value(fields) as Readonly<Record<string, unknown>>));
}

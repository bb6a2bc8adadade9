/** Conversions between API and table values; money is passed as decimal text, never as a double. */
import { invariant } from '../domain/errors.js';
import { formatMoney, type Micros, parseMoney } from '../domain/money.js';

/** numeric(20,6) as Postgres sends it: exact decimal text. */
export type Numeric = string;

/** Micros as the text of a numeric; `undefined` is NULL. Throws INVARIANT_BROKEN for a fraction of a micro. */
export function numeric(micros: Micros | undefined): Numeric | null {
  if (micros === undefined) return null;
  invariant(Number.isSafeInteger(micros), `Money must be whole micros, not ${micros}.`);
  return formatMoney(micros, 0);
}

/** The text of a numeric as Micros; NULL is `undefined`. */
export function micros(text: Numeric | null): Micros | undefined {
  return text === null ? undefined : parseMoney(text);
}

/** A numeric that the schema declares NOT NULL. */
export function requiredMicros(text: Numeric): Micros {
  return parseMoney(text);
}

/** Epoch ms as text with its zone, independent of the process's zone; `undefined` is NULL. */
export function timestamp(at: number | undefined): string | null {
  if (at === undefined) return null;
  invariant(Number.isFinite(at), `A time must be epoch ms, not ${at}.`);
  return new Date(at).toISOString();
}

/** A value for a jsonb column; pg would send a bare array as a Postgres array. */
export function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** JSON with sorted keys and without undefined: equal exactly when the values are equal as JSON. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(JSON.parse(JSON.stringify(value))));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(keys.map(([key, inner]) => [key, sorted(inner)]));
}

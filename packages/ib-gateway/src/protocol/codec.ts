/**
 * Encodes and decodes messages by their field tables.
 */
import {
  exists,
  type Field,
  type Message,
  type MutableValues,
  type Scalar,
  type ScalarField,
  type Values,
} from './field.js';

/** Thrown when tokens do not fit the table. The session answers with error 320 and goes on. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

const LARGEST_INT = 2147483647;
const LARGEST_DOUBLE = 1.7976931348623157e308;
const MAX_LIST_LENGTH = 1_000;

/** All tokens of a message: its number first. */
export function encode(message: Message, values: Values, version: number): string[] {
  const tokens = [String(message.id)];
  encodeFields(message.fields, values, version, tokens);
  return tokens;
}

function encodeFields(fields: readonly Field[], values: Values, version: number, tokens: string[]): void {
  for (const field of fields) {
    if (!exists(field, version)) continue;
    if (field.kind === 'constant') tokens.push(field.token);
    else if (field.kind === 'scalar') tokens.push(encodeScalar(field, values[field.name]));
    else if (field.kind === 'when') {
      if (field.test(values)) encodeFields(field.fields, values, version, tokens);
    } else {
      const items = values[field.name];
      const rows = Array.isArray(items) ? (items as readonly Values[]) : [];
      tokens.push(String(rows.length));
      for (const row of rows) encodeFields(field.fields, row, version, tokens);
    }
  }
}

function encodeScalar(field: ScalarField, value: Values[string]): string {
  if (value === undefined) return field.unset;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return numberToken(value, field.unset);
  return typeof value === 'string' ? escapeText(value) : field.unset;
}

/** At most ten decimals, without the noise of binary fractions; never an exponent for what a price can be. */
function numberToken(value: number, unset: string): string {
  if (Number.isNaN(value)) return unset;
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Number.isInteger(value)) return String(value);
  // Most numbers are prices and sizes, which are whole in hundredths of a cent: they need no rounding.
  if (Math.round(value * 1e4) / 1e4 === value) return String(value);
  const rounded = Number(value.toFixed(10));
  return Math.abs(rounded) < 1e-6 ? rounded.toFixed(10).replace(/\.?0+$/, '') : String(rounded);
}

/** From version 153 on the gateway sends ASCII only, other characters as \\uXXXX. */
function escapeText(value: string): string {
  return value.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

class TokenSource {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get left(): number {
    return this.#tokens.length - this.#at;
  }

  take(what: string): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new MessageError(`the message ends before ${what}`);
    this.#at += 1;
    return token;
  }
}

/** The record of a message without its number. Surplus tokens are counted, not read. */
export function decode(
  message: Message,
  tokens: readonly string[],
  version: number,
): { readonly values: Values; readonly surplus: number } {
  const source = new TokenSource(tokens);
  const values: MutableValues = {};
  decodeFields(message.fields, source, version, values);
  return { values, surplus: source.left };
}

function decodeFields(fields: readonly Field[], source: TokenSource, version: number, values: MutableValues): void {
  for (const field of fields) {
    if (!exists(field, version)) continue;
    if (field.kind === 'constant') source.take('a fixed token');
    else if (field.kind === 'scalar') {
      const value = decodeScalar(field, source.take(field.name));
      if (value !== undefined) values[field.name] = value;
    } else if (field.kind === 'when') {
      if (field.test(values)) decodeFields(field.fields, source, version, values);
    } else values[field.name] = decodeList(field, source, version);
  }
}

function decodeList(
  field: { readonly name: string; readonly fields: readonly Field[] },
  source: TokenSource,
  version: number,
): Values[] {
  const token = source.take(field.name);
  const count = token === '' ? 0 : integerOf(token, field.name);
  if (count < 0 || count > Math.max(MAX_LIST_LENGTH, source.left))
    throw new MessageError(`${field.name} has no valid count`);
  const rows: Values[] = [];
  for (let index = 0; index < count; index += 1) {
    const row: MutableValues = {};
    decodeFields(field.fields, source, version, row);
    rows.push(row);
  }
  return rows;
}

function decodeScalar(field: ScalarField, token: string): Scalar | undefined {
  if (token === '') return undefined;
  if (field.type === 'text') return unescapeText(token);
  if (field.type === 'bool') return token !== '0' && token.toLowerCase() !== 'false';
  if (field.unset !== '0' && token === field.unset) return undefined;
  const value = field.type === 'int' ? integerOf(token, field.name) : decimalOf(field, token);
  return value === LARGEST_INT || (value >= LARGEST_DOUBLE && value !== Number.POSITIVE_INFINITY) ? undefined : value;
}

function unescapeText(token: string): string {
  return token.replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

function integerOf(token: string, name: string): number {
  // Some clients write whole numbers as decimals ("1.0").
  const value = /^[+-]?\d{1,16}(\.0+)?$/.test(token) ? Number(token) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new MessageError(`${name} is not a whole number: ${token.slice(0, 40)}`);
  return value;
}

function decimalOf(field: ScalarField, token: string): number {
  const value = Number(token);
  const allowed = field.type === 'limit' ? !Number.isNaN(value) : Number.isFinite(value);
  if (!allowed || token.trim() === '') throw new MessageError(`${field.name} is not a number: ${token.slice(0, 40)}`);
  return value;
}

/**
 * The protocol from a client's side: requests become tokens, and responses become records. The tokens of a message are
 * also named by field, for callers that must know whether a field was empty or held one of IB's values for "unset".
 */
import { decode, encode } from './codec.js';
import { exists, type Field, type Message, type MutableValues, type Values } from './field.js';
import { requests } from './requests.js';
import { responses } from './responses.js';

const requestsByName = new Map<string, Message>(requests.map((entry) => [entry.name, entry]));
const requestsById = new Map<string, Message>(requests.map((entry) => [String(entry.id), entry]));
const responsesById = new Map<string, Message>(responses.map((entry) => [String(entry.id), entry]));

/** A decoded message. `problem` says why its tokens do not fit the table; then some of its values are missing. */
export interface Decoded {
  readonly name: string;
  readonly values: Values;
  readonly problem?: string;
}

/** All tokens of a request. Throws on a name that is not in the table: a bug of the caller. */
export function encodeRequest(name: string, values: Values, version: number): string[] {
  const message = requestsByName.get(name);
  if (!message) throw new Error(`no request is called ${name}`);
  return encode(message, values, version);
}

/** Reads a gateway's message; never throws. A number that is not in the table is called UNKNOWN_<number>. */
export function decodeResponse(tokens: readonly string[], version: number): Decoded {
  return read(responsesById.get(tokens[0] ?? ''), tokens, version);
}

/** Reads a client's message; never throws. */
export function decodeRequest(tokens: readonly string[], version: number): Decoded {
  return read(requestsById.get(tokens[0] ?? ''), tokens, version);
}

function read(message: Message | undefined, tokens: readonly string[], version: number): Decoded {
  const [head = '', ...rest] = tokens;
  if (!message) return { name: `UNKNOWN_${head.slice(0, 10)}`, values: {}, problem: 'no table has this number' };
  try {
    const { values, surplus } = decode(message, rest, version);
    return { name: message.name, values, ...(surplus > 0 && { problem: `${surplus} tokens more than the table has` }) };
  } catch (error) {
    return { name: message.name, values: {}, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** A token and the field that it belongs to; fields of lists as `comboLegs[0].conId`. */
export interface FieldToken {
  readonly path: string;
  readonly token: string;
}

/** The tokens of a response by field, as far as they fit its table, without its number and meaningless tokens. */
export function responseTokens(tokens: readonly string[], version: number): readonly FieldToken[] {
  const message = responsesById.get(tokens[0] ?? '');
  const found: FieldToken[] = [];
  if (message) walk(message.fields, { tokens, at: 1 }, version, '', found);
  return found;
}

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
}

function walk(
  fields: readonly Field[],
  cursor: Cursor,
  version: number,
  prefix: string,
  found: FieldToken[],
  values: MutableValues = {},
): Values {
  for (const field of fields) {
    if (!exists(field, version)) continue;
    if (field.kind === 'when') {
      if (field.test(values)) walk(field.fields, cursor, version, prefix, found, values);
      continue;
    }
    const token = cursor.tokens[cursor.at];
    if (token === undefined) return values;
    cursor.at += 1;
    if (field.kind === 'constant') continue;
    if (field.kind === 'scalar') {
      if (token !== '' && !isUnsetNumber(token)) values[field.name] = field.type === 'bool' ? token === '1' : token;
      found.push({ path: `${prefix}${field.name}`, token });
      continue;
    }
    const count = Math.min(Number(token) || 0, cursor.tokens.length - cursor.at);
    values[field.name] = Array.from({ length: count }, (_, index) =>
      walk(field.fields, cursor, version, `${prefix}${field.name}[${index}].`, found),
    );
  }
  return values;
}

/** The largest int, long and double. */
const LARGEST: readonly number[] = [2147483647, Number('9223372036854775807'), Number.MAX_VALUE];

/** Whether a token is one of the numbers that IB sends for "unset". */
export function isUnsetNumber(token: string): boolean {
  return token !== '' && LARGEST.includes(Number(token));
}

/**
 * What people send to a position, as text in the Web UI or at the `temporal` command: read kindly, and refused with a sentence. Nothing,
 * `null` and `{}` are the least input of every message; words count in any case, numbers as text and as numbers.
 */
import { InvalidInput, messageOf } from '../domain/errors.js';
import { nearest } from '../domain/nearest.js';
import { parsePrice } from '../domain/order/written-price.js';
import { URGENCY_RANK, type Urgency } from '../domain/rules/decision.js';
import { DEFAULT_CLOSE_RATIO } from '../domain/rules/reduce-size.js';
import type { ReduceMessage, RollMessage } from './messages.js';
import type { Pricing } from './requests.js';

/** A message as it was read; without a request id where none was given. */
export type PositionMessage = Partial<ReduceMessage & RollMessage>;

type Fields = Readonly<Record<string, unknown>>;
type Field = keyof PositionMessage | 'price';

interface Kind {
  readonly fields: readonly Field[];
  /** For the Web UI and `temporal workflow metadata`: what it does, and JSON to paste. */
  readonly description: string;
}

const EXIT: readonly Field[] = ['requestId', 'urgency', 'price', 'pricing', 'overrideHalt', 'replyTo', 'rule'];
const OPTIONS = 'urgency (immediate, high, normal, low), price ("1.25"), pricing ("market"), overrideHalt (true)';

/** The messages of a position; each is a signal, and an update of the same name, which answers. */
export const POSITION_MESSAGES = {
  close: {
    fields: EXIT,
    description: `Closes the position. Input: none, or {"urgency": "immediate"}. Fields: ${OPTIONS}.`,
  },
  reduce: {
    fields: [...EXIT, 'ratio'],
    description: `Closes a share of the open combos, ${DEFAULT_CLOSE_RATIO} unless given. Input: none, or {"ratio": 0.25}. Fields: ratio, ${OPTIONS}.`,
  },
  roll: {
    fields: [...EXIT, 'dte', 'orClose'],
    description: `Closes the position and opens it at a later expiry. Input: none, or {"dte": 60}. Fields: dte (days), orClose (true: close it when nothing fits), ${OPTIONS}.`,
  },
  pause: { fields: ['requestId'], description: 'Stops the rules; the position stays as it is. Input: none.' },
  resume: { fields: ['requestId'], description: 'Lets the rules go on. Input: none.' },
  updateRules: { fields: ['requestId'], description: 'Reads the settings of the rules again. Input: none.' },
} as const satisfies Record<string, Kind>;

export type MessageName = keyof typeof POSITION_MESSAGES;
export const MESSAGE_NAMES = Object.keys(POSITION_MESSAGES) as MessageName[];

/** Key of an input that could not be decoded; its value says why. */
export const UNREADABLE = '(unreadable)';

export type ReadMessage = { readonly message: PositionMessage } | { readonly wrong: string };

/** Reads the arguments of a message. Never throws: what is not allowed comes back as the sentence with field, value and what is. */
export function readMessage(name: MessageName, args: readonly unknown[]): ReadMessage {
  try {
    return { message: read(name, args) };
  } catch (error) {
    return { wrong: messageOf(error) };
  }
}

/** The sentence for a name that is none of a position's messages. */
export function unknownMessage(name: string): string {
  const near = nearest(name.trim().slice(0, LONGEST_NAME), MESSAGE_NAMES);
  const expected =
    near === undefined
      ? `one of ${MESSAGE_NAMES.join(', ')}`
      : `${near}, as it is written here. ${POSITION_MESSAGES[near as MessageName].description}`;
  return new InvalidInput('message', clipped(name.trim()), expected).message.replace(/\.\.$/, '.');
}

const LONGEST_NAME = 40;

function read(name: MessageName, args: readonly unknown[]): PositionMessage {
  if (args.length > 1) throw new InvalidInput('input', `${args.length} values`, 'none, or one JSON object');
  const given = objectOf(name, args[0]);
  const known: readonly string[] = POSITION_MESSAGES[name].fields;
  for (const key of Object.keys(given)) if (!known.includes(key)) throw unknownField(name, key, known);
  const field = <T>(key: Field, parse: (value: unknown, key: string) => T): T | undefined =>
    given[key] === undefined || given[key] === null ? undefined : parse(given[key], key);
  if (field('price', Boolean) !== undefined && field('pricing', Boolean) !== undefined) {
    throw new InvalidInput('price and pricing', 'both', 'one of them');
  }
  const message: { -readonly [Key in keyof PositionMessage]: PositionMessage[Key] | undefined } = {
    requestId: field('requestId', textOf(/^\P{C}{1,100}$/u, 'a text of 1 to 100 characters')),
    urgency: field('urgency', wordOf(URGENCIES)),
    pricing: field('price', (value) => limitOf(value, 'price', undefined)) ?? field('pricing', pricingOf),
    overrideHalt: field('overrideHalt', flagOf),
    replyTo: field('replyTo', textOf(/^\P{C}{1,255}$/u, 'the id of a workflow')),
    rule: field('rule', textOf(/^\P{C}{1,100}$/u, 'a text of 1 to 100 characters')),
    ratio: name === 'reduce' ? (field('ratio', ratioOf) ?? DEFAULT_CLOSE_RATIO) : undefined,
    dte: field('dte', dteOf),
    orClose: field('orClose', flagOf),
  };
  for (const key of Object.keys(message) as (keyof PositionMessage)[])
    if (message[key] === undefined) delete message[key];
  return message as PositionMessage;
}

function objectOf(name: MessageName, input: unknown): Fields {
  if (input === undefined || input === null) return {};
  const isObject = typeof input === 'object' && !Array.isArray(input) && !ArrayBuffer.isView(input);
  const why = isObject ? (input as Fields)[UNREADABLE] : undefined;
  if (isObject && why === undefined) return input as Fields;
  const shown = why === undefined ? clipped(ArrayBuffer.isView(input) ? 'bytes' : input) : clipped(why);
  throw new InvalidInput(
    'input',
    shown,
    `none, or a JSON object. ${POSITION_MESSAGES[name].description.replace(/\.$/, '')}`,
  );
}

function unknownField(name: MessageName, key: string, known: readonly string[]): InvalidInput {
  const near = nearest(key.slice(0, LONGEST_NAME), known);
  const hint = near === undefined ? `the fields of ${name}: ${known.join(', ')}` : near;
  return new InvalidInput('field', clipped(key), hint);
}

const URGENCIES = Object.keys(URGENCY_RANK) as Urgency[];

/** A text of this form, also given as a number. */
function textOf(form: RegExp, expected: string) {
  return (value: unknown, key: string): string => {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !form.test(text)) throw new InvalidInput(key, clipped(value), expected);
    return text;
  };
}

/** A word out of a few, in any case. */
function wordOf<T extends string>(words: readonly T[]) {
  return (value: unknown, key: string): T => {
    const found = words.find((word) => typeof value === 'string' && word.toLowerCase() === value.trim().toLowerCase());
    if (found === undefined) throw new InvalidInput(key, clipped(value), `one of ${words.join(', ')}`);
    return found;
  };
}

function flagOf(value: unknown, key: string): boolean {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : String(value);
  if (word !== 'true' && word !== 'false') throw new InvalidInput(key, clipped(value), 'true or false');
  return word === 'true';
}

/** A decimal number, also given as text; NaN for anything else. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(value.trim()) ? Number(value) : Number.NaN;
}

function ratioOf(value: unknown, key: string): number {
  const ratio = numberOf(value);
  if (!(ratio > 0 && ratio < 1)) {
    throw new InvalidInput(key, clipped(value), 'a number above 0 and below 1, such as 0.5');
  }
  return ratio;
}

function dteOf(value: unknown, key: string): number {
  const dte = numberOf(value);
  if (!(Number.isInteger(dte) && dte >= 1 && dte <= 1000)) {
    throw new InvalidInput(key, clipped(value), 'a whole number of days from 1 to 1000');
  }
  return dte;
}

/** `"market"`, `"walk"`, or as programs send it: `{"kind": "limit", "price": "1.25", "side": "credit"}`. */
function pricingOf(value: unknown): Pricing {
  const given: Fields =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : { kind: value };
  for (const key of Object.keys(given)) {
    if (!PRICING.includes(key)) throw new InvalidInput('pricing', clipped(key), `the fields ${PRICING.join(', ')}`);
  }
  const kind = wordOf(['walk', 'market', 'limit'])(given.kind ?? 'limit', 'pricing');
  if (kind === 'limit') return limitOf(given.price, 'pricing.price', given.side ?? undefined);
  if (given.price === undefined || given.price === null) return { kind };
  throw new InvalidInput('pricing.price', clipped(given.price), `none with ${kind}`);
}

const PRICING: readonly string[] = ['kind', 'price', 'side'];

function limitOf(value: unknown, key: string, side: unknown): Pricing {
  const expected = 'a net price per share such as "1.25", without a sign; "1.25cr" to receive it, "1.25db" to pay it';
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') throw new InvalidInput(key, clipped(value), expected);
  let price: ReturnType<typeof parsePrice>;
  try {
    price = parsePrice(text);
  } catch {
    throw new InvalidInput(key, clipped(value), expected);
  }
  if (side === undefined) return { kind: 'limit', ...price };
  const named = wordOf(['credit', 'debit'])(side, 'pricing.side');
  if (price.side !== undefined && price.side !== named)
    throw new InvalidInput(key, clipped(value), `the side ${named}`);
  return { kind: 'limit', price: price.price, side: named };
}

/** A value as a sentence can hold it. */
function clipped(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text !== undefined && text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : value;
}

const LONGEST_SHOWN = 80;

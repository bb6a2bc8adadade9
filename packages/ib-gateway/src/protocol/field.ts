/**
 * The fields of messages. A message is a list of fields; the same list encodes and decodes.
 *
 * A field may exist only in some versions: from `since` on, and before `until`. Unset tokens ("" and the largest int and
 * double) decode to an absent key; an absent key encodes as `unset`.
 */

export type Scalar = string | number | boolean;
export interface Values {
  readonly [name: string]: Scalar | readonly Values[] | undefined;
}
/** A record while it is being decoded. */
export interface MutableValues {
  [name: string]: Scalar | readonly Values[] | undefined;
}

/** `quantity` is decimal; `text` any string; `limit` a number for which "Infinity" has a meaning. */
export type ScalarType = 'int' | 'float' | 'limit' | 'text' | 'bool';

interface Gates {
  readonly since?: number;
  readonly until?: number;
}

export interface ScalarField extends Gates {
  readonly kind: 'scalar';
  readonly name: string;
  readonly type: ScalarType;
  /** Token written for an absent value. */
  readonly unset: string;
}

/** A token without meaning: the version of a message, or an obsolete field. */
export interface ConstantField extends Gates {
  readonly kind: 'constant';
  readonly token: string;
}

/** A count, then that many groups. */
export interface ListField extends Gates {
  readonly kind: 'list';
  readonly name: string;
  readonly fields: readonly Field[];
}

/** Fields that are present only when an earlier field says so. */
export interface WhenField extends Gates {
  readonly kind: 'when';
  readonly test: (values: Values) => boolean;
  readonly fields: readonly Field[];
}

export type Field = ScalarField | ConstantField | ListField | WhenField;

/** One message of the protocol. `id` is its number on the wire. */
export interface Message {
  readonly id: number;
  readonly name: string;
  readonly fields: readonly Field[];
}

function scalar(type: ScalarType, unset: string): (name: string, gates?: Gates) => ScalarField {
  return (name, gates = {}) => ({ kind: 'scalar', name, type, unset, ...gates });
}

/** A whole number that clients require: absent is written as 0. */
export const int = scalar('int', '0');
/** A decimal that clients require: absent is written as 0. */
export const float = scalar('float', '0');
export const bool = scalar('bool', '0');
export const text = scalar('text', '');
export const optionalInt = scalar('int', '');
export const optionalFloat = scalar('float', '');
export const optionalBool = scalar('bool', '');
/** IB's value for an unset number, where it does not leave the token empty. */
export const UNSET_INT = '2147483647';
export const UNSET_LONG = '9223372036854775807';
export const UNSET_DOUBLE = '1.7976931348623157E308';

/** A decimal that may be the word Infinity. */
export const optionalLimit = scalar('limit', '');

/** A decimal whose absence has its own token, e.g. -1 for "not computed". */
export function floatOr(unset: string, name: string): ScalarField {
  return { kind: 'scalar', name, type: 'float', unset };
}

/** The same for a whole number. */
export function intOr(unset: string, name: string): ScalarField {
  return { kind: 'scalar', name, type: 'int', unset };
}

export function constant(token: string, gates: Gates = {}): ConstantField {
  return { kind: 'constant', token, ...gates };
}

export function list(name: string, fields: readonly Field[], gates: Gates = {}): ListField {
  return { kind: 'list', name, fields, ...gates };
}

export function when(test: (values: Values) => boolean, fields: readonly Field[], gates: Gates = {}): WhenField {
  return { kind: 'when', test, fields, ...gates };
}

export function message(id: number, name: string, fields: readonly Field[]): Message {
  return { id, name, fields };
}

/** Whether a field exists in a version. */
export function exists(field: Gates, version: number): boolean {
  return version >= (field.since ?? 0) && version < (field.until ?? Number.POSITIVE_INFINITY);
}

/** Turns a zod issue into one sentence: place, field, value, and what is allowed. */
import type { z } from 'zod';
import { InvalidInput, LegworkError } from '../domain/errors.js';
import { nearest } from '../domain/nearest.js';
import { shapeOf, valueAt } from './tree.js';

type Issue = z.core.$ZodIssue;

/**
 * The error for an issue. `place` says where a path was given (a file position, a variable), or nothing. The value is shown
 * unless the path is secret.
 */
export function errorOf(
  issue: Issue,
  input: unknown,
  schema: z.core.$ZodType,
  place: (path: readonly PropertyKey[]) => string,
): LegworkError {
  const at = (path: readonly PropertyKey[]) => {
    const where = place(path);
    return where === '' ? path.join('.') : `${where}: ${path.join('.')}`;
  };
  if (issue.code === 'unrecognized_keys') return unknownKey(issue, schema, at);
  if (issue.code === 'custom') return contradiction(issue, place(issue.path));
  const value = valueAt(input, issue.path);
  return new InvalidInput(at(issue.path), isSecret(issue.path) ? '(hidden)' : value, allowed(issue));
}

/** Checks across fields: those of the whole configuration are sentences that name their field; others only say what must hold. */
function contradiction(issue: Issue & { code: 'custom' }, where: string): LegworkError {
  const field = issue.path.join('.');
  const named = issue.message.startsWith(field) ? issue.message : `${field}: ${issue.message}`;
  const sentence = named.endsWith('.') ? named : `${named}.`;
  return new LegworkError('INVALID_INPUT', where === '' ? sentence : `${where}: ${sentence}`, { field });
}

function unknownKey(
  issue: Issue & { code: 'unrecognized_keys' },
  schema: z.core.$ZodType,
  at: (path: readonly PropertyKey[]) => string,
): LegworkError {
  const [key = ''] = issue.keys;
  const known = Object.keys(shapeAt(schema, issue.path) ?? {});
  const path = [...issue.path, key];
  const near = nearest(key, known);
  const hint =
    near === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${[...issue.path, near].join('.')}?`;
  return new LegworkError(
    'INVALID_INPUT',
    `${at(path)} is not a known setting; ${hint}${hint.endsWith('?') ? '' : '.'}`,
    {
      field: path.join('.'),
    },
  );
}

function shapeAt(schema: z.core.$ZodType, path: readonly PropertyKey[]) {
  let shape = shapeOf(schema);
  for (const key of path) {
    const next = shape?.[String(key)];
    shape = next === undefined ? undefined : shapeOf(next);
  }
  return shape;
}

/** What is allowed, for the sentence, from zod's check. */
function allowed(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `${sized(issue.origin)} ${issue.inclusive === false ? 'above' : 'of at least'} ${String(issue.minimum)}`;
    case 'too_big':
      if (issue.message.startsWith('a share')) return issue.message;
      return `${sized(issue.origin)} ${issue.inclusive === false ? 'below' : 'of at most'} ${String(issue.maximum)}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'an http or https address' : issue.message;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of settings',
};

function sized(origin: string): string {
  if (origin === 'string') return 'a text with a length';
  if (origin === 'array') return 'a list with a length';
  return origin === 'int' ? 'a whole number' : 'a number';
}

/** Values that are never shown in full. */
function isSecret(path: readonly PropertyKey[]): boolean {
  const dotted = path.join('.');
  return (
    dotted === 'database.url' ||
    dotted === 'alerts.webhookUrl' ||
    dotted === 'alerts.email.smtpUrl' ||
    dotted === 'observability.otlpUrl' ||
    dotted.startsWith('ib.accounts') ||
    dotted === 'ib.live'
  );
}

/**
 * The catalogue of errors. Each class carries a stable code; the activity boundary turns an error into an
 * ApplicationFailure whose type is that code, and the command turns the code into its exit status.
 */

export type ErrorClass =
  | 'invalid-input'
  | 'refused-by-risk'
  | 'refused-by-broker'
  | 'unreachable'
  | 'unknown-outcome'
  | 'invariant-broken';

export interface ErrorEntry {
  readonly code: string;
  readonly class: ErrorClass;
  /** Whether a retry of the same step can help. */
  readonly retryable: boolean;
  /** Exit status of the command: 1 failed, 2 bad usage, 3 refused, 4 unreachable, 5 parked. */
  readonly exitCode: 1 | 2 | 3 | 4 | 5;
  readonly meaning: string;
}

/** Every code that Legwork answers with. `docs/errors.md` holds the same list; a test keeps both equal. */
export const ERRORS = {
  INVALID_INPUT: {
    class: 'invalid-input',
    retryable: false,
    exitCode: 2,
    meaning: 'A value given by a person or a file is not allowed.',
  },
  UNKNOWN_SYMBOL: {
    class: 'invalid-input',
    retryable: false,
    exitCode: 2,
    meaning: 'The broker lists no such underlying, or it has no options.',
  },
  NOT_FOUND: {
    class: 'invalid-input',
    retryable: false,
    exitCode: 2,
    meaning: 'No position, order or alert has this id.',
  },
  SIGNAL_REFUSED: {
    class: 'refused-by-risk',
    retryable: false,
    exitCode: 3,
    meaning: 'The entry signal did not accept the market as it is.',
  },
  RISK_REFUSED: {
    class: 'refused-by-risk',
    retryable: false,
    exitCode: 3,
    meaning: 'A risk limit forbids this order.',
  },
  TRADING_HALTED: {
    class: 'refused-by-risk',
    retryable: false,
    exitCode: 3,
    meaning: 'The trading state forbids this order.',
  },
  LIVE_GUARD: {
    class: 'refused-by-risk',
    retryable: false,
    exitCode: 3,
    meaning: 'The account or port is not one that the configuration allows.',
  },
  NO_SUITABLE_CONTRACT: {
    class: 'refused-by-risk',
    retryable: false,
    exitCode: 3,
    meaning: 'The listed chain holds no legs that fit the strategy.',
  },
  BROKER_REFUSED: {
    class: 'refused-by-broker',
    retryable: false,
    exitCode: 3,
    meaning: 'The broker proved that it rejected the order.',
  },
  NOT_FILLED: {
    class: 'refused-by-broker',
    retryable: false,
    exitCode: 1,
    meaning: 'The order was cancelled unfilled, at its worst price or at the end of its time.',
  },
  BROKER_UNREACHABLE: {
    class: 'unreachable',
    retryable: true,
    exitCode: 4,
    meaning: 'The broker gateway does not answer.',
  },
  DATABASE_UNREACHABLE: { class: 'unreachable', retryable: true, exitCode: 4, meaning: 'Postgres does not answer.' },
  TEMPORAL_UNREACHABLE: {
    class: 'unreachable',
    retryable: true,
    exitCode: 4,
    meaning: 'The Temporal server does not answer.',
  },
  CHANNEL_UNREACHABLE: {
    class: 'unreachable',
    retryable: true,
    exitCode: 4,
    meaning: 'The webhook or the mail server did not accept the message.',
  },
  DATA_MISSING: {
    class: 'unreachable',
    retryable: true,
    exitCode: 3,
    meaning: 'Market data that the step needs is absent, delayed or stale.',
  },
  OUTCOME_UNKNOWN: {
    class: 'unknown-outcome',
    retryable: false,
    exitCode: 5,
    meaning: 'Whether the order works at the broker is not known yet.',
  },
  PARKED: {
    class: 'unknown-outcome',
    retryable: false,
    exitCode: 5,
    meaning: 'Evidence cannot settle the order: a person must decide.',
  },
  INVARIANT_BROKEN: {
    class: 'invariant-broken',
    retryable: false,
    exitCode: 1,
    meaning: 'Legwork found itself in a state that must not exist.',
  },
} as const satisfies Record<string, Omit<ErrorEntry, 'code'>>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code from the catalogue; `details` are plain JSON for logs and decision rows. */
export class LegworkError extends Error {
  override readonly name = 'LegworkError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Bad input: the sentence names the field, the value and what is allowed. */
export class InvalidInput extends LegworkError {
  constructor(
    readonly field: string,
    readonly value: unknown,
    readonly allowed: string,
    code: ErrorCode = 'INVALID_INPUT',
  ) {
    super(code, `${field}: ${shown(value)} is not allowed; expected ${allowed}.`, {
      field,
      value: shown(value),
      allowed,
    });
  }
}

/** Things that people name by an id, and their words for them. */
const NAMED = {
  position: 'position id',
  order: 'order',
  request: 'request id',
  alert: 'alert id',
  summary: 'summary of a day',
} as const;

/** The error for something that is not stored. */
export function notFound(what: keyof typeof NAMED, id: string): LegworkError {
  return new LegworkError('NOT_FOUND', `${NAMED[what]}: ${id} does not exist.`, { [what]: id });
}

/** Throws INVARIANT_BROKEN with the given sentence unless the condition holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new LegworkError('INVARIANT_BROKEN', message);
}

/** Makes the compiler check that a switch handles every case. */
export function assertNever(value: never): never {
  throw new LegworkError('INVARIANT_BROKEN', `Unhandled case: ${JSON.stringify(value)}.`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The sentence of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

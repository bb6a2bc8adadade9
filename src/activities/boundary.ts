/**
 * The activity boundary: the only place where errors become ApplicationFailures. Their type is the code of the catalogue,
 * and whether trying again can help is the catalogue's word.
 */
import { asyncLocalStorage, Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ERRORS, LegworkError } from '../domain/errors.js';

/** The failure that a workflow sees for an error; cancellations pass unchanged. */
export function toFailure(error: unknown): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof LegworkError) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: !ERRORS[error.code].retryable,
      details: [error.details],
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  // An error outside the catalogue is a bug: it is retried, since a deploy may fix it, and is never an answer.
  return ApplicationFailure.create({
    message,
    type: 'INVARIANT_BROKEN',
    nonRetryable: false,
    ...(error instanceof Error && { cause: error }),
  });
}

const BEAT_MS = 1_000;

/** Every activity says that it lives: a killed worker's step is given to another one within the heartbeat timeout. */
function beat(): NodeJS.Timeout | undefined {
  if (!asyncLocalStorage.getStore()) return undefined;
  const context = Context.current();
  return setInterval(() => context.heartbeat(), BEAT_MS);
}

/** Wraps every activity of a group so that nothing else can leave it. */
export function atBoundary<T extends object>(activities: T): T {
  const entries = Object.entries(activities as Record<string, (...args: unknown[]) => Promise<unknown>>);
  return Object.fromEntries(
    entries.map(([name, run]) => [
      name,
      async (...args: unknown[]) => {
        const beating = beat();
        try {
          return await run(...args);
        } catch (error) {
          throw toFailure(error);
        } finally {
          clearInterval(beating);
        }
      },
    ]),
  ) as T;
}

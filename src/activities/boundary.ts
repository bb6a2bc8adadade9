/**
 * The activity boundary: the only place where errors become ApplicationFailures. The failure's type is the code from the
 * catalogue, which also says whether a retry can help.
 */
import { asyncLocalStorage, Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ERRORS, LegworkError, messageOf } from '../domain/errors.js';

/** Maps an error to the failure that a workflow sees; cancellations pass unchanged. */
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
  const message = messageOf(error);
  // An error outside the catalogue is a bug. It is retried, since a deploy may fix it, and is never an answer.
  return ApplicationFailure.create({
    message,
    type: 'INVARIANT_BROKEN',
    nonRetryable: false,
    ...(error instanceof Error && { cause: error }),
  });
}

const BEAT_MS = 1_000;

/** Every activity heartbeats: the step of a killed worker goes to another one within the heartbeat timeout. */
function beat(): NodeJS.Timeout | undefined {
  if (!asyncLocalStorage.getStore()) return undefined;
  const context = Context.current();
  return setInterval(() => context.heartbeat(), BEAT_MS);
}

/** Wraps every activity of a group, so that no other kind of error can leave it. */
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

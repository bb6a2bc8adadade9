/**
 * Refusals as values: something that a person or the market must change is an answer to the workflow, not a failed
 * activity.
 */
import type { Refusal } from '../../contract/activities.js';
import type { Check } from '../../contract/requests.js';
import { ERRORS, type ErrorCode, LegworkError } from '../../domain/errors.js';

export function refused(code: ErrorCode, reasons: readonly string[], checks: readonly Check[] = []): Refusal {
  return { kind: 'refused', code, reasons, checks };
}

/** Runs a step. An error that a retry cannot fix becomes a refusal; others are thrown and retried. */
export async function orRefusal<T>(step: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof LegworkError && !ERRORS[error.code].retryable && error.code !== 'INVARIANT_BROKEN') {
      return refused(error.code, [error.message]);
    }
    throw error;
  }
}

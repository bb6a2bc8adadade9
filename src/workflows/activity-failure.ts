/** The code and sentence of a failed activity. */
import { type ActivityFailure, ApplicationFailure, TemporalFailure } from '@temporalio/workflow';

export interface FailureReading {
  readonly code: string;
  readonly reason: string;
}

/** The last failure that carries a code, also behind a timeout; otherwise the given reading. */
export function readFailure(error: ActivityFailure, otherwise: FailureReading): FailureReading {
  for (let cause: unknown = error.cause; cause instanceof TemporalFailure; cause = cause.cause) {
    if (cause instanceof ApplicationFailure) return { code: cause.type ?? otherwise.code, reason: cause.message };
  }
  return otherwise;
}

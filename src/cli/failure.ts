/** Turns anything thrown into one sentence and an exit status. Stack traces are for developers, never for this output. */

import { isErrorCode } from '../client/outcome.js';
import { ERRORS, type ErrorCode, LegworkError, messageOf } from '../domain/errors.js';

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly exitStatus: 1 | 2 | 3 | 4 | 5;
}

/** Finds an error of the catalogue in an error or its causes; anything else is INVARIANT_BROKEN with its message. */
export function failureOf(error: unknown): Failure {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    const code = codeOf(cause);
    if (code !== undefined) return failure(code, cause.message);
  }
  return failure('INVARIANT_BROKEN', messageOf(error));
}

function failure(code: ErrorCode, message: string): Failure {
  return { code, message: oneSentence(message), exitStatus: ERRORS[code].exitCode };
}

/** Names are compared instead of classes: only commands that need the client library load it. */
function codeOf(error: Error): ErrorCode | undefined {
  if (error instanceof LegworkError) return error.code;
  if (error.name === 'ApplicationFailure' && 'type' in error) {
    const type = typeof error.type === 'string' ? error.type : undefined;
    return isErrorCode(type) ? type : undefined;
  }
  // gRPC: 14 UNAVAILABLE, 4 DEADLINE_EXCEEDED, 16 UNAUTHENTICATED, 7 PERMISSION_DENIED. Everything that speaks gRPC here is Temporal.
  const grpc = 'code' in error && 'details' in error ? error.code : undefined;
  if (grpc === 14 || grpc === 4 || grpc === 16 || grpc === 7 || error.name === 'TransportError')
    return 'TEMPORAL_UNREACHABLE';
  if (error.name === 'NamespaceNotFoundError' || error.name === 'WorkflowNotFoundError') return 'NOT_FOUND';
  return undefined;
}

function oneSentence(message: string): string {
  const [first = 'Unknown failure'] = message.split('\n');
  const trimmed = first.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** Errors of the broker. */
import { LegworkError } from '../domain/errors.js';
import { ibCode } from '../domain/ib-codes.js';

/** No usable session, or no answer in time. */
export function unreachable(message: string, details: Readonly<Record<string, unknown>> = {}): LegworkError {
  return new LegworkError('BROKER_UNREACHABLE', message, details);
}

/** The broker answered a request with an error. Callers map the codes they know to something better. */
export class RequestRefused extends LegworkError {
  constructor(
    readonly ibCode: number,
    readonly text: string,
    what: string,
  ) {
    super('DATA_MISSING', `The broker refused ${what} (${ibCode}): ${text}`, { ibCode, text });
  }
}

/** A request that was not answered to its end. */
export class NotAnswered extends LegworkError {
  /** @param because the known cause */
  constructor(
    readonly what: string,
    readonly timeoutMs: number,
    because?: string,
  ) {
    const known = because === undefined ? '' : `: ${because}`;
    super('BROKER_UNREACHABLE', `The broker did not answer ${what} within ${timeoutMs} ms${known}.`, { timeoutMs });
  }
}

/** No contract fits: a proof, unlike silence. */
export function isNoDefinition(error: unknown): boolean {
  return error instanceof RequestRefused && ibCode(error.ibCode)?.noContract === true;
}

/** What an outcome means for a command's exit status. */
import type { CancelResult, DryRun, EntryResult, ExitOutcome } from '../contract/requests.js';
import { assertNever, ERRORS, type ErrorCode } from '../domain/errors.js';

export type ExitStatus = 0 | 1 | 2 | 3 | 4 | 5;

/** Whether a text is a code of the catalogue. */
export function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(ERRORS, code);
}

/** Exit status of a code; `otherwise` for one that is absent or not in the catalogue. */
export function statusOfCode(code: string | undefined, otherwise: ExitStatus): ExitStatus {
  return isErrorCode(code) ? ERRORS[code].exitCode : otherwise;
}

/** Exit status of an exit: done or nothing to do 0, refused 3, parked 5; a code names the part that was not done. */
export function statusOfExit(outcome: Pick<ExitOutcome, 'result' | 'code'>): ExitStatus {
  switch (outcome.result) {
    case 'CLOSED':
    case 'REDUCED':
    case 'ROLLED':
    case 'NO_ACTION':
    case 'ALREADY_CLOSED':
      // A roll that closed and did not open again says why.
      return outcome.code === undefined ? 0 : statusOfCode(outcome.code, 1);
    case 'REFUSED':
      return outcome.code === 'PARKED' ? 5 : 3;
    case 'PARKED':
      return 5;
    case 'FAILED':
      return statusOfCode(outcome.code, 1);
    default:
      return assertNever(outcome.result);
  }
}

/**
 * Exit status of an entry: 0 when it opened, even in part, or for a dry run that would be allowed; else by its code.
 */
export function statusOfEntry(result: Pick<EntryResult, 'status' | 'code' | 'dryRun'>): ExitStatus {
  switch (result.status) {
    case 'OPENED':
      return 0;
    case 'DRY_RUN':
      return result.dryRun === undefined ? 0 : statusOfDryRun(result.dryRun);
    case 'NOT_ENTERED':
      return statusOfCode(result.code, 3);
    case 'FAILED':
      return statusOfCode(result.code, 1);
    default:
      return assertNever(result.status);
  }
}

/** Exit status of a dry run: 0 when everything would be sent, else that of the first check that failed. */
export function statusOfDryRun({ ok, code }: Pick<DryRun, 'ok' | 'code'>): ExitStatus {
  return ok ? 0 : statusOfCode(code, 3);
}

/** Exit status of a cancel: an order that was over already is success too. */
export function statusOfCancel({ result, code }: Pick<CancelResult, 'result' | 'code'>): ExitStatus {
  return result === 'REFUSED' ? statusOfCode(code, 3) : 0;
}

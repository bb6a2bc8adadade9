/** Requests that people had made of a position whose run was ended from outside. */
import { exitCommand, REQUEST_KINDS } from '../../contract/exit-command.js';
import type { CloseMessage } from '../../contract/messages.js';
import type { ExitCommand } from '../../contract/requests.js';
import type { RequestRow } from '../../store/api.js';

const ACTIONS = Object.keys(REQUEST_KINDS) as (keyof typeof REQUEST_KINDS)[];

export interface LostRequests {
  /** A close is requested again: it closes what is still open, however much was done before. */
  readonly again: readonly ExitCommand[];
  /** A reduction or a roll cannot be replayed safely: part of it may be done, so the requester must check. */
  readonly abandoned: readonly ExitCommand[];
}

export function lostRequests(rows: readonly RequestRow[], except?: string): LostRequests {
  const commands = rows.filter(({ requestId }) => requestId !== except).flatMap(commandOf);
  return {
    again: commands.filter(({ action }) => action === 'CLOSE'),
    abandoned: commands.filter(({ action }) => action !== 'CLOSE'),
  };
}

function commandOf({ requestId, kind, params }: RequestRow): readonly ExitCommand[] {
  const { ratio, dte, orClose } = params as Pick<ExitCommand, 'ratio' | 'dte' | 'orClose'>;
  const asked = (params.asked ?? {}) as Partial<CloseMessage>;
  const action = ACTIONS.find((one) => REQUEST_KINDS[one] === kind);
  if (action === undefined) return [];
  const reason = 'Requested by a person before the run of the position was ended from outside.';
  return [exitCommand({ ...asked, requestId, action, reason, by: 'person', ratio, dte, orClose })];
}

/** What people had asked of a position whose run was ended from outside. */
import type { CloseMessage } from '../../contract/messages.js';
import type { ExitCommand } from '../../contract/requests.js';
import type { RequestRow } from '../../store/api.js';

const ACTIONS = { close: 'CLOSE', reduce: 'REDUCE', roll: 'ROLL' } as const;

export interface LostRequests {
  /** A close is asked for again: it closes what is still open, however much of it was done. */
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
  const { ratio, dte } = params as { readonly ratio?: number; readonly dte?: number };
  const asked = (params.asked ?? {}) as Partial<CloseMessage>;
  const action = ACTIONS[kind as keyof typeof ACTIONS];
  if (action === undefined) return [];
  return [
    {
      requestId,
      action,
      urgency: asked.urgency ?? 'HIGH',
      rule: asked.rule ?? `manual_${kind}`,
      reason: 'Asked for by a person, before the run of the position was ended from outside.',
      by: 'person',
      pricing: asked.pricing ?? { kind: 'walk' },
      overrideHalt: asked.overrideHalt ?? false,
      ...(ratio !== undefined && { ratio }),
      ...(dte !== undefined && { dte }),
      ...(asked.replyTo !== undefined && { replyTo: asked.replyTo }),
    },
  ];
}

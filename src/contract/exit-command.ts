/** Making the command that a position's queue takes; what a rule or a person leaves open is filled in here and nowhere else. */
import { defined } from '../domain/defined.js';
import type { ExitCommand } from './requests.js';

/** What a request is stored as, by the action it asks for. */
export const REQUEST_KINDS = { CLOSE: 'close', REDUCE: 'reduce', ROLL: 'roll' } as const;

type Given<Key extends keyof ExitCommand> = { readonly [K in Key]?: ExitCommand[K] | undefined };

/** Required fields, and optional ones. */
type Asked = Pick<ExitCommand, 'requestId' | 'action' | 'reason' | 'by'> &
  Given<'urgency' | 'rule' | 'pricing' | 'overrideHalt' | 'ratio' | 'dte' | 'replyTo'>;

/** Urgency HIGH, a walked price, no way through a halt, and the rule that a person's action goes by. */
export function exitCommand(asked: Asked): ExitCommand {
  const { requestId, action, reason, by, ratio, dte, replyTo } = asked;
  return {
    requestId,
    action,
    urgency: asked.urgency ?? 'HIGH',
    rule: asked.rule ?? `manual_${action.toLowerCase()}`,
    reason,
    by,
    pricing: asked.pricing ?? { kind: 'walk' },
    overrideHalt: asked.overrideHalt ?? false,
    ...defined({ ratio, dte, replyTo }),
  };
}

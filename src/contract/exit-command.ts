/**
 * Builds the command that a position's queue takes. Everything that a rule or a person leaves open gets its default here and
 * nowhere else.
 */
import { defined } from '../domain/defined.js';
import type { ExitCommand } from './requests.js';

/** The stored kind of a request, by its action. */
export const REQUEST_KINDS = { CLOSE: 'close', REDUCE: 'reduce', ROLL: 'roll' } as const;

/** The rule of a position that nothing of ours made flat: somebody else's trades, an expiry, an assignment. */
export const CLOSED_OUTSIDE = 'closed_outside';

type Given<Key extends keyof ExitCommand> = { readonly [K in Key]?: ExitCommand[K] | undefined };

/** Required fields, and optional ones. */
type Asked = Pick<ExitCommand, 'requestId' | 'action' | 'reason' | 'by'> &
  Given<'urgency' | 'rule' | 'pricing' | 'overrideHalt' | 'ratio' | 'dte' | 'orClose' | 'replyTo'>;

/** Urgency HIGH, a walked price, no way through a halt, and the rule of a person's action. */
export function exitCommand(asked: Asked): ExitCommand {
  const { requestId, action, reason, by, ratio, dte, orClose, replyTo } = asked;
  return {
    requestId,
    action,
    urgency: asked.urgency ?? 'HIGH',
    rule: asked.rule ?? `manual_${action.toLowerCase()}`,
    reason,
    by,
    pricing: asked.pricing ?? { kind: 'walk' },
    overrideHalt: asked.overrideHalt ?? false,
    ...defined({ ratio, dte, orClose, replyTo }),
  };
}

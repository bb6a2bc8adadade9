/** From a rule's decision to the exit command that the position's queue takes. */
import { exitCommand } from '../../contract/exit-command.js';
import type { ExitCommand } from '../../contract/requests.js';
import type { Decision } from '../../domain/rules/decision.js';
import { DEFAULT_CLOSE_RATIO } from '../../domain/rules/reduce-size.js';

/** Undefined for HOLD. The id is a function of the decision, so that a repeated delivery joins the first. */
export function commandOf(positionId: string, decision: Decision): ExitCommand | undefined {
  const { action, urgency, rule, reason, metadata } = decision;
  if (action === 'HOLD') return undefined;
  const ratio = metadata.close_ratio;
  const dte = metadata.roll_to_dte;
  const requestId = `rule-${positionId}-${rule}-${decision.at}`.slice(0, 100);
  return exitCommand({
    ...{ requestId, action, urgency, rule, reason, by: 'rule' },
    ...(action === 'REDUCE' && { ratio: typeof ratio === 'number' ? ratio : DEFAULT_CLOSE_RATIO }),
    ...(action === 'ROLL' && typeof dte === 'number' && { dte }),
  });
}

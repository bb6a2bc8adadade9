/** The alerts of the rules' decisions: they end with the condition, or with the position. */
import { OPEN_ALERTS } from '../../domain/alert.js';
import { ruleOfDecision } from '../../domain/rules/registry.js';
import type { Store } from '../../store/api.js';

/** Ends those of a position, but for the one of the decision that is still made; `also` are alerts that end like them. */
export async function endDecisionAlerts(
  { alerts }: Pick<Store, 'alerts'>,
  positionId: string,
  at: number,
  { made, also = [] }: { readonly made?: string; readonly also?: readonly string[] } = {},
): Promise<void> {
  for (const { rule } of await alerts.list({ statuses: OPEN_ALERTS, positionId })) {
    if (rule === made || (ruleOfDecision(rule) === undefined && !also.includes(rule))) continue;
    await alerts.end({ rule, positionId }, at);
  }
}

/** The alerts of the rules' decisions: they end with the condition, or with the position. */
import { OPEN_ALERTS } from '../../domain/alert.js';
import { ruleOfDecision } from '../../domain/rules/registry.js';
import type { Store } from '../../store/api.js';

/** Alerts that no rule makes and that mean nothing once the position is over: of what its ledger and its last day lead to. */
const OF_THE_POSITION: readonly string[] = ['broken_structure', 'last_day', 'last_trade_near'];

/** Ends those of a position whose rule is not the one that still fires; absent: none does. */
export async function endDecisionAlerts(
  { alerts }: Pick<Store, 'alerts'>,
  positionId: string,
  at: number,
  firing?: string,
): Promise<void> {
  await endAlerts(alerts, positionId, at, (rule) => rule !== firing && isDecision(rule));
}

/** The position is over, and so are these and what else is about it alone. */
export async function endPositionAlerts(
  { alerts }: Pick<Store, 'alerts'>,
  positionId: string,
  at: number,
): Promise<void> {
  await endAlerts(alerts, positionId, at, (rule) => isDecision(rule) || OF_THE_POSITION.includes(rule));
}

async function endAlerts(
  alerts: Store['alerts'],
  positionId: string,
  at: number,
  isOver: (rule: string) => boolean,
): Promise<void> {
  const open = await alerts.list({ statuses: OPEN_ALERTS, positionId });
  for (const { rule } of open.filter((alert) => isOver(alert.rule))) await alerts.end({ rule, positionId }, at);
}

function isDecision(rule: string): boolean {
  return ruleOfDecision(rule) !== undefined;
}

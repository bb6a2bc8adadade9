/** Alerts of the rules' decisions. They end with the condition or with the position. */
import { OPEN_ALERTS } from '../../domain/alert.js';
import { ruleOfDecision } from '../../domain/rules/registry.js';
import type { Store } from '../../store/api.js';

/**
 * Alerts that mean nothing once the position is over: those of its ledger, its prices, its last day, and the orders that rested for it.
 * What somebody else did to it, and orders that may still live, are left to a person.
 */
const OF_THE_POSITION: readonly string[] = [
  'broken_structure',
  'cannot_be_judged',
  'exercise_not_done',
  'exit_unfilled',
  'held_after_end',
  'last_day',
  'last_trade_near',
  'no_stop',
  'no_target',
  'nobody_bids',
  'order_inactive',
  'profit_target',
  'protective_stop',
];

/** Ends the position's alerts whose rule is not `stillFiring`; absent means that no rule fires. */
export async function endDecisionAlerts(
  { alerts }: Pick<Store, 'alerts'>,
  positionId: string,
  at: number,
  firing?: string,
): Promise<void> {
  await endAlerts(alerts, positionId, at, (rule) => rule !== firing && isDecision(rule));
}

/** The position is over: ends these alerts and all others that are about it alone. */
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

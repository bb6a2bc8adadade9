/** The kinds of alerts, and which one a decision raises. */
import type { Decision, DecisionAction, Urgency } from './rules/decision.js';

export type AlertType = 'INFO' | 'WARNING' | 'CRITICAL';
export type AlertStatus = 'ACTIVE' | 'ACKNOWLEDGED' | 'RESOLVED' | 'DISMISSED';

/** An open alert: its cause is not settled. */
export const OPEN_ALERTS: readonly AlertStatus[] = ['ACTIVE', 'ACKNOWLEDGED'];

/** Rule of the alert that the installed code cannot carry on an open run. */
export const REPLAY_FAILED = 'replay_failed';

/** Where alerts go besides the database. */
export type ChannelName = 'webhook' | 'email';

export interface DecisionAlert {
  readonly type: AlertType;
  readonly severity: Urgency;
  readonly title: string;
  readonly message: string;
}

const VERBS = { CLOSE: 'Close', ROLL: 'Roll', REDUCE: 'Reduce' } as const;

/** The alert's text in the table, the lists and the channels. */
export interface AlertMessage extends DecisionAlert {
  readonly status: AlertStatus;
  readonly rule: string;
  readonly symbol?: string;
  readonly positionId?: string;
  /** How often the same condition was raised while this alert was open. */
  readonly count: number;
}

/** The alert of a decision, or undefined for HOLD. A roll is information however urgent it is. */
export function alertOf(decision: Decision): DecisionAlert | undefined {
  const { action, urgency, rule, reason } = decision;
  if (action === 'HOLD') return undefined;
  return { ...gravity(action, urgency), title: `${VERBS[action]} Position: ${rule}`, message: reason };
}

function gravity(action: Exclude<DecisionAction, 'HOLD'>, urgency: Urgency): Pick<DecisionAlert, 'type' | 'severity'> {
  if (action === 'ROLL') return { type: 'INFO', severity: 'NORMAL' };
  const severity = urgency === 'LOW' ? 'NORMAL' : urgency;
  if (action === 'CLOSE') return { type: urgency === 'IMMEDIATE' ? 'CRITICAL' : 'WARNING', severity };
  return { type: urgency === 'IMMEDIATE' ? 'WARNING' : 'INFO', severity };
}

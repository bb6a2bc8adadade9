/** Whether an exit rolls, and what becomes of the position when there is nothing to roll into. */
import type { Decision } from './decision.js';
import type { RollPolicy, RulesSettings } from './settings.js';

/** A rule or a person requests a roll; a person may say what becomes of the position otherwise. */
interface Asked {
  readonly by: 'rule' | 'person';
  readonly rule: string;
  readonly orClose?: boolean;
}

/** The policy of a requested roll. */
export function rollPolicyOf({ by, rule, orClose }: Asked, { roll, dteRoll }: RulesSettings): RollPolicy {
  if (by === 'person') return orClose === true ? 'roll_or_close' : roll.people;
  return rule === 'dte_roll' ? dteRoll.action : (roll.perRule[rule] ?? 'close');
}

/** Turns a rule's close into the roll configured for it; leaves every other decision as it is. */
export function withRollPolicy(decision: Decision, settings: RulesSettings): Decision {
  if (decision.action !== 'CLOSE' || decision.rule === 'dte_roll') return decision;
  const policy = settings.roll.perRule[decision.rule];
  if (policy === undefined || policy === 'close') return decision;
  const { rollToDte } = settings.dteRoll;
  return {
    ...decision,
    action: 'ROLL',
    reason: `${decision.reason} It rolls to ${rollToDte} days, as configured.`,
    metadata: { ...decision.metadata, roll_to_dte: rollToDte, roll_action: policy },
  };
}

/** Which exits roll, and what becomes of the position when nothing fits to roll into. */
import { describe, expect, it } from '@jest/globals';
import { settingsSchema } from '../../../src/config/schema.js';
import type { Decision } from '../../../src/domain/rules/decision.js';
import { rollPolicyOf, withRollPolicy } from '../../../src/domain/rules/roll-policy.js';
import { rulesSettingsSchema } from '../../../src/domain/rules/settings.js';

const settings = (changes: unknown = {}) => rulesSettingsSchema.parse(changes);
const PER_RULE = { roll: { perRule: { gamma_risk: 'roll_or_close', vix_level: 'close', stop_loss_hard: 'roll' } } };

const close: Decision = {
  action: 'CLOSE',
  urgency: 'HIGH',
  rule: 'gamma_risk',
  reason: 'Gamma is high.',
  metadata: { limit: 1 },
  at: 0,
};

describe('the policy of a roll', () => {
  it.each([
    [{ by: 'rule', rule: 'dte_roll' }, {}, 'roll_or_close'],
    [{ by: 'rule', rule: 'dte_roll' }, { dteRoll: { action: 'roll' } }, 'roll'],
    [{ by: 'rule', rule: 'gamma_risk' }, PER_RULE, 'roll_or_close'],
    [{ by: 'rule', rule: 'stop_loss_hard' }, PER_RULE, 'roll'],
    [{ by: 'person', rule: 'manual_roll' }, {}, 'roll'],
    [{ by: 'person', rule: 'manual_roll' }, { roll: { people: 'roll_or_close' } }, 'roll_or_close'],
    [{ by: 'person', rule: 'manual_roll', orClose: true }, {}, 'roll_or_close'],
  ] as const)('%j with %j is %s', (asked, changes, policy) => {
    expect(rollPolicyOf(asked, settings(changes))).toBe(policy);
  });
});

describe('a rule that closes', () => {
  it('rolls where that is configured, with its days', () => {
    expect(withRollPolicy(close, settings(PER_RULE))).toMatchObject({
      action: 'ROLL',
      urgency: 'HIGH',
      reason: 'Gamma is high. It rolls to 45 days, as configured.',
      metadata: { limit: 1, roll_to_dte: 45, roll_action: 'roll_or_close' },
    });
  });

  it.each([
    [close, {}],
    [{ ...close, rule: 'vix_level' }, PER_RULE],
    [{ ...close, rule: 'time_exit' }, PER_RULE],
    [{ ...close, action: 'REDUCE' }, PER_RULE],
    [{ ...close, action: 'HOLD' }, PER_RULE],
  ] as const)('stays as it is: %j with %j', (decision, changes) => {
    expect(withRollPolicy(decision, settings(changes))).toBe(decision);
  });
});

it.each([
  [{ perRule: { gamma_risk: 'roll' } }, undefined],
  [
    { perRule: { gama_risk: 'roll' } },
    'rules.roll.perRule.gama_risk: this decision is not allowed here; expected one of',
  ],
  [{ perRule: { dte_roll: 'roll' } }, 'expected rules.dteRoll.action'],
  [{ perRule: { take_profit_partial: 'roll' } }, 'this decision is not allowed here'],
  [{ minCredit: 0.1 }, 'minCredit needs creditOnly: true'],
  [{ creditOnly: true, minCredit: 0.1 }, undefined],
  [{ people: 'close' }, 'people'],
])('%j', (roll, refusal) => {
  const { error } = settingsSchema.safeParse({ rules: { roll } });
  if (refusal === undefined) expect(error).toBeUndefined();
  else expect(JSON.stringify(error?.issues)).toContain(refusal);
});

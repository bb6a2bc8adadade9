import { alertOf } from '../../src/domain/alert.js';
import type { DecisionAction, Urgency } from '../../src/domain/rules/decision.js';

const alert = (action: DecisionAction, urgency: Urgency) =>
  alertOf({ action, urgency, rule: 'take_profit_full', reason: 'Profit is 80 %.', metadata: {}, at: 0 });

describe('the alert of a decision', () => {
  it.each([
    ['CLOSE', 'IMMEDIATE', 'CRITICAL', 'IMMEDIATE'],
    ['CLOSE', 'HIGH', 'WARNING', 'HIGH'],
    ['CLOSE', 'NORMAL', 'WARNING', 'NORMAL'],
    ['CLOSE', 'LOW', 'WARNING', 'NORMAL'],
    ['ROLL', 'IMMEDIATE', 'INFO', 'NORMAL'],
    ['ROLL', 'HIGH', 'INFO', 'NORMAL'],
    ['ROLL', 'NORMAL', 'INFO', 'NORMAL'],
    ['REDUCE', 'IMMEDIATE', 'WARNING', 'IMMEDIATE'],
    ['REDUCE', 'HIGH', 'INFO', 'HIGH'],
    ['REDUCE', 'NORMAL', 'INFO', 'NORMAL'],
    ['REDUCE', 'LOW', 'INFO', 'NORMAL'],
  ] as const)('%s %s is %s %s', (action, urgency, type, severity) => {
    expect(alert(action, urgency)).toMatchObject({ type, severity });
  });

  it('is none for HOLD', () => {
    expect(alert('HOLD', 'NORMAL')).toBeUndefined();
  });

  it.each([
    ['CLOSE', 'Close Position: take_profit_full'],
    ['ROLL', 'Roll Position: take_profit_full'],
    ['REDUCE', 'Reduce Position: take_profit_full'],
  ] as const)('of %s is titled %s and carries the reason', (action, title) => {
    expect(alert(action, 'NORMAL')).toMatchObject({ title, message: 'Profit is 80 %.' });
  });
});

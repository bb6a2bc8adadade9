/** Changes in what the rules say while nothing is done about it. */
import { expect, test } from '@jest/globals';
import { HoldRecord, stanceAfter } from '../../src/activities/watch/hold-record.js';
import type { Decision } from '../../src/domain/rules/decision.js';
import type { DecisionRow } from '../../src/store/api.js';

const hold: Decision = {
  action: 'HOLD',
  urgency: 'NORMAL',
  rule: 'none',
  reason: 'No rule triggered.',
  metadata: {},
  at: 0,
};
const profit: Decision = {
  ...hold,
  action: 'CLOSE',
  urgency: 'HIGH',
  rule: 'take_profit_full',
  reason: 'Profit 81 %.',
};
const skipped = [{ rule: 'delta_risk', missing: 'dollar delta of the book' }];
const at = (minutes: number, decision = hold) => ({ ...decision, at: minutes * 60_000 });

test('is recorded once per change, with unconfirmed rules and rules that lack data', () => {
  const record = new HoldRecord(undefined);
  const look = (decision: Decision, lacking: typeof skipped = []) => record.observe({ decision, skipped: lacking });
  expect(look(at(0))).toMatchObject({ action: 'HOLD', rule: 'none', reason: 'No rule fires.' });
  expect([look(at(1)), look(at(2))]).toEqual([undefined, undefined]);
  expect(look(at(3, profit))).toMatchObject({
    ...{ action: 'HOLD', urgency: 'NORMAL', rule: 'none', metadata: { firing: 'take_profit_full' } },
    reason: 'take_profit_full fires and is not confirmed yet: Profit 81 %.',
  });
  // It flaps: not recorded again within the minute, and not when it has returned to its earlier state by then.
  expect([look(at(3.2)), look(at(3.5, profit)), look(at(4.1, profit))]).toEqual([undefined, undefined, undefined]);
  expect(look(at(5))).toMatchObject({ reason: 'No rule fires.' });
  expect(look(at(7), skipped)).toMatchObject({ reason: 'No rule fires. 1 of the rules lack data.' });
  expect(look(at(9), skipped)).toBeUndefined();
});

test('continues from the stored record after a restart and after a decision', () => {
  const row = (more: Partial<DecisionRow>): DecisionRow => ({
    ...{ subjectId: 'x', kind: 'monitor', inputs: {}, configHash: '', skipped: [] },
    ...hold,
    ...more,
  });
  expect(new HoldRecord(stanceAfter(row({}))).observe({ decision: at(1), skipped: [] })).toBeUndefined();
  const firing = row({ metadata: { firing: 'take_profit_full' } });
  expect(new HoldRecord(stanceAfter(firing)).observe({ decision: at(1, profit), skipped: [] })).toBeUndefined();
  const record = new HoldRecord(stanceAfter(row(profit)));
  expect(record.observe({ decision: at(1), skipped: [] })).toMatchObject({ rule: 'none' });
  record.decided(at(2, profit), []);
  expect(record.observe({ decision: at(2.5), skipped: [] })).toBeUndefined();
  expect(record.observe({ decision: at(3.5), skipped: [] })).toMatchObject({ rule: 'none' });
});

/** Per cent written for a share (case C22): a rule or limit that can never fire must not be accepted. */
import { describe, expect, it, test } from '@jest/globals';
import { settingsSchema } from '../../src/config/schema.js';
import { leafPaths, treeOf, valueAt } from '../../src/config/tree.js';

/** Whether this setting is accepted alone; contradictions with others do not count. */
function isAccepted(path: string, value: unknown): boolean {
  const keys = path.split('.');
  const { error } = settingsSchema.safeParse(treeOf(keys, value));
  return error?.issues.every((issue) => issue.path.join('.') !== path) ?? true;
}

test.each([
  ['rules.stopLoss.credit', 200],
  ['rules.stopLoss.creditMaxLoss', 75],
  ['rules.stopLoss.debit', 50],
  ['rules.stopLoss.accelerated', 50],
  ['rules.singleLegExit.takeProfit', 80],
  ['rules.singleLegExit.stopLoss', 50],
  ['rules.takeProfit.full', 80],
  ['rules.takeProfit.partial', 50],
  ['rules.catastropheProtection.hourMove', 3],
  ['rules.catastropheProtection.ivSpike', 50],
  ['rules.deltaRisk.condorLimit', 30],
  ['rules.deltaRisk.dollarLimit', 50],
  ['rules.trailingStopLoss.activation', 40],
  ['rules.ivPercentileExit.percentile', 30],
  ['rules.dteRoll.closeBeyondLoss', 100],
  ['entry.legSpreadPct', 10],
  ['orders.protective.loss', 150],
  ['entry.ivRankSellAbove', 0.5],
])('%s: %d is refused', (path, value) => {
  expect(isAccepted(path, value)).toBe(false);
});

/**
 * Numbers that are neither shares nor times: a new number must be listed here or refuse a hundred times its default.
 */
const POINTS_AND_DOLLARS = [
  'strategy.ironCondor.widthMin',
  'strategy.ironCondor.widthMax',
  'strategy.creditSpread.widthMin',
  'strategy.creditSpread.widthMax',
  'strategy.debitSpread.widthMin',
  'strategy.debitSpread.widthMax',
  'entry.vixMax',
  'rules.vixExit.level',
  'rules.vixExit.change',
  'entry.legSpreadMin',
  'orders.collarMin',
  'rules.confirmation.spreadMax',
  'rules.assignmentRisk.minExtrinsic',
  'rules.roll.minCredit',
];
const isShare = (path: string) => !/Seconds$|Minutes$/.test(path) && !POINTS_AND_DOLLARS.includes(path);

describe('every number of the settings', () => {
  const defaults = settingsSchema.parse({}) as unknown as Record<string, unknown>;
  const numbers = leafPaths(defaults)
    .map((path) => path.join('.'))
    .filter((path) => typeof valueAt(defaults, path.split('.')) === 'number')
    // Whole numbers are counts, days, ports, seconds.
    .filter((path) => isAccepted(path, (valueAt(defaults, path.split('.')) as number) * 0.99 + 0.0001))
    .filter((path) => !path.startsWith('orders.exitGoodTill') && isShare(path));

  it('has some forty shares', () => {
    expect(numbers).toEqual(expect.arrayContaining(['rules.takeProfit.full', 'risk.dailyLossPct', 'orders.collarPct']));
    expect(numbers.length).toBeGreaterThan(40);
  });

  it.each(numbers)('%s is refused when per cent are written', (path) => {
    const value = valueAt(defaults, path.split('.')) as number;
    expect(isAccepted(path, value)).toBe(true);
    expect(isAccepted(path, value * 100)).toBe(false);
  });
});

test('the refusal says how per cent are written', () => {
  const { error } = settingsSchema.safeParse({ rules: { takeProfit: { full: 80 } } });
  expect(error?.issues[0]?.message).toBe('a share of at most 10; 50 % is written 0.5');
});

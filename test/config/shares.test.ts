/** Per cent written for a share (case C22): a rule or limit that can never fire must not be accepted. */
import { describe, expect, it, test } from '@jest/globals';
import type { z } from 'zod';
import { settingsSchema } from '../../src/config/schema.js';
import { descriptionOf, leafPaths, shapeOf, treeOf, valueAt } from '../../src/config/tree.js';

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

/** The most that each share of a result may be: a credit earns at most itself, a debit more; only a credit loses more than itself. */
test.each([
  ['rules.takeProfit.full', 1],
  ['rules.takeProfit.partial', 1],
  ['rules.takeProfit.debit', 10],
  ['rules.trailingStopLoss.activation', 1],
  ['rules.ivCrush.minProfit', 1],
  ['rules.ivPercentileExit.minProfit', 1],
  ['rules.singleLegExit.takeProfit', 10],
  ['rules.singleLegExit.stopLoss', 10],
  ['rules.stopLoss.credit', 10],
  ['rules.stopLoss.creditMaxLoss', 1],
  ['rules.stopLoss.debit', 1],
  ['rules.stopLoss.accelerated', 10],
  ['rules.dteRoll.closeBeyondLoss', 10],
])('%s is at most %d', (path, most) => {
  expect(isAccepted(path, most)).toBe(true);
  for (const above of [most + 0.01, most * 1.5, most * 5, most * 8])
    expect([above, isAccepted(path, above)]).toEqual([above, false]);
});

test('no setting of a profit that credits take, too, is left out above', () => {
  const isProfit = (path: string) => /(profit|peak)/i.test(descriptionAt(path.split('.')));
  const defaults = settingsSchema.parse({}) as unknown as Record<string, unknown>;
  const found = leafPaths(defaults)
    .map((path) => path.join('.'))
    .filter((path) => path.startsWith('rules.') && isProfit(path) && isAccepted(path, 1.5));
  // Single legs are bought; the second is no profit but the basis of one, the third a part of the combos.
  expect(found).toEqual(['rules.singleLegExit.takeProfit']);
});

function descriptionAt(path: readonly string[]): string {
  const at = path.reduce<z.core.$ZodType | undefined>(
    (schema, key) => schema && shapeOf(schema)?.[key],
    settingsSchema,
  );
  return (at && descriptionOf(at)) ?? '';
}

test.each([
  [
    'a profit of credits',
    { takeProfit: { full: 80 } },
    'a share of at most 1, since a credit earns no more than itself; 50 % is written 0.5',
  ],
  ['a profit of debits', { takeProfit: { debit: 80 } }, 'a share of at most 10; 50 % is written 0.5'],
  ['a loss', { stopLoss: { credit: 200 } }, 'a share of at most 10; 50 % is written 0.5'],
])('the refusal says what is allowed, and how per cent are written: %s', (_what, rules, message) => {
  const { error } = settingsSchema.safeParse({ rules });
  expect(error?.issues[0]?.message).toBe(message);
});

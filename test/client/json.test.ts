import { expect, test } from '@jest/globals';
import { openingJson } from '../../src/cli/json.js';

test('an opening has money as decimal strings, and unknown values as null', () => {
  const leg = { legNo: 1, action: 'BUY', planned: 2, opened: 2, closed: 0, held: 2, openPrice: 1_205_000 } as const;
  const report = { byLegs: true, plannedCombos: 2, openCombos: 0, beyond: 2, legs: [leg] };
  expect(openingJson(report)).toMatchObject({
    ...{ byLegs: true, beyond: 2, realizedPnl: null },
    legs: [{ legNo: 1, held: 2, openPrice: '1.205', closePrice: null }],
  });
  expect(openingJson({ ...report, realizedPnl: -12_340_000 })).toMatchObject({ realizedPnl: '-12.34' });
});

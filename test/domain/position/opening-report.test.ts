/** The result of an opening, in numbers. */
import { describeOpening, reportOpening } from '../../../src/domain/position/opening-report.js';
import { PLANS, present, usd } from '../strategy/fixtures.js';
import { fillOf, summaryOf } from './fills.js';

const condor = { ...present(PLANS.find((plan) => plan.strategyType === 'iron_condor')), quantity: 2 };
const leg = (legNo: number) => present(condor.legs[legNo - 1]);
const bought = condor.legs.map(({ action }) => action);

test('nothing was filled', () => {
  const report = reportOpening(condor, [], true);
  expect(report).toMatchObject({ openCombos: 0, plannedCombos: 2, beyond: 0 });
  expect(report.realizedPnl).toBeUndefined();
  expect(describeOpening(report)).toContain('leg by leg: 0 of 2 combos opened; leg 1');
});

test('filled completely: the legs need no text, and the summary of a combination does not count', () => {
  const fills = condor.legs.map((one) => fillOf(one, 'open', 2, usd(1)));
  const report = reportOpening(condor, [...fills, summaryOf(2, usd(-1))], false);
  expect(report).toMatchObject({ openCombos: 2, beyond: 0 });
  expect(describeOpening(report)).toBe('2 of 2 combos opened');
});

test('in part: the unwound contracts and those held beyond whole combos', () => {
  const fills = [
    fillOf(leg(1), 'open', 2, usd(1.2)),
    fillOf(leg(1), 'close', 1, usd(1.1)),
    fillOf(leg(2), 'open', 1, usd(2)),
    fillOf(leg(3), 'open', 1, usd(2)),
    fillOf(leg(4), 'open', 2, usd(1)),
  ];
  const report = reportOpening(condor, fills, true);
  expect(report).toMatchObject({ openCombos: 1, beyond: 1 });
  expect(report.legs[0]).toMatchObject({
    planned: 2,
    opened: 2,
    closed: 1,
    held: 1,
    openPrice: usd(1.2),
    closePrice: usd(1.1),
  });
  const [did, undid] = bought[0] === 'BUY' ? ['bought', 'sold again'] : ['sold', 'bought back'];
  const text = describeOpening(report);
  expect(text).toContain(`1 of 2 combos opened; leg 1 ${did} 2 of 2 at 1.20, 1 ${undid} at 1.10`);
  expect(text).toContain('1 contracts are held beyond whole combos');
});

test('unwound completely: the cost is reported', () => {
  const commission = usd(1);
  const fills = [
    fillOf(leg(1), 'open', 1, usd(1.2), { side: 'BUY', commission }),
    fillOf(leg(1), 'close', 1, usd(1.1), { side: 'SELL', commission }),
  ];
  const own = reportOpening(
    { ...condor, legs: condor.legs.map((one) => ({ ...one, action: 'BUY' as const })) },
    fills,
    true,
  );
  expect(own.realizedPnl).toBe(usd(-12));
  expect(describeOpening(own)).toContain('nothing is held; result -12.00');
});

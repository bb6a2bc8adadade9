/** The shares that a dividend counts, which are those held at the open of the ex-date, and when its entry is right. */
import { expect, test } from '@jest/globals';
import { parseDay } from 'market-time';
import type { Fill } from '../../../src/domain/order/fill.js';
import { bookedDividend, dividendStep, sharesAtExDate } from '../../../src/domain/position/dividend.js';
import type { Evidence, ExternalChange } from '../../../src/domain/position/external-change.js';
import type { StrategyPlan } from '../../../src/domain/strategy/strategy.js';
import { legOf, planOf, usd } from '../strategy/fixtures.js';
import { fillOf } from './fills.js';

/** SPY's ex-date is usually the third Friday, which its monthly options expire on. */
const EX_DATE = '20260320';
/** The half day after Thanksgiving. */
const HALF_DAY = '20261127';

function callsOf(expiry: string): StrategyPlan {
  const legs = [legOf('SELL', 'CALL', 720), legOf('BUY', 'CALL', 730)];
  const expiring = legs.map((leg) => ({ ...leg, contract: { ...leg.contract, expiry } }));
  return planOf('bear_call_spread', expiring, usd(2.2), { expiry });
}

test.each<[string, string, string, Evidence, string, number]>([
  ['in the session, assigned the night before', '2026-03-20T12:00:00-04:00', '20260417', 'account', EX_DATE, -100],
  ['a minute before the close', '2026-03-20T15:59:00-04:00', '20260417', 'account', EX_DATE, -100],
  ['at the close', '2026-03-20T16:00:00-04:00', '20260417', 'account', EX_DATE, 0],
  ['in the evening', '2026-03-20T20:00:00-04:00', '20260417', 'account', EX_DATE, 0],
  [
    'in the evening, from options that expired on the ex-date',
    '2026-03-20T17:00:00-04:00',
    EX_DATE,
    'account',
    EX_DATE,
    0,
  ],
  [
    'in the session, from options that expire on the ex-date',
    '2026-03-20T12:00:00-04:00',
    EX_DATE,
    'account',
    EX_DATE,
    0,
  ],
  ['after the close of a half day', '2026-11-27T13:30:00-05:00', '20261218', 'account', HALF_DAY, 0],
  ['with a time of its own', '2026-03-20T12:00:00-04:00', '20260417', 'execution', EX_DATE, 0],
])('shares seen on the ex-date %s', (_, at, expiry, evidence, exDate, shares) => {
  const change: ExternalChange = {
    ...{ execId: 'a', positionId: 'p', legNo: 1, kind: 'assigned', quantity: 1, price: 0, shares: -100 },
    ...{ evidence, estimated: false, text: '1 was assigned.', at: Date.parse(at) },
  };
  expect(sharesAtExDate(callsOf(expiry), [], [change], parseDay(exDate) ?? Number.NaN)).toBe(shares);
});

test.each<[string, Partial<Fill> | undefined, number, 'agrees' | 'take']>([
  ['the same shares', {}, -100, 'agrees'],
  ['more shares', {}, -200, 'take'],
  ['shares of the other side', {}, 100, 'take'],
  ['no shares', {}, 0, 'take'],
  ['no shares, as corrected before', { quantity: 0 }, 0, 'agrees'],
  ['the entry alone, since its fill was lost', undefined, -100, 'take'],
])('an entry of the same amount and %s', (_, fill, shares, kind) => {
  const said = { positionId: 'p', exDate: EX_DATE, amount: usd(1.8), evidence: 'person' } as const;
  const change: ExternalChange = {
    ...{
      execId: `dividend-p-${EX_DATE}`,
      positionId: 'p',
      legNo: 0,
      kind: 'dividend',
      quantity: 100,
      shares: 0,
      at: 0,
    },
    ...{ price: usd(1.8), evidence: 'flex', estimated: false, text: 'Dividend.' },
  };
  const [leg] = callsOf(EX_DATE).legs;
  const entered = { execId: change.execId, side: 'BUY', secType: 'CASH', ...fill } as const;
  const fills = fill === undefined || leg === undefined ? [] : [fillOf(leg, 'close', 100, usd(1.8), entered)];
  const step = dividendStep(said, shares, bookedDividend(said, [change], fills));
  expect(step).toMatchObject({
    kind,
    ...(kind === 'take' && { evidence: 'flex', execId: `dividend-p-${EX_DATE}.02` }),
  });
});

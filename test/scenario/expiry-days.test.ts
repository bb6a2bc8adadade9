/** Expiries on unusual days: settled by the next opening, at an early close, before a holiday on Friday. */
import { test } from '@jest/globals';
import { liveUntilExpired, spy } from '../support/expiring.js';
import { STILL } from '../support/market.js';

test('SPX settles by the opening of the day after its last trade', async () => {
  const spx = {
    symbol: 'SPX',
    expiry: '20260319',
    right: 'CALL',
    sold: 6715,
    bought: 6725,
    evidence: 'official',
  } as const;
  await liveUntilExpired('2026-03-18T15:00:00Z', [{ ...spx, ends: ['settled', 'expired'] }]);
}, 200_000);

test('the day after Thanksgiving, when trading ends at one', async () => {
  await liveUntilExpired('2026-11-25T16:00:00Z', [
    {
      ...spy('PUT', 680, 660, ['assigned', 'expired'], '20261127'),
      foreseen: /today brings 100 shares of SPY overnight/,
    },
    { ...spy('CALL', 668, 690, ['settled', 'expired'], '20261127'), symbol: 'XSP', evidence: 'official' },
  ]);
}, 200_000);

test('the Thursday before Good Friday: the account shows the result on Monday', async () => {
  await liveUntilExpired('2026-04-01T15:00:00Z', [
    {
      ...spy('CALL', 660, 690, ['assigned', 'expired'], '20260402'),
      foreseen: /today brings -100 shares of SPY overnight/,
    },
    spy('PUT', 650, 640, ['expired', 'expired'], '20260402'),
  ]);
}, 200_000);

test('in the money by a cent: assigned; at the strike to the cent: worthless', async () => {
  const market = { ...STILL, underlyings: { SPY: { spot: 670.01 } } };
  await liveUntilExpired(
    '2026-03-05T16:00:00Z',
    [
      {
        ...spy('CALL', 670, 690, ['assigned', 'expired']),
        foreseen: /Pin risk: -1 SPY 20260306 670 CALL is .* in the money.*-100 shares overnight/,
      },
      {
        ...spy('PUT', 670, 650, ['expired', 'expired']),
        foreseen: /Pin risk: -1 SPY 20260306 670 PUT is .* out of the money/,
      },
    ],
    market,
  );
}, 200_000);

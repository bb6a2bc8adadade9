/**
 * Every kind of expiry, and an assignment overnight, on a whole system in stepped time: each position ends by itself, with the gateway's
 * money to the cent, or with a mark that says otherwise. No rule closes anything here, so that options expire.
 */
import { test } from '@jest/globals';
import { liveUntilExpired, spy } from '../support/expiring.js';

test('SPY out of the money, with one leg in it, with both; XSP in cash at the close; assigned overnight: to the cent', async () => {
  await liveUntilExpired('2026-03-05T16:00:00Z', [
    spy('PUT', 650, 645, ['expired', 'expired']),
    {
      ...spy('CALL', 666, 690, ['assigned', 'expired']),
      foreseen:
        /held short; trading ends .* At this price, what expires in the money today brings -100 shares of SPY overnight/,
    },
    spy('PUT', 690, 680, ['assigned', 'exercised']),
    { ...spy('PUT', 674, 669, ['settled', 'expired']), symbol: 'XSP', evidence: 'official' },
    { ...spy('PUT', 640, 630, ['assigned'], '20260417'), assigned: true },
  ]);
}, 200_000);

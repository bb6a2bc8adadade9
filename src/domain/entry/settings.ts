/** Settings of the entry signal and of market quality. */
import { z } from 'zod';
import { LARGEST_SHARE, share, shareOrNone } from '../settings.js';

const timeOfDay = (value: string, what: string) =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .default(value)
    .describe(what);

/** Not a share but 0..100: the middle of the year's range is 50, and 0.5 would be nearly its bottom. */
const rank = (value: number, what: string) =>
  z
    .number()
    .min(0)
    .max(100)
    .refine((one) => one === 0 || one >= 1, 'a rank from 0 to 100; the middle is written 50')
    .default(value)
    .describe(what);

export const entrySettingsSchema = z.strictObject({
  ivRankSellAbove: rank(50, 'premium is sold above this IV rank'),
  ivRankBuyBelow: rank(25, 'premium is bought below this IV rank'),
  ivBarsMin: z.int().min(2).max(1000).default(240).describe('fewest daily bars of implied volatility for a rank'),
  vixMax: z.number().gt(0).default(35).describe('no entries at or above this VIX'),
  vixSource: z.enum(['required', 'off']).default('required').describe('whether an entry needs a known VIX'),
  portfolioDeltaMax: share(0.3, 'condor delta per combo that must not be reached, before and after the entry'),
  dollarDeltaShareMax: share(
    0.5,
    'beta-weighted dollar delta as a share of net liquidation that must not be reached',
    LARGEST_SHARE,
  ),
  symbolDeltaShareMax: share(
    0.4,
    'dollar delta of one underlying as a share of net liquidation that must not be reached',
    LARGEST_SHARE,
  ),
  gammaShareMax: share(
    0.5,
    'change of the beta-weighted dollar delta for a move of SPY by 1 %, as a share of net liquidation, that must not be reached',
    LARGEST_SHARE,
  ),
  symbolGammaShareMax: share(
    0.3,
    'change of the dollar delta of one underlying for its move by 1 %, as a share of net liquidation, that must not be reached',
    LARGEST_SHARE,
  ),
  bookFreshSeconds: z
    .number()
    .gt(0)
    .default(120)
    .describe(
      'oldest Greeks of an open position, market seconds; never less than two snapshots (watch.snapshotSeconds)',
    ),
  positionsPerSymbolMax: z.int().min(1).default(5).describe('an entry needs fewer open positions in the symbol'),
  underlyingFreshSeconds: z.number().gt(0).default(60).describe('oldest price of the underlying, market seconds'),
  vixFreshSeconds: z.number().gt(0).default(300).describe('oldest VIX, market seconds'),
  windowFrom: timeOfDay('10:00', 'entries from this time in New York'),
  windowTo: timeOfDay('15:30', 'entries before this time in New York'),
  creditOfWidthMin: z.number().min(0).lt(1).default(0.2).describe('smallest credit as a share of the width'),
  legSpreadMin: z
    .number()
    .min(0)
    .default(0.05)
    .describe('bid-ask spread of a leg that always passes, dollars per share'),
  legSpreadPct: shareOrNone(0.1, 'widest spread of a leg as a share of its mid', 2),
  openInterestMin: z.int().min(0).default(100).describe('smallest open interest of a leg'),
});

export type EntrySettings = z.infer<typeof entrySettingsSchema>;

/** Minutes after midnight of `HH:MM`; the schema has checked the form. */
export function minutesOf(timeOfDay: string): number {
  const [hours = '0', minutes = '0'] = timeOfDay.split(':');
  return Number(hours) * 60 + Number(minutes);
}

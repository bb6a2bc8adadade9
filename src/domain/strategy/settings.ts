/** Settings of the builders. Deltas are absolute values per share; widths are shares of the underlying's price. */
import { z } from 'zod';

const delta = (value: number, what: string) => z.number().gt(0).lt(1).default(value).describe(what);
const share = (value: number, what: string) => z.number().gt(0).lt(0.5).default(value).describe(what);

const spread = (shortDelta: number, tolerance: number, widthPct: number, widthMax: number) =>
  z
    .strictObject({
      shortDelta: delta(shortDelta, 'absolute delta that the short strike should have'),
      deltaTolerance: delta(tolerance, 'how far the listed strike may miss it before the build is refused'),
      widthPct: share(widthPct, "distance of the wing as a share of the underlying's price"),
      widthMin: z.number().gt(0).default(3).describe('smallest distance in points'),
      widthMax: z
        .number()
        .gt(0)
        .default(widthMax)
        .describe('largest distance in points at a price of 1000; scales above'),
    })
    .prefault({});

export const strategySettingsSchema = z.strictObject({
  dte: z.int().min(1).max(1000).default(45).describe('days to expiry that a new position should have'),
  dteMin: z.int().min(0).max(1000).default(35).describe('fewest days accepted'),
  dteMax: z.int().min(1).max(1000).default(60).describe('most days accepted'),
  dteAboveRoll: z
    .int()
    .min(0)
    .max(365)
    .default(10)
    .describe('days that a new expiry must lie above the dte_roll threshold'),
  ironCondor: spread(0.18, 0.06, 0.02, 25),
  creditSpread: spread(0.3, 0.06, 0.01, 15),
  debitSpread: z
    .strictObject({
      longDelta: delta(0.5, 'absolute delta that the long strike should have'),
      deltaTolerance: delta(0.1, 'how far the listed strike may miss it before the build is refused'),
      widthPct: share(0.01, "distance of the short strike as a share of the underlying's price"),
      widthMin: z.number().gt(0).default(3).describe('smallest distance in points'),
      widthMax: z.number().gt(0).default(15).describe('largest distance in points at a price of 1000; scales above'),
    })
    .prefault({}),
  singleLeg: z
    .strictObject({
      delta: delta(0.4, 'absolute delta that the bought option should have'),
      deltaTolerance: delta(0.1, 'how far the listed strike may miss it before the build is refused'),
    })
    .prefault({}),
  allowAmSettled: z
    .boolean()
    .default(false)
    .describe('accept classes that settle at the morning auction (SPX monthlies)'),
});

export type StrategySettings = z.infer<typeof strategySettingsSchema>;

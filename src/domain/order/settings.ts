/** Settings of working orders: pace of the walk, limits of price and time. Shares are of the mid price or the spread. */
import { z } from 'zod';

const pace = (steps: number, stepSeconds: number) =>
  z
    .strictObject({
      steps: z.int().min(1).max(100).default(steps).describe('prices from mid to the worst one; 1 goes there at once'),
      stepSeconds: z.number().min(1).max(3600).default(stepSeconds).describe('market seconds at each price'),
    })
    .prefault({});

export const orderSettingsSchema = z.strictObject({
  walk: z
    .strictObject({
      normal: pace(5, 20).describe('entries and exits of normal and low urgency'),
      high: pace(3, 5).describe('exits of high urgency'),
      immediate: pace(1, 3).describe('exits of immediate urgency: at natural, re-anchored every step'),
    })
    .prefault({}),
  entryMaxMinutes: z.number().gt(0).max(390).default(60).describe('longest time an entry is worked, market minutes'),
  abandonMidMovePct: z.number().gt(0).lte(1).default(0.1).describe('an entry is given up when mid moves by this share'),
  entryWorstShare: z
    .number()
    .gte(0)
    .lte(1)
    .default(0.75)
    .describe('worst entry price: this share of the way from mid to natural, fixed at the start'),
  collarMin: z.number().gt(0).default(0.5).describe('smallest collar around mid, dollars per share'),
  collarPct: z.number().gt(0).lte(1).default(0.5).describe('collar around mid as a share of mid'),
  marketCapPct: z
    .number()
    .gte(0)
    .lte(1)
    .default(0.1)
    .describe('a market request is a limit at natural, or this share of mid beyond mid when that is further'),
  protective: z
    .strictObject({
      kind: z
        .enum(['off', 'combo'])
        .default('off')
        .describe('combo: a stop limit on the whole combination rests at the broker; credit structures only'),
      loss: z
        .number()
        .gt(0)
        .lte(20)
        .default(1.5)
        .describe('loss at which it triggers, as a share of the credit; must not lie inside rules.stopLoss.credit'),
      room: z.number().gt(0).lte(2).default(0.1).describe('room of its limit beyond the trigger, as a share of it'),
    })
    .prefault({})
    .describe('protection at the broker while no worker watches'),
  allowComboMarket: z
    .boolean()
    .default(false)
    .describe('send true market orders on combinations when asked for market'),
});

export type OrderSettings = z.infer<typeof orderSettingsSchema>;

/** Limits that an entry must keep. Shares are of net liquidation unless said otherwise. */
import { z } from 'zod';
import { share } from '../settings.js';
import { TICKER } from '../symbol.js';

export const riskSettingsSchema = z.strictObject({
  maxLossPerPositionPct: share(0.02, 'largest maximum loss of one position'),
  maxLossTotalPct: share(0.2, 'largest maximum loss of all open positions together'),
  dailyLossPct: share(0.03, "no entries once the day's loss, unrealised included, reaches this"),
  buyingPowerUsePct: share(
    0.5,
    'largest share of the buying power that the initial margin of an entry may take, together with entries that are being opened',
  ),
  quantityMax: z.int().min(1).max(10_000).default(10).describe('most combos of one entry'),
  positionsMax: z.int().min(1).max(1000).default(150).describe('most open positions at once'),
  ordersPerMinuteMax: z.int().min(1).max(1000).default(20).describe('most opening orders sent in a minute'),
  symbols: z
    .array(z.string().trim().regex(TICKER, 'a ticker such as SPY or BRK.B'))
    .default(['SPY', 'QQQ', 'IWM', 'SPX', 'XSP'])
    .describe('underlyings that may be entered; an empty list allows any'),
  betas: z
    .record(z.string().trim().regex(TICKER, 'a ticker such as SPY or BRK.B'), z.number().min(-10).max(10))
    .default({})
    .describe("betas against SPY by underlying, instead of those of a year of the broker's daily bars"),
  allowNakedShorts: z
    .boolean()
    .default(false)
    .describe(
      'allow short puts that no long put of the strategy covers; an uncovered call can lose without limit and is refused by max_loss in any case',
    ),
  breaker: z
    .strictObject({
      failures: z.int().min(1).max(1000).default(5).describe('number of failed openings that stop further ones'),
      windowSeconds: z.number().gt(0).max(86_400).default(60).describe('seconds within which they must fail'),
      cooldownSeconds: z
        .number()
        .gt(0)
        .max(86_400)
        .default(300)
        .describe('seconds for which openings are stopped; reducing orders never are'),
      successes: z
        .int()
        .min(1)
        .max(100)
        .default(3)
        .describe('openings that must reach the broker, one at a time, before they go as usual again'),
    })
    .prefault({}),
});

export type RiskSettings = z.infer<typeof riskSettingsSchema>;

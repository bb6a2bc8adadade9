/**
 * Settings of the exit rules: one section per rule with all its numbers. Shares are fractions (0.5 = 50 %). Profits and losses
 * are shares of the basis (see valuation.ts) and written positive; times of day are New York, `HH:MM`.
 */
import { z } from 'zod';
import { LARGEST_SHARE, profitShare, share, shareIfSet, shareOrNone } from '../settings.js';

const enabled = () => z.boolean().default(true).describe('whether the rule is evaluated at all');
const amount = (value: number, what: string) => z.number().gt(0).default(value).describe(what);
/** A loss of a credit, a profit of a debit, a change since entry: shares that may exceed 1. */
const multiple = (value: number, what: string) => share(value, what, LARGEST_SHARE);
const days = (value: number, what: string) => z.int().min(0).max(1000).default(value).describe(what);
const timeOfDay = (value: string, what: string) =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 10:00')
    .default(value)
    .describe(what);

const window = () => ({
  from: timeOfDay('10:00', 'start of the window in New York, included'),
  to: timeOfDay('15:30', 'end of the window in New York, excluded'),
});

const confirmation = z
  .strictObject({
    enabled: z.boolean().default(true).describe('false: every decision counts at once'),
    perRule: z
      .record(z.string(), z.boolean())
      .default({})
      .describe('overrides `enabled` by decision id (take_profit_full) or rule name (take_profit)'),
    samples: z.int().min(1).max(20).default(3).describe('number of samples considered'),
    needed: z.int().min(1).max(20).default(2).describe('how many of them must agree'),
    immediateGapSeconds: z.number().min(0).default(3).describe('least time between samples of an IMMEDIATE decision'),
    otherGapSeconds: z.number().min(0).default(10).describe('least time between samples of any other decision'),
    spreadMax: z.number().min(0).default(0.2).describe('net spread in dollars a share that is always narrow enough'),
    spreadPct: shareOrNone(0.25, 'net spread as a share of the net mid that is narrow enough', LARGEST_SHARE),
    wideSeconds: z.number().min(0).default(60).describe('how long a price rule must hold while the spread is wider'),
    underlyingMovePct: share(
      0.01,
      'move of the underlying since the spread was last narrow that explains a wide one',
      0.5,
    ),
  })
  .refine(({ needed, samples }) => needed <= samples, 'needed must not exceed samples')
  .prefault({});

const dteRoll = z
  .strictObject({
    enabled: enabled(),
    rollDte: days(21, 'days to expiry at or below which the position is rolled'),
    forceDte: days(21, 'days to expiry at or below which the roll is urgent'),
    rollToDte: days(45, 'days to expiry of the position rolled into'),
    action: z
      .enum(['roll', 'close', 'roll_or_close'])
      .default('roll_or_close')
      .describe(
        'what to do; when nothing fits to roll into, roll leaves the position open and roll_or_close closes it',
      ),
    closeBeyondLoss: multiple(1, 'a loss beyond this share of the basis is closed, never rolled'),
    ...window(),
  })
  .refine(({ forceDte, rollDte }) => forceDte <= rollDte, 'forceDte must not exceed rollDte')
  .refine(({ rollToDte, rollDte }) => rollToDte > rollDte, 'rollToDte must exceed rollDte')
  .refine(({ from, to }) => from < to, 'from must lie before to')
  .prefault({});

/**
 * What becomes of a position that a rule, or a person, wants to roll; `roll`: it stays open when there is nothing to roll into.
 */
const ROLL_POLICIES = ['roll', 'close', 'roll_or_close'] as const;
export type RollPolicy = (typeof ROLL_POLICIES)[number];

const roll = z
  .strictObject({
    perRule: z
      .record(z.string(), z.enum(ROLL_POLICIES))
      .default({})
      .describe('by decision id (gamma_risk) of a rule that closes: roll or roll_or_close rolls instead'),
    people: z
      .enum(['roll', 'roll_or_close'])
      .default('roll')
      .describe('`legwork roll` when nothing fits to roll into: the position stays open, or is closed'),
    strikes: z
      .enum(['by_delta', 'keep'])
      .default('by_delta')
      .describe('strikes of the new position; those of custom legs are always kept'),
    creditOnly: z.boolean().default(false).describe('close and opening together must bring a credit'),
    minCredit: z
      .number()
      .min(0)
      .default(0)
      .describe('least credit of close and opening together, dollars per share; with creditOnly'),
  })
  .refine(({ creditOnly, minCredit }) => creditOnly || minCredit === 0, 'minCredit needs creditOnly: true')
  .prefault({});

const deltaRisk = z
  .strictObject({
    enabled: enabled(),
    condorLimit: share(0.3, 'largest delta per combo over all condors, per share'),
    condorRelease: share(0.24, 'delta per combo at which the alarm ends'),
    dollarLimit: multiple(0.5, 'largest beta-weighted dollar delta as a share of net liquidation'),
    releaseRatio: z.number().gt(0).max(1).default(0.8).describe('share of dollarLimit at which the alarm ends'),
    confirmSeconds: z.number().min(0).default(60).describe('how long the alarm must hold'),
  })
  .refine(({ condorRelease, condorLimit }) => condorRelease <= condorLimit, 'condorRelease must not exceed condorLimit')
  .prefault({});

const takeProfit = z
  .strictObject({
    enabled: enabled(),
    full: profitShare(0.8, 'profit that closes the position'),
    debit: shareIfSet(
      'profit that closes a debit position, which may earn more than its debit; absent: full',
      LARGEST_SHARE,
    ),
    partial: profitShare(0.5, 'profit that closes a part of it, once'),
    closeRatio: z.number().gt(0).lt(1).default(0.5).describe('part of the open combos closed by the partial profit'),
    onIndivisible: z
      .enum(['close', 'hold'])
      .default('close')
      .describe('what the partial profit does with a single combo'),
  })
  .refine(({ partial, full }) => partial <= full, 'partial must not exceed full')
  .refine(({ partial, debit = partial }) => partial <= debit, 'partial must not exceed debit')
  .prefault({});

const timeExit = z
  .strictObject({
    enabled: enabled(),
    ...window(),
    lastDayAfterOpenMinutes: z
      .number()
      .min(0)
      .default(5)
      .describe('minutes after the open of the last day from which the position is closed'),
  })
  .refine(({ from, to }) => from < to, 'from must lie before to')
  .prefault({});

export const rulesSettingsSchema = z.strictObject({
  firstMinutes: z.number().min(0).default(5).describe("minutes of the session in which only underlying's rules run"),
  basis: z
    .strictObject({
      minPremiumShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.1)
        .describe('below this share of the maximum loss, profit is a share of the maximum loss instead of the premium'),
    })
    .prefault({}),
  confirmation,
  catastropheProtection: z
    .strictObject({
      enabled: enabled(),
      hourMove: share(0.03, 'move of the underlying in one hour of session, either way', 0.5),
      ivSpike: multiple(0.5, "rise of the underlying's 30-day implied volatility since entry"),
    })
    .prefault({}),
  singleLegExit: z
    .strictObject({
      enabled: enabled(),
      takeProfit: multiple(0.8, 'profit that closes a single leg'),
      stopLoss: multiple(0.5, 'loss that closes a single leg'),
      dte: days(21, 'days to expiry at or below which a single leg is closed'),
    })
    .prefault({}),
  assignmentRisk: z
    .strictObject({
      enabled: enabled(),
      minExtrinsic: amount(0.1, 'extrinsic value in dollars a share under which a short leg is likely to be assigned'),
    })
    .prefault({}),
  trailingStopLoss: z
    .strictObject({
      enabled: enabled(),
      activation: profitShare(0.4, 'peak profit from which the stop trails'),
      trailRatio: z.number().gt(0).lt(1).default(0.4).describe('part of the peak at or below which it closes'),
    })
    .prefault({}),
  vixExit: z
    .strictObject({
      enabled: enabled(),
      level: amount(35, 'VIX above which short volatility is closed'),
      change: amount(5, 'rise of VIX since entry, in points, above which short volatility is closed'),
    })
    .prefault({}),
  takeProfit,
  stopLoss: z
    .strictObject({
      enabled: enabled(),
      credit: multiple(2, 'loss of a credit position, as a share of the basis'),
      creditMaxLoss: share(
        0.75,
        'loss of a credit position, as a share of its maximum loss; the smaller of both counts',
      ),
      debit: share(0.5, 'loss of a debit position, as a share of the basis'),
      acceleratedDte: days(7, 'days to expiry below which the accelerated stop counts'),
      accelerated: multiple(0.5, 'loss of the accelerated stop, as a share of the basis'),
    })
    .prefault({}),
  deltaRisk,
  ivCrush: z
    .strictObject({
      enabled: enabled(),
      ivDrop: share(0.3, "fall of the underlying's 30-day implied volatility since entry"),
      minProfit: profitShare(0.2, 'profit the position must have'),
    })
    .prefault({}),
  ivPercentileExit: z
    .strictObject({
      enabled: enabled(),
      percentile: share(0.3, 'percentile of implied volatility (0..1) below which a profit is taken'),
      minProfit: profitShare(0.2, 'profit the position must have'),
    })
    .prefault({}),
  dteRoll,
  roll,
  gammaRisk: z
    .strictObject({
      enabled: enabled(),
      deltaChange: share(0.1, 'change of delta per combo for a move of the underlying by 1 %', 5),
      dte: days(14, 'days to expiry below which the rule counts'),
    })
    .prefault({}),
  timeExit,
});

export type RulesSettings = z.infer<typeof rulesSettingsSchema>;

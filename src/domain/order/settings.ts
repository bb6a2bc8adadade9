/**
 * Settings of working orders: pace of the walk, limits of price and time. Shares refer to the mid price or the spread.
 */
import { z } from 'zod';
import { PROTECTIVE_KINDS } from '../strategy/protection-choice.js';
import { ENTRY_MODES, ON_PARTIAL } from './legs.js';

/** Prices of the underlying at which a conditional protective order starts. */
export const UNDERLYING_LEVELS = ['break_even', 'short_strike'] as const;

/** What an exit does when it has filled at no urgency. */
const LAST_RESORTS = ['legs', 'wait'] as const;

const pace = (steps: number, stepSeconds: number) =>
  z
    .strictObject({
      steps: z.int().min(1).max(100).default(steps).describe('prices from mid to the worst one; 1 goes there at once'),
      stepSeconds: z.number().min(1).max(3600).default(stepSeconds).describe('market seconds at each price'),
    })
    .prefault({});

const seconds = (value: number, what: string) => z.number().min(1).max(3600).default(value).describe(what);

const minutes = (value: number, what: string) => z.number().min(0).max(390).default(value).describe(what);

const exitAgeSchema = z
  .strictObject({
    alertMinutes: z
      .number()
      .min(1)
      .max(390)
      .default(5)
      .describe('trading minutes after which an alert is raised, and again each time as many have passed'),
    highMinutes: minutes(3, 'trading minutes after which an exit that limits risk is of high urgency'),
    immediateMinutes: minutes(6, 'trading minutes after which it is of immediate urgency'),
    lastResortMinutes: minutes(15, 'trading minutes after which it takes the last resort'),
    lastResort: z
      .enum(LAST_RESORTS)
      .default('legs')
      .describe(
        'legs: leg by leg, shorts bought back first; wait: only the combination. Where allowComboMarket is set, a market order on the combination comes first',
      ),
    deadlineMinutes: minutes(
      60,
      'minutes before the last trade of a short leg; from then on an open position raises an alert, and every exit is of immediate urgency and takes the last resort after immediateMinutes',
    ),
  })
  .refine(
    ({ highMinutes, immediateMinutes }) => highMinutes <= immediateMinutes,
    'highMinutes must not exceed immediateMinutes',
  )
  .refine(
    ({ immediateMinutes, lastResortMinutes }) => immediateMinutes <= lastResortMinutes,
    'immediateMinutes must not exceed lastResortMinutes',
  )
  .prefault({})
  .describe('an exit that has not filled');

export const orderSettingsSchema = z.strictObject({
  walk: z
    .strictObject({
      normal: pace(5, 20).describe('entries and exits of normal and low urgency'),
      high: pace(3, 5).describe('exits of high urgency'),
      immediate: pace(1, 3).describe('exits of immediate urgency: at natural, re-anchored every step'),
    })
    .prefault({}),
  exitGoodTill: z
    .strictObject({
      normal: seconds(300, 'exits of normal and low urgency, market seconds'),
      high: seconds(120, 'exits of high urgency, market seconds'),
      immediate: seconds(60, 'exits of immediate urgency, market seconds'),
    })
    .prefault({})
    .describe(
      'time after which the broker ends an exit order by itself; it is then placed again at once. An order that got no answer is placed again 10 s later than that',
    ),
  exitAge: exitAgeSchema,
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
  sharesCollarPct: z
    .number()
    .gt(0)
    .lte(0.2)
    .default(0.01)
    .describe('collar around mid of orders for assigned shares, as a share of mid'),
  marketCapPct: z
    .number()
    .gte(0)
    .lte(1)
    .default(0.1)
    .describe('a market request is a limit at natural, or this share of mid beyond mid when that is further'),
  protective: z
    .strictObject({
      kind: z
        .enum(PROTECTIVE_KINDS)
        .default('off')
        .describe('combo: stop limit on the combination; underlying: limit with a price condition; credits only'),
      loss: z
        .number()
        .gt(0)
        .lte(20)
        .optional()
        .describe(
          'loss at which it triggers, as a share of the credit, never inside rules.stopLoss.credit; absent: the larger of that and 1.5',
        ),
      room: z
        .number()
        .gt(0)
        .lte(2)
        .default(0.1)
        .describe('distance of its limit beyond the trigger, as a share of the trigger'),
      at: z
        .enum(UNDERLYING_LEVELS)
        .default('break_even')
        .describe('underlying: where it starts, the break-even of the fills or the short strike'),
    })
    .prefault({})
    .describe('protection at the broker while no worker watches'),
  target: z
    .strictObject({
      enabled: z.boolean().default(false).describe('keep a limit order at the broker that takes the profit'),
      profit: z.number().gt(0).lte(5).default(0.5).describe('profit at which it closes, as a share of credit or debit'),
    })
    .prefault({})
    .describe('profit target at the broker, in one group with the protective order'),
  bracket: z
    .boolean()
    .default(false)
    .describe('place entries with their protective and target orders as children, instead of after the fills'),
  mode: z
    .enum(ENTRY_MODES)
    .default('auto')
    .describe('combo: one combination; legs: leg by leg; auto: leg by leg only where the broker takes no combination'),
  unfilledRemainder: z
    .enum(['work', 'cancel'])
    .default('work')
    .describe('what is left of an entry that filled in part: work it to its end, or cancel it with its step'),
  legs: z
    .strictObject({
      onPartial: z
        .enum(ON_PARTIAL)
        .default('unwind')
        .describe(
          'when only some legs fill: unwind closes what filled beyond whole combos; complete works on to the cap',
        ),
      legSeconds: seconds(120, 'longest time a leg is walked, market seconds'),
      completeSeconds: seconds(60, 'longest time a missing leg is worked on to its cap, market seconds'),
      completeCapPct: z
        .number()
        .gt(0)
        .lte(1)
        .default(0.25)
        .describe('cap of a completing leg: this share of its mid beyond mid, 0.05 at least'),
      unwindSeconds: seconds(
        120,
        'time after which an unwinding leg that has not filled needs attention, market seconds',
      ),
    })
    .prefault({})
    .describe('entries that are worked leg by leg'),
  allowComboMarket: z
    .boolean()
    .default(false)
    .describe('send true market orders on combinations when market is requested, and as the last resort of an exit'),
});

export type OrderSettings = z.infer<typeof orderSettingsSchema>;
export type ExitAgeSettings = OrderSettings['exitAge'];

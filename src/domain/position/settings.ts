/** What follows when an assignment or an exercise leaves shares in a position. */
import { z } from 'zod';
import { STRATEGY_TYPES } from '../strategy/strategy.js';

const FOLLOW_UPS = ['flatten_as_unit', 'close_options_only', 'alert_only'] as const;
export type FollowUp = (typeof FOLLOW_UPS)[number];

export const assignmentSettingsSchema = z
  .strictObject({
    followUp: z
      .enum(FOLLOW_UPS)
      .default('flatten_as_unit')
      .describe(
        'flatten_as_unit closes the shares that were assigned and the options left, no long option before what it covers; ' +
          'close_options_only leaves the shares to you; alert_only sends nothing',
      ),
    perStrategy: z
      .partialRecord(z.enum(STRATEGY_TYPES), z.enum(FOLLOW_UPS))
      .default({})
      .describe('overrides `followUp` by strategy, such as `iron_condor: alert_only`'),
    lastDayMinutes: z
      .number()
      .min(0)
      .max(390)
      .default(60)
      .describe(
        'minutes before the close of the last day from which an alert says what options on shares may bring overnight',
      ),
    pinPct: z
      .number()
      .min(0)
      .max(0.1)
      .default(0.005)
      .describe(
        'distance of a short strike from the price, as a share of the price, within which it may be crossed after the close',
      ),
  })
  .prefault({})
  .describe('shares that an assignment or an exercise leaves in a position');

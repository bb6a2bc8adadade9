/**
 * A scenario: everything a run of the gateway starts from, except its seed.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import { exchangeScenarioSchema } from '../exchange/config.js';
import { momentSchema } from '../market/moment.js';
import { marketScenarioSchema } from '../market/scenario.js';

const NEW_YORK = 'America/New_York';

/** Epoch ms of an ISO 8601 time; without a zone it is New York time. Undefined when it is no time. */
function scenarioTime(text: string): number | undefined {
  const parsed = DateTime.fromISO(text.trim().replace(' ', 'T'), { zone: NEW_YORK });
  return parsed.isValid ? parsed.toMillis() : undefined;
}

const startSchema = z
  .string()
  .refine((text) => scenarioTime(text) !== undefined, 'expected an ISO 8601 time, e.g. 2026-03-02T10:00')
  .default('2026-03-02T10:00');

export const scenarioSchema = z.strictObject({
  /** One line for people. */
  about: z.string().default(''),
  /** Start of the market clock. */
  start: startSchema,
  market: marketScenarioSchema.prefault({}),
  exchange: exchangeScenarioSchema.prefault({}),
  /** Faults of the connection at a moment; names and parameters are those of the control interface. */
  faults: z.array(z.looseObject({ at: momentSchema, fault: z.string() })).default([]),
});

/** A scenario as it may be written. */
export type ScenarioInput = z.input<typeof scenarioSchema>;

export type Scenario = Omit<z.infer<typeof scenarioSchema>, 'start'> & {
  readonly name: string;
  /** Start of the market clock, epoch ms. */
  readonly start: number;
};

/** Checks and completes a scenario. Throws RangeError that names each wrong field. */
export function parseScenario(name: string, input: unknown): Scenario {
  const result = scenarioSchema.safeParse(input ?? {});
  if (!result.success) throw new RangeError(`scenario ${name}: ${z.prettifyError(result.error)}`);
  const start = scenarioTime(result.data.start);
  if (start === undefined) throw new RangeError(`scenario ${name}: no start`);
  return { ...result.data, name, start };
}

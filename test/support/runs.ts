import { jest } from '@jest/globals';

const HOUR_MS = 3_600_000;

/** How often a property is tried: `npm run properties` asks for a hundred thousand. */
export function propertyRuns(usual: number): number {
  const asked = process.env.LEGWORK_PROPERTY_RUNS;
  if (asked === undefined) return usual;
  const runs = Number(asked);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`LEGWORK_PROPERTY_RUNS is ${asked}`);
  jest.setTimeout(HOUR_MS);
  return runs;
}

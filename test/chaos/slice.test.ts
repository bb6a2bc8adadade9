/**
 * Short seeds of the campaign on one Temporal server and one Postgres: kills and faults of the whole system, and every
 * invariant afterwards. `planOf` shows what a seed draws; run a red seed again with `npm run chaos -- --brief --seed N`.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Campaign, openCampaign } from '../../chaos/campaign.js';
import { seedLine } from '../../chaos/tables.js';
import { isWhole } from '../support/whole.js';

/** Between the three: kill -9 of worker, Postgres, Temporal and the gateway; a backend ended; a mute; a frozen socket. */
const SEEDS = [32, 35, 50];

let campaign: Campaign;

beforeAll(async () => {
  campaign = await openCampaign();
});
afterAll(() => campaign?.close());

/** The last kills what the first two leave alive; `npm run test:slow` runs it. */
test.each(isWhole ? SEEDS : SEEDS.slice(0, 2))('seed %i converges and holds every invariant', async (seed) => {
  const lines: string[] = [];
  const report = await campaign.run(seed, { brief: true }, (line) => lines.push(line));
  expect({ lines, violations: report.violations, seed: seedLine(report) }).toMatchObject({ violations: [] });
});

/** Many seeds over one Temporal server and one Postgres, each with a database, a gateway and workers of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogs } from '../stack/logs.js';
import { type PlanOptions, planOf } from './plan.js';
import { runSeed, type SeedReport } from './run-seed.js';
import { startServers } from './servers.js';

export interface CampaignOptions extends PlanOptions {
  readonly seeds: readonly number[];
  readonly say: (line: string) => void;
  /** Called after each seed. */
  readonly onSeed?: (report: SeedReport) => void;
  /** Keeps logs, journals and databases. */
  readonly keep?: boolean;
}

export async function runCampaign(options: CampaignOptions): Promise<readonly SeedReport[]> {
  const { seeds, say, onSeed, keep } = options;
  const dir = mkdtempSync(join(tmpdir(), 'legwork-chaos-'));
  const logs = openLogs(join(dir, 'logs'));
  const servers = await startServers(dir, logs.log);
  const reports: SeedReport[] = [];
  try {
    for (const seed of seeds) {
      const plan = planOf(seed, options);
      const shapes = plan.positions.map(({ quantity, name }) => `${quantity} ${name}`).join(', ');
      say(`seed ${seed}: ${shapes}, speed ${plan.speed}, ${plan.workers} worker(s), ${plan.faults.length} faults`);
      const report = await runSeed(plan, { servers, dir, say });
      reports.push(report);
      onSeed?.(report);
      if (keep !== true) rmSync(join(dir, `seed-${seed}`), { recursive: true, force: true });
    }
    return reports;
  } finally {
    await servers.stop();
    await logs.close();
    if (keep === true) say(`kept: ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
  }
}

/** Many seeds over one Temporal server and one Postgres, each with a database, a gateway and workers of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogs } from '../stack/logs.js';
import { type PlanOptions, planOf } from './plan.js';
import { runSeed, type SeedReport } from './run-seed.js';
import { startServers } from './servers.js';

export interface Campaign {
  /** Logs, journals and databases. */
  readonly dir: string;
  /** Runs one seed to its end; `say` gets a line a fault. Throws only when the system could not be started. */
  run(seed: number, options: PlanOptions, say: (line: string) => void): Promise<SeedReport>;
  /** Stops everything; the folder goes unless it is kept. */
  close(keep?: boolean): Promise<void>;
}

/** Starts the servers that the seeds share. */
export async function openCampaign(): Promise<Campaign> {
  const dir = mkdtempSync(join(tmpdir(), 'legwork-chaos-'));
  const logs = openLogs(join(dir, 'logs'));
  const servers = await startServers(dir, logs.log);
  return {
    dir,
    run: async (seed, options, say) => {
      const plan = planOf(seed, options);
      const shapes = plan.positions.map(({ quantity, name }) => `${quantity} ${name}`).join(', ');
      say(`seed ${seed}: ${shapes}, speed ${plan.speed}, ${plan.workers} worker(s), ${plan.faults.length} faults`);
      return await runSeed(plan, { servers, dir, say });
    },
    close: async (keep = false) => {
      await servers.stop();
      await logs.close();
      if (!keep) rmSync(dir, { recursive: true, force: true });
    },
  };
}

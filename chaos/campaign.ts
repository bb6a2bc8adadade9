/** Many seeds over one Temporal server and one Postgres, each with a database, a gateway and workers of its own. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogs } from 'legwork/stack';
import { type Plan, type PlannedPosition, type PlanOptions, planOf } from './plan.js';
import { runSeed, type SeedReport } from './run-seed.js';
import { startServers } from './servers.js';

export interface Campaign {
  /** Logs, journals and databases. */
  readonly dir: string;
  /** Runs one seed to its end; `say` gets a line a fault. A seed that could not be run or checked has failed. */
  run(seed: number, options: PlanOptions, say: (line: string) => void): Promise<SeedReport>;
  /** Stops everything; the folder goes unless it is kept. */
  close(keep?: boolean): Promise<void>;
}

/** Starts the servers that the seeds share. */
export async function openCampaign(): Promise<Campaign> {
  const dir = mkdtempSync(join(tmpdir(), 'legwork-chaos-'));
  // As root Postgres runs as another user, who must be able to enter.
  chmodSync(dir, 0o755);
  const logs = openLogs(join(dir, 'logs'));
  const servers = await startServers(dir, logs.log).catch(async (error: unknown) => {
    await logs.close();
    rmSync(dir, { recursive: true, force: true });
    throw error;
  });
  return {
    dir,
    run: async (seed, options, say) => {
      const plan = planOf(seed, options);
      const shapes = plan.positions.map(describe).join(', ');
      say(
        `seed ${seed} (${plan.kind}): ${shapes}, speed ${plan.speed}, ${plan.workers} worker(s), ${plan.faults.length} faults`,
      );
      try {
        await servers.mend();
        return await runSeed(plan, { servers, dir, say });
      } catch (error) {
        return notRun(plan, error instanceof Error ? error.message : String(error));
      }
    },
    close: async (keep = false) => {
      await servers.stop();
      await logs.close();
      if (!keep) rmSync(dir, { recursive: true, force: true });
    },
  };
}

function notRun(plan: Plan, text: string): SeedReport {
  return {
    ...{
      seed: plan.seed,
      kind: plan.kind,
      faults: [],
      violations: [{ invariant: 'the seed runs', text }],
      positions: plan.positions.length,
    },
    ...{
      opened: 0,
      notOpened: [],
      closed: 0,
      orders: 0,
      fills: 0,
      askedAgain: [],
      acts: [],
      crashes: [],
      convergedMs: undefined,
      durationMs: 0,
    },
  };
}

/** `2 condor (underlying, target, bracket)`: what rests for it behind it. */
function describe({ quantity, name, exit, protection }: PlannedPosition): string {
  const { protective = 'off', target = 0, bracket = false } = protection ?? {};
  const rests = [...(protective === 'off' ? [] : [protective]), ...(target > 0 ? ['target'] : [])];
  const how = rests.length > 0 && bracket ? [...rests, 'bracket'] : rests;
  return `${quantity} ${name}${how.length === 0 ? '' : ` (${how.join(', ')})`} ${exit}`;
}

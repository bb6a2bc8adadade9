/** The whole system of one seed: its database, gateway and workers beside the campaign's servers, and a client that asks. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectClient, type LegworkClient, type Store } from 'legwork';
import { openLogs, type StackLog, type StackLogs } from 'legwork/stack';
import pg from 'pg';
import { stringify } from 'yaml';
import { GatewayProcess } from './gateway-process.js';
import { InjectedFaults } from './injected-faults.js';
import { JournalTail } from './journal-tail.js';
import { Outages } from './outages.js';
import type { Plan } from './plan.js';
import { pause, until } from './retry.js';
import type { Servers } from './servers.js';
import { Triggers } from './triggers.js';
import { WorkerFleet } from './worker-fleet.js';

const READY_MS = 60_000;
const TAIL_MS = 20;
/** Enough room for the largest plan: what limits risk is not the matter here, except where a seed halts. */
const SETTINGS = {
  risk: { maxLossPerPositionPct: 0.05, maxLossTotalPct: 0.5 },
  // At these speeds some seconds of outage are many minutes of the market.
  entry: { symbolDeltaShareMax: 10, gammaShareMax: 10, symbolGammaShareMax: 10, bookFreshSeconds: 1_200 },
  // An entry that rests at its worst price would wait out its hour.
  // The stops that entries ask for lie near enough for a shock to reach them, which the rule's own stop must leave to them.
  orders: { entryMaxMinutes: 15, protective: { loss: 0.6, room: 1 } },
  rules: { stopLoss: { enabled: false } },
};

/** A span in which no position may open. Wall ms. */
export interface Halt {
  readonly state: 'HALTED' | 'REDUCING';
  readonly from: number;
  to: number | undefined;
}

export class Arena {
  readonly outages = new Outages();
  readonly injections = new InjectedFaults();
  readonly halts: Halt[] = [];
  readonly triggers: Triggers;
  readonly journal: JournalTail;
  /** When each exit was asked for and accepted, wall ms, by position number. */
  readonly asked = new Map<number, number>();
  readonly #begun = performance.now();
  #tailing = true;

  private constructor(
    readonly plan: Plan,
    readonly dir: string,
    readonly database: string,
    readonly servers: Servers,
    readonly gateway: GatewayProcess,
    readonly client: LegworkClient,
    readonly store: Store,
    readonly workers: WorkerFleet,
    private readonly logs: StackLogs,
  ) {
    this.journal = new JournalTail(gateway.journalFile);
    this.triggers = new Triggers((positionId) => numberOf(plan, positionId));
    void this.#tail();
  }

  /** Starts everything and waits until a worker holds the broker session; what was started is stopped when a part fails. */
  static async start(plan: Plan, servers: Servers, dir: string): Promise<Arena> {
    mkdirSync(dir, { recursive: true });
    const logs = openLogs(join(dir, 'logs'));
    const undo: (() => Promise<unknown>)[] = [() => logs.close()];
    try {
      return await Arena.#start(plan, servers, dir, logs, undo);
    } catch (error) {
      for (const step of undo.reverse()) await step().catch(() => undefined);
      throw error;
    }
  }

  static async #start(
    plan: Plan,
    servers: Servers,
    dir: string,
    logs: StackLogs,
    undo: (() => Promise<unknown>)[],
  ): Promise<Arena> {
    const { log } = logs;
    const database = `chaos_${plan.seed}_${Date.now().toString(36)}`;
    const { seed, speed, scenario } = plan;
    await createDatabase(servers, database);
    const gateway = await GatewayProcess.start({ dir, seed, speed, scenario, log });
    undo.push(() => gateway.stop());
    const config = join(dir, 'legwork.yaml');
    writeFileSync(config, stringify(SETTINGS));
    const env = {
      TEMPORAL_ADDRESS: servers.temporalAddress,
      DATABASE_URL: servers.databaseUrl(database),
      IB_HOST: gateway.host,
      IB_PORT: String(gateway.port),
      LEGWORK_GATEWAY_CONTROL_PORT: String(gateway.controlPort),
      LEGWORK_CONFIG: config,
    };
    const client = connectClient({ cwd: dir, env });
    undo.push(() => client.disconnect());
    const store = await client.store();
    await store.migrate();
    await client.links.temporal();
    const workers = new WorkerFleet(env, wallStamped(log), plan.workers);
    undo.push(() => workers.stop());
    const ready = await until(READY_MS, async () => workers.served || undefined);
    if (ready === undefined) {
      throw new Error(`No worker was ready within ${READY_MS / 1000} s; its log is in ${dir}/logs.`);
    }
    return new Arena(plan, dir, database, servers, gateway, client, store, workers, logs);
  }

  /** Seconds since the seed began. */
  clock(): string {
    return `+${((performance.now() - this.#begun) / 1000).toFixed(1)} s`;
  }

  async stop(): Promise<void> {
    this.#tailing = false;
    await this.workers.stop().catch(() => undefined);
    await this.gateway.stop().catch(() => undefined);
    await this.#endRuns().catch(() => undefined);
    await this.client.disconnect().catch(() => undefined);
    await this.logs.close();
  }

  async #tail(): Promise<void> {
    while (this.#tailing) {
      this.triggers.read(this.journal.read());
      await pause(TAIL_MS);
    }
  }

  /** What still runs in Temporal must not meet the workers of the next seed. */
  async #endRuns(): Promise<void> {
    const { client } = await this.client.links.temporal();
    for await (const run of client.workflow.list({ query: "ExecutionStatus = 'Running'" })) {
      await client.workflow
        .getHandle(run.workflowId)
        .terminate('the seed is over')
        .catch(() => undefined);
    }
  }
}

/** Id of the entry of a planned position; its end is the end of the position's id. */
export function entryIdOf(seed: number, index: number): string {
  return `chaos-${String(seed).padStart(5, '0')}${index}`;
}

/** The number of the planned position that a stored one is. */
export function numberOf(plan: Plan, positionId: string): number | undefined {
  const index = plan.positions.findIndex((_, one) => positionId.endsWith(entryIdOf(plan.seed, one).slice(-6)));
  return index < 0 ? undefined : index;
}

async function createDatabase(servers: Servers, name: string): Promise<void> {
  const client = new pg.Client({
    connectionString: servers.directUrl('postgres'),
    connectionTimeoutMillis: 5_000,
    query_timeout: 60_000,
  });
  client.on('error', () => undefined); // A server that dies meanwhile fails the query, not the campaign.
  try {
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function wallStamped(log: StackLog): StackLog {
  return (part, line) => log(part, `${new Date().toISOString()} ${line}`);
}

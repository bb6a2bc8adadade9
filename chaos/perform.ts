/** Carrying out one fault. Only one fault at a time may stop a part; every fault ends what it began. */

import type { FaultInput } from 'ib-gateway';
import pg from 'pg';
import type { Action } from './actions.js';
import type { Arena, Halt } from './arena.js';
import { pause, persist } from './retry.js';

const PATIENCE_MS = 60_000;

type Part = 'worker' | 'postgres' | 'temporal' | 'gateway' | 'trading';

/** One at a time, in the order of asking. */
export class PartLocks {
  readonly #tails = new Map<Part, Promise<void>>();

  async hold(part: Part, work: () => Promise<void>): Promise<void> {
    const before = this.#tails.get(part) ?? Promise.resolve();
    const mine = before.then(work);
    this.#tails.set(
      part,
      mine.catch(() => undefined),
    );
    await mine;
  }
}

/**
 * Does it and undoes it; `begun` is called when it begins, after its part is free. Throws when it could not happen, for instance
 * because the gateway was down.
 */
export async function perform(arena: Arena, locks: PartLocks, action: Action, begun: () => void): Promise<void> {
  const { servers, workers, gateway } = arena;
  const hold = (part: Part, work: () => Promise<void>) =>
    locks.hold(part, async () => {
      begun();
      await work();
    });
  switch (action.kind) {
    case 'kill-worker':
      return await hold('worker', () =>
        during(arena, 'worker', async () => {
          await workers.kill(action.downMs);
          await pause(action.downMs);
        }),
      );
    case 'stop-worker':
      return await hold('worker', () => during(arena, 'worker', () => workers.restart()));
    case 'pause-worker':
      return await hold('worker', () =>
        during(arena, 'worker', async () => {
          const resume = workers.pause();
          await pause(action.ms);
          resume();
        }),
      );
    case 'kill-backends':
      return await hold('postgres', () => killBackends(arena, action.hard));
    case 'kill-postgres':
      return await hold('postgres', () =>
        during(arena, 'postgres', async () => {
          await servers.killPostgres();
          await pause(action.downMs);
          await servers.revivePostgres();
        }),
      );
    case 'kill-temporal':
      return await hold('temporal', () =>
        during(arena, 'temporal', async () => {
          await servers.killTemporal();
          await pause(action.downMs);
          await servers.reviveTemporal();
        }),
      );
    case 'cut-postgres':
    case 'cut-temporal': {
      const part = action.kind === 'cut-postgres' ? 'postgres' : 'temporal';
      const relay = part === 'postgres' ? servers.postgresRelay : servers.temporalRelay;
      begun();
      return await during(arena, part, async () => {
        relay.cut();
        await pause(action.ms);
        relay.heal();
      });
    }
    case 'kill-gateway':
      return await hold('gateway', () =>
        during(arena, 'gateway', async () => {
          await gateway.kill();
          await pause(action.downMs);
          await gateway.revive();
        }),
      );
    case 'gateway':
      begun();
      return await gatewayFault(arena, action.fault, action.until, action.untilMs);
    case 'correct-execution':
      begun();
      return await correctExecution(arena, action.by);
    case 'late-commission':
      begun();
      return await gateway.fault({ kind: 'lateCommission', n: action.n, ms: action.ms });
    case 'halt':
      return await hold('trading', () => halt(arena, action.state, action.ms));
  }
}

async function during(arena: Arena, what: string, work: () => Promise<void>): Promise<void> {
  const end = arena.outages.begin(what);
  try {
    await work();
  } finally {
    end();
  }
}

async function gatewayFault(arena: Arena, fault: FaultInput, until?: FaultInput, untilMs = 0): Promise<void> {
  const { gateway, plan } = arena;
  if (until === undefined) {
    await gateway.fault(fault);
    // 1100 lasts for market time; the restored notice is the gateway's own.
    if (fault.kind === 'connectivity') await during(arena, 'connectivity', () => pause(fault.ms / plan.speed));
    return;
  }
  await during(arena, `gateway ${fault.kind}`, async () => {
    await gateway.fault(fault);
    await pause(untilMs);
    // A gateway that is down has forgotten the fault.
    await gateway.fault(until).catch(() => undefined);
  });
}

async function correctExecution(arena: Arena, by: number): Promise<void> {
  const legs = arena.gateway.state().executions.filter(({ contract }) => contract.secType === 'OPT');
  const last = legs.at(-1);
  if (last === undefined) throw new Error('there is no execution to correct');
  const price = Math.max(0.01, Math.round((last.price + by) * 100) / 100);
  await arena.gateway.fault({ kind: 'correctExecution', execId: last.execId, price });
}

/** Backends of Legwork's own connections, as an administrator or a crash ends them. */
async function killBackends(arena: Arena, hard: boolean): Promise<void> {
  const client = new pg.Client({
    connectionString: arena.servers.directUrl(arena.database),
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined); // A crash of one backend makes the server end all of them.
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
       ORDER BY (state = 'active') DESC, backend_start`,
    );
    if (rows.length === 0) throw new Error('there is no backend to kill');
    if (hard) process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    else for (const { pid } of rows) await client.query('SELECT pg_terminate_backend($1)', [pid]);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function halt(arena: Arena, state: 'HALTED' | 'REDUCING', ms: number): Promise<void> {
  const set = (wanted: 'HALTED' | 'REDUCING' | 'ACTIVE') =>
    persist(`set trading ${wanted}`, PATIENCE_MS, () => arena.client.setTrading(wanted, 'chaos', 'chaos'));
  // A reducing state does not excuse a late exit.
  const endOutage = state === 'HALTED' ? arena.outages.begin('halt') : () => undefined;
  await set(state);
  const one: Halt = { state, from: Date.now(), to: undefined };
  arena.halts.push(one);
  await pause(ms);
  one.to = Date.now();
  await set('ACTIVE');
  endOutage();
}

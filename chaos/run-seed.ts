/** One seed from its first order to its end: play, disturb, heal, converge, check. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeAction } from './actions.js';
import { FALL, isOver, playPosition } from './actor.js';
import { type Act, actsOf } from './acts.js';
import { Arena, numberOf } from './arena.js';
import { type Evidence, gatherEvidence, unfinished } from './evidence.js';
import type { InjectedFault } from './injected-faults.js';
import { type NotOpened, notOpened, type Violation, violationsOf } from './invariants/index.js';
import { moneyAgrees } from './invariants/money.js';
import type { SeedKind } from './kinds.js';
import { type Holding, watchLease } from './lease-watch.js';
import { passNight } from './night.js';
import { PartLocks, perform } from './perform.js';
import type { Plan, PlannedFault } from './plan.js';
import { pause, until } from './retry.js';
import type { Servers } from './servers.js';

/** Wall time from everything healed until everything must be at rest. */
const CONVERGE_MS = 90_000;
/** Wall time from rest until every commission must be in the results. */
const COMMISSIONS_MS = 20_000;
/** A close that was refused or failed is asked for again after this long. */
const ASK_AGAIN_MS = 10_000;

export interface FaultReport {
  readonly name: string;
  readonly line: string;
  readonly result: 'done' | 'missed' | 'failed';
}

export interface SeedReport {
  readonly seed: number;
  readonly kind: SeedKind;
  readonly faults: readonly FaultReport[];
  readonly violations: readonly Violation[];
  readonly positions: number;
  readonly opened: number;
  /** Entries that were answered without a position, with what explains it. */
  readonly notOpened: readonly NotOpened[];
  readonly closed: number;
  readonly orders: number;
  readonly fills: number;
  /** Closes that were answered without closing and had to be asked for again, with the answers. */
  readonly askedAgain: readonly string[];
  /** What people, the broker and other owners did to positions, and what each came to. */
  readonly acts: readonly Act[];
  /** Ends of a worker that no fault of this seed caused. */
  readonly crashes: readonly string[];
  readonly convergedMs: number | undefined;
  readonly durationMs: number;
}

export interface RunOptions {
  readonly servers: Servers;
  readonly dir: string;
  readonly say: (line: string) => void;
}

export async function runSeed(plan: Plan, { servers, dir, say }: RunOptions): Promise<SeedReport> {
  const started = performance.now();
  const home = join(dir, `seed-${plan.seed}`);
  rmSync(home, { recursive: true, force: true });
  const arena = await Arena.start(plan, servers, home);
  const lease = watchLease(arena.store.leases);
  try {
    const locks = new PartLocks();
    const faults = plan.faults.map((fault) => disturb(arena, locks, fault, say));
    const night = plan.kind === 'night' ? passNight(arena, locks, arena.evenings) : Promise.resolve();
    night.catch(() => undefined);
    const actors = await Promise.allSettled(plan.positions.map((_, index) => playPosition(arena, index)));
    const nights = await Promise.allSettled([night]);
    const reports = await Promise.all(faults);
    const failures = [...actors, ...nights].flatMap((actor) =>
      actor.status === 'rejected' ? [String(actor.reason)] : [],
    );
    await heal(arena);
    const { left, ms, again } = await converge(arena);
    lease.stop();
    const evidence = await evidenceWithMoney(arena, lease.holdings);
    const violations = [
      ...failures.map((text) => ({ invariant: 'asking succeeds', text })),
      ...left.map((text) => ({ invariant: 'converges', text })),
      ...violationsOf(evidence),
    ];
    const { executions } = evidence;
    return {
      seed: plan.seed,
      kind: plan.kind,
      faults: reports,
      violations,
      positions: plan.positions.length,
      opened: executions.filter(({ openedCombos }) => openedCombos > 0).length,
      notOpened: notOpened(evidence),
      closed: executions.filter(({ status }) => status === 'CLOSED').length,
      orders: evidence.broker.done.length + evidence.broker.live.length,
      fills: evidence.fills.length,
      acts: await actsOf(arena),
      askedAgain: again,
      crashes: arena.workers.crashes,
      convergedMs: left.length === 0 ? ms : undefined,
      durationMs: Math.round(performance.now() - started),
    };
  } finally {
    lease.stop();
    await arena.stop();
  }
}

/** Waits for the fault's trigger and injects it; one line reports the result. */
async function disturb(
  arena: Arena,
  locks: PartLocks,
  { position, moment, delayMs, fault }: PlannedFault,
  say: (line: string) => void,
): Promise<FaultReport> {
  const what = `${describeAction(fault.action)} at ${moment} of position ${position} + ${delayMs} ms`;
  const report = (result: FaultReport['result'], more = ''): FaultReport => {
    const line = `seed ${arena.plan.seed}: ${arena.clock()} ${what}: ${result}${more}`;
    say(line);
    return { name: fault.name, line, result };
  };
  if (!(await arena.triggers.wait(position, moment))) return report('missed', ', the moment never came');
  await pause(delayMs);
  let injection: InjectedFault | undefined;
  try {
    await perform(arena, locks, fault.action, () => {
      injection = arena.injections.begin(fault);
    });
    if (injection !== undefined) injection.to = Date.now();
    return report('done');
  } catch (error) {
    if (injection !== undefined) arena.injections.drop(injection);
    return report('failed', `, ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Whatever lasts by itself is ended: a server that did not come back, message faults still to come, mutes, a halt. After shocks the
 * market comes back in one move: a wing for which nobody bids down there rests, rightly, until somebody does.
 */
async function heal(arena: Arena): Promise<void> {
  const { gateway, client, servers, injections } = arena;
  const once = async (work: () => Promise<unknown>) => {
    await until(30_000, async () => {
      await work();
      return true;
    });
  };
  await once(() => servers.mend());
  await once(() => gateway.fault({ kind: 'clear' }));
  await once(() => gateway.fault({ kind: 'unfreeze' }));
  await once(() => gateway.fault({ kind: 'refuse', on: false }));
  await once(() => gateway.fault({ kind: 'marketData', state: 'live' }));
  await once(() => client.setTrading('ACTIVE', 'healed', 'chaos'));
  const falls = injections.list.filter(({ kind }) => kind === 'shock').length;
  if (falls === 0) return;
  await once(() => gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: FALL ** -falls }));
  injections.shock();
}

/** Commissions come some market seconds after the last fill: the evidence is read again until they are there, or late. */
async function evidenceWithMoney(arena: Arena, holdings: readonly Holding[]): Promise<Evidence> {
  const settled = await until(COMMISSIONS_MS, async () => {
    const evidence = await gatherEvidence(arena, holdings);
    return moneyAgrees(evidence).length === 0 ? evidence : undefined;
  });
  return settled ?? (await gatherEvidence(arena, holdings));
}

interface Rest {
  /** What is not at rest. */
  readonly left: readonly string[];
  readonly ms: number;
  readonly again: readonly string[];
}

/** Waits for rest; positions that are open although their close was answered are asked to close again, as a person would. */
async function converge(arena: Arena): Promise<Rest> {
  const begun = performance.now();
  const again: string[] = [];
  let asked = performance.now();
  let times = 0;
  for (;;) {
    const left = await unfinished(arena).catch((error: unknown) => [String(error)]);
    const ms = Math.round(performance.now() - begun);
    if (left.length === 0 || ms > CONVERGE_MS) return { left, ms, again };
    if (performance.now() - asked > ASK_AGAIN_MS) {
      asked = performance.now();
      times += 1;
      await askAgain(arena, times, again).catch(() => undefined);
    }
    await pause(100);
  }
}

async function askAgain(arena: Arena, times: number, again: string[]): Promise<void> {
  for (const row of await arena.store.executions.get_open_strategies()) {
    if (isOver(row) || row.openedCombos === 0) continue;
    const requestId = `close-${row.positionId}`;
    const request = await arena.store.requests.get(times === 1 ? requestId : `${requestId}-${times - 1}`);
    if (request?.status === 'QUEUED' || request?.status === 'RUNNING') continue;
    const answer = request?.outcome;
    again.push(
      `${row.positionId}: ${request?.status ?? 'never asked'} ${String(answer?.code ?? '')} ${String(answer?.reason ?? '')}`,
    );
    const more = { requestId: `${requestId}-${times}`, pricing: { kind: 'market' } } as const;
    arena.happened.command('close', row.positionId, await arena.client.close(row.positionId, more));
    const index = numberOf(arena.plan, row.positionId);
    if (index !== undefined && !arena.asked.has(index)) arena.asked.set(index, Date.now());
  }
}

/** A person with one position: asks for it, holds it, asks for its end, and asks again while nobody answers. */
import type { EntryRow, PositionRow } from 'legwork';
import { type Arena, entryIdOf } from './arena.js';
import { legsModeOf } from './legs-mode.js';
import type { PlannedPosition } from './plan.js';
import { pause, persist, until } from './retry.js';

/** Longer than an entry takes undisturbed; what is open later is asked to close while the seed comes to rest. */
const ENTRY_MS = 75_000;
/** The faults of an exit have their moments within this time. */
const EXIT_MS = 30_000;
const ASK_MS = 60_000;
/** What a shock leaves of the market's price. */
export const FALL = 0.955;

export async function playPosition(arena: Arena, index: number): Promise<void> {
  const planned = arena.plan.positions[index];
  if (planned === undefined) return;
  try {
    await pause(planned.afterMs);
    const entry = await enter(arena, planned, index);
    const row = entry?.positionId === undefined ? undefined : await rowOf(arena, entry.positionId);
    if (row === undefined || isOver(row)) return;
    arena.triggers.reach(index, 'opened');
    await pause(planned.holdMs);
    await leave(arena, planned, index, row.positionId);
  } finally {
    arena.triggers.reach(index, 'over');
  }
}

async function enter(arena: Arena, planned: PlannedPosition, index: number): Promise<EntryRow | undefined> {
  const entryId = entryIdOf(arena.plan.seed, index);
  const { legs, quantity, pricing, protection } = planned;
  const how = { ...legsModeOf(arena.plan.seed, index), ...(protection && { protection }) };
  const ask = { entryId, symbol: 'SPY', strategyType: 'custom', legs, quantity, pricing, ...how } as const;
  await persist('enter', ASK_MS, () => arena.client.enter({ ...ask, set: {}, dryRun: false, ignoreSignal: true }));
  arena.triggers.reach(index, 'entry-asked');
  return await until(ENTRY_MS, async () => {
    const row = await arena.store.entries.get(entryId);
    return row === undefined || row.status === 'DECIDING' || row.status === 'OPENING' ? undefined : row;
  });
}

async function leave(arena: Arena, planned: PlannedPosition, index: number, positionId: string): Promise<void> {
  if (planned.exit === 'shock') {
    // The market falls by a twentieth within an hour: what loses by it is closed by rule, the rest by the person below.
    await persist('shock', ASK_MS, () => arena.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: FALL }));
    arena.injections.shock();
    arena.triggers.reach(index, 'exit-asked');
    await until(8_000, async () => (isOver(await arena.client.execution(positionId)) ? true : undefined));
  }
  if (planned.exit === 'reduce-then-close' && planned.quantity > 1) {
    await askExit(arena, index, `reduce-${positionId}`, () =>
      arena.client.reduce(positionId, 0.5, { requestId: `reduce-${positionId}`, pricing: planned.exitPricing }),
    );
    await until(10_000, async () => {
      const request = await arena.store.requests.get(`reduce-${positionId}`);
      return request !== undefined && request.status !== 'QUEUED' && request.status !== 'RUNNING' ? true : undefined;
    });
  }
  await askExit(arena, index, `close-${positionId}`, () =>
    arena.client.close(positionId, { requestId: `close-${positionId}`, pricing: planned.exitPricing }),
  );
  await until(EXIT_MS, async () => (isOver(await arena.client.execution(positionId)) ? true : undefined));
}

async function askExit(arena: Arena, index: number, what: string, ask: () => Promise<unknown>): Promise<void> {
  await persist(what, ASK_MS, ask);
  if (!arena.asked.has(index)) arena.asked.set(index, Date.now());
  arena.triggers.reach(index, 'exit-asked');
}

async function rowOf(arena: Arena, positionId: string): Promise<PositionRow | undefined> {
  return await until(ASK_MS, () => arena.store.executions.get_execution(positionId));
}

export function isOver(row: PositionRow): boolean {
  return row.status === 'CLOSED' || row.status === 'FAILED';
}

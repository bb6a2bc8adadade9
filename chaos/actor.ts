/** A person with one position: asks for it, holds it, asks for its end, and asks again while nobody answers. */
import type { EntryRow, PendingRequest, PositionRow } from 'legwork';
import { type Arena, entryIdOf } from './arena.js';
import type { Command } from './happened.js';
import { isNight } from './kinds.js';
import { legsModeOf } from './legs-mode.js';
import { changeOutside } from './outside.js';
import type { PlannedPosition } from './plan.js';
import { pause, persist, until } from './retry.js';

/** Longer than an entry takes undisturbed; what is open later is asked to close while the seed comes to rest. */
const ENTRY_MS = 75_000;
/** The faults of an exit have their moments within this time. */
const EXIT_MS = 30_000;
const ASK_MS = 60_000;
/** What is left of a broken structure is closed within this time, undisturbed. */
const BROKEN_MS = 20_000;
const ROLL_DTE = 60;
/** From shortly before the open until what expired, was assigned or was to be closed must be over. */
const MORNING_MS = 30_000;
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
    if (isNight(planned.exit)) await beforeNight(arena, planned, row);
    else await pause(planned.holdMs);
    arena.endEvening(index);
    await leave(arena, planned, index, row.positionId);
  } finally {
    arena.endEvening(index);
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
  const over = async () => (isOver(await arena.client.execution(positionId)) ? true : undefined);
  switch (planned.exit) {
    case 'shock':
      // The market falls by a twentieth within an hour: what loses by it is closed by rule, the rest by the person below.
      await persist('shock', ASK_MS, () => arena.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: FALL }));
      arena.injections.shock();
      arena.triggers.reach(index, 'exit-asked');
      await until(8_000, over);
      break;
    case 'reduce-then-close':
      await askReduce(arena, planned, index, positionId, 1);
      break;
    case 'reduce-twice':
      for (const time of [1, 2]) await askReduce(arena, planned, index, positionId, time);
      break;
    case 'roll':
    case 'reduce-then-roll':
      if (planned.exit === 'reduce-then-roll') await askReduce(arena, planned, index, positionId, 1);
      await roll(arena, planned, index, positionId);
      break;
    case 'close':
      break;
    case 'hold-overnight':
    case 'close-at-night':
    case 'exercise':
    case 'assign-at-night':
    case 'expire':
      return await throughNight(arena, planned, index, positionId);
    default:
      await changeOutside(arena, planned.exit, planned.outside, positionId);
      arena.triggers.reach(index, 'exit-asked');
      // What is left of a broken structure is closed by itself.
      if (planned.exit !== 'hand-part') await until(BROKEN_MS, over);
  }
  await askClose(arena, planned, index, positionId);
  await until(EXIT_MS, over);
}

/** A person exercises a long leg in the evening, although it may be out of the money. */
async function beforeNight(arena: Arena, planned: PlannedPosition, row: PositionRow): Promise<void> {
  const { positionId } = row;
  if (planned.exit !== 'exercise') return;
  const bought = row.legs.filter(({ openQuantity }) => openQuantity > 0);
  const leg = bought[(planned.outside?.leg ?? 0) % Math.max(1, bought.length)];
  if (leg === undefined) return;
  const instruction = { positionId, legNo: leg.legNo, override: true, dryRun: false };
  const asked = await persist('exercise', ASK_MS, () => arena.client.exercise(instruction));
  arena.happened.command('exercise', positionId, asked);
  await asked.wait({ timeoutMs: 10_000 }).catch(() => undefined);
}

async function throughNight(arena: Arena, planned: PlannedPosition, index: number, positionId: string): Promise<void> {
  const over = async () => (isOver(await arena.client.execution(positionId)) ? true : undefined);
  await arena.triggers.wait(index, 'night');
  if (planned.exit === 'close-at-night') {
    await pause(planned.holdMs);
    await askClose(arena, planned, index, positionId);
  }
  if (planned.exit === 'assign-at-night') await changeOutside(arena, 'assign', planned.outside, positionId);
  if (planned.exit === 'expire') arena.happened.expired.push(positionId);
  await arena.triggers.wait(index, 'morning');
  if (planned.exit === 'hold-overnight') await pause(planned.holdMs);
  else await until(MORNING_MS, over);
  await askClose(arena, planned, index, positionId);
  await until(EXIT_MS, over);
}

/** Reduces by half, once more for each further time; a single combo cannot be halved. */
async function askReduce(arena: Arena, planned: PlannedPosition, index: number, positionId: string, time: number) {
  if (planned.quantity <= 1) return;
  const requestId = `reduce-${positionId}${time === 1 ? '' : `-${time}`}`;
  await ask(arena, 'reduce', positionId, () =>
    arena.client.reduce(positionId, 0.5, { requestId, pricing: planned.exitPricing }),
  );
  exitAsked(arena, index);
  await until(10_000, () => answered(arena, requestId));
}

/** Rolls, and closes what the roll has opened. */
async function roll(arena: Arena, planned: PlannedPosition, index: number, positionId: string): Promise<void> {
  const requestId = `roll-${positionId}`;
  await ask(arena, 'roll', positionId, () =>
    arena.client.roll(positionId, ROLL_DTE, { requestId, pricing: planned.exitPricing }),
  );
  // It may be refused, and then no order is due.
  arena.triggers.reach(index, 'exit-asked');
  await until(EXIT_MS, () => answered(arena, requestId));
  const { rolledTo } = await persist('read', ASK_MS, () => arena.client.execution(positionId));
  if (rolledTo === undefined) return;
  const opened = await until(EXIT_MS, async () => {
    const row = await arena.client.execution(rolledTo);
    return isOver(row) || row.openingEndedAt !== undefined ? row : undefined;
  });
  if (opened === undefined || isOver(opened)) return;
  await pause(planned.holdMs);
  const close = { requestId: `close-${rolledTo}`, pricing: planned.exitPricing };
  await ask(arena, 'close', rolledTo, () => arena.client.close(rolledTo, close));
  await until(EXIT_MS, async () => (isOver(await arena.client.execution(rolledTo)) ? true : undefined));
}

async function askClose(arena: Arena, planned: PlannedPosition, index: number, positionId: string): Promise<void> {
  const close = { requestId: `close-${positionId}`, pricing: planned.exitPricing };
  await ask(arena, 'close', positionId, () => arena.client.close(positionId, close));
  exitAsked(arena, index);
}

/** Asks until somebody takes it, and remembers the command. */
async function ask(
  arena: Arena,
  name: Command['name'],
  positionId: string,
  send: () => Promise<PendingRequest<unknown>>,
): Promise<void> {
  arena.happened.command(name, positionId, await persist(`${name} ${positionId}`, ASK_MS, send));
}

function exitAsked(arena: Arena, index: number): void {
  if (!arena.asked.has(index)) arena.asked.set(index, Date.now());
  arena.triggers.reach(index, 'exit-asked');
}

async function answered({ store }: Arena, requestId: string): Promise<true | undefined> {
  const request = await store.requests.get(requestId);
  return request !== undefined && request.status !== 'QUEUED' && request.status !== 'RUNNING' ? true : undefined;
}

async function rowOf(arena: Arena, positionId: string): Promise<PositionRow | undefined> {
  return await until(ASK_MS, () => arena.store.executions.get_execution(positionId));
}

export function isOver(row: PositionRow): boolean {
  return row.status === 'CLOSED' || row.status === 'FAILED';
}

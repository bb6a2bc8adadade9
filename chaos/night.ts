/**
 * A night of the market: when the evening's work is done the gateway starts again with a clock that runs fast, through the close, what
 * expires, midnight and the clearing house's hour. Then its machine is off until shortly before the open, and it starts at the old speed.
 */
import { easternDay, easternTime } from 'market-time';
import type { Arena } from './arena.js';
import type { PartLocks } from './perform.js';
import type { TriggerPoint } from './plan.js';
import { pause, persist } from './retry.js';

/** Market seconds a wall second: what is due at night takes some wall seconds each, and a killed gateway loses two of them. */
const SPEED = 4_000;
const LOOK_MS = 50;
const PATIENCE_MS = 60_000;
/** Wall time after which the night begins although an entry has no answer yet. */
const EVENING_MS = 45_000;
/** Minutes of the day in New York. */
const CLEARED = 2 * 60 + 30;
const BACK = 9 * 60 + 24;
const OPENS = 9 * 60 + 31;

/** Resolves when the market is open again; the moments of the night are reached whatever fails. */
export async function passNight(arena: Arena, locks: PartLocks, evenings: Promise<unknown>): Promise<void> {
  const { gateway, outages, plan } = arena;
  await Promise.race([evenings, pause(EVENING_MS)]);
  const end = outages.begin('market closed');
  try {
    const { now } = await persist('read the clock', PATIENCE_MS, () => gateway.status());
    const tomorrow = easternDay(now) + 1;
    await locks.hold('gateway', () => gateway.restart(SPEED));
    const before = holdingsOf(arena);
    reach(arena, 'night');
    await passed(arena, easternTime(tomorrow, CLEARED));
    await locks.hold('gateway', () => gateway.restart(plan.speed, easternTime(tomorrow, BACK)));
    noteMoves(arena, before, easternTime(tomorrow, 2 * 60));
    reach(arena, 'morning');
    await passed(arena, easternTime(tomorrow, OPENS));
  } finally {
    for (const moment of ['night', 'morning', 'open'] as const) reach(arena, moment);
    end();
  }
}

function reach({ plan, triggers }: Arena, moment: TriggerPoint): void {
  for (const index of plan.positions.keys()) triggers.reach(index, moment);
}

/** Waits for a market time; the gateway may be killed meanwhile. */
async function passed({ gateway, record }: Arena, at: number): Promise<void> {
  for (;;) {
    const { now } = await persist('read the clock', PATIENCE_MS, () => gateway.status());
    record.look();
    if (now >= at) return;
    await pause(LOOK_MS);
  }
}

type Holdings = ReadonlyMap<number, number>;

function holdingsOf({ gateway }: Arena): Holdings {
  return new Map(gateway.state().holdings.map(({ contract, quantity }) => [contract.conId, quantity]));
}

/** Nothing trades at night: what came and went did so without an execution. */
function noteMoves(arena: Arena, before: Holdings, at: number): void {
  const after = holdingsOf(arena);
  const known = new Map<number, number>();
  for (const { conId, quantity } of arena.happened.moves) known.set(conId, (known.get(conId) ?? 0) + quantity);
  for (const conId of new Set([...before.keys(), ...after.keys()])) {
    const quantity = (after.get(conId) ?? 0) - (before.get(conId) ?? 0) - (known.get(conId) ?? 0);
    if (quantity !== 0) arena.happened.moves.push({ conId, quantity, at });
  }
}

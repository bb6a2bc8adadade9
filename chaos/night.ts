/**
 * A night of the market: when the evening's work is done the gateway's machine is off but for the times at which something happens: after the
 * close, at midnight, when options are exercised and assigned, and from shortly before the open. The market's clock keeps its speed while
 * it runs, so that nobody's estimate of it is wrong.
 */
import { easternDay, easternTime } from 'market-time';
import type { Arena } from './arena.js';
import type { PartLocks } from './perform.js';
import type { TriggerPoint } from './plan.js';
import { pause, persist, until } from './retry.js';

const LOOK_MS = 50;
/** Wall time after the close in which people ask and owners assign. */
const AWAKE_MS = 4_000;
const PATIENCE_MS = 60_000;
/** Wall time after which the night begins although an entry has no answer yet. */
const EVENING_MS = 45_000;
/** Wall time in which a worker must be back for its part of the night; with a fault it may be away longer. */
const BACK_MS = 5_000;
/** Minutes of the day in New York at which the gateway is there again, those after midnight of the next day. */
const CLOSED = 16 * 60 + 16;
const LATE = 23 * 60 + 59;
const SMALL_HOURS = 60 + 59;
const CLEARED = 2 * 60;
const BEFORE_OPEN = 9 * 60 + 24;
const OPENS = 9 * 60 + 31;
const MINUTE_MS = 60_000;

/** Resolves when the market is open again; the moments of the night are reached whatever fails. */
export async function passNight(arena: Arena, locks: PartLocks, evenings: Promise<unknown>): Promise<void> {
  const { gateway, outages } = arena;
  await Promise.race([evenings, pause(EVENING_MS)]);
  const end = outages.begin('market closed');
  const sleepUntil = async (at: number) => {
    arena.record.look();
    await locks.hold('gateway', () => gateway.restartAt(at));
    await until(BACK_MS, async () => (await gateway.status()).sessions.some(({ ready }) => ready) || undefined);
  };
  try {
    const { now } = await persist('read the clock', PATIENCE_MS, () => gateway.status());
    const today = easternDay(now);
    const tomorrow = today + 1;
    await sleepUntil(easternTime(today, CLOSED));
    const before = holdingsOf(arena);
    reach(arena, 'night');
    await pause(AWAKE_MS);
    await sleepUntil(easternTime(today, LATE));
    await passed(arena, easternTime(tomorrow, 0) + MINUTE_MS);
    await sleepUntil(easternTime(tomorrow, SMALL_HOURS));
    await passed(arena, easternTime(tomorrow, CLEARED) + MINUTE_MS);
    await sleepUntil(easternTime(tomorrow, BEFORE_OPEN));
    noteMoves(arena, before, easternTime(tomorrow, CLEARED));
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

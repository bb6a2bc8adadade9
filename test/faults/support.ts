/** What the tests of failures have in common: catching a frame in the turn in which it is journaled, and resting entries. */

import type { FaultInput, GatewayHandle, JournalEntry } from 'ib-gateway';
import type { EntryOptions, PendingRequest } from '../../src/client/client.js';
import type { EntryResult } from '../../src/contract/requests.js';
import type { IntentRow, PositionRow } from '../../src/store/api.js';
import { answerOf, ask, namedCondor } from '../support/life.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

/** Number of the last journal entry. */
export function mark(gateway: GatewayHandle): number {
  return gateway.journal().at(-1)?.n ?? 0;
}

export type Frame = (entry: JournalEntry) => boolean;

/** A real order: neither a what-if nor a message to the client. */
export const isOrder: Frame = (entry) =>
  entry.dir === 'in' && entry.type === 'PLACE_ORDER' && entry.fields.whatIf !== true;

export const isMessage =
  (type: string, dir: 'in' | 'out' | 'sys' = 'in'): Frame =>
  (entry) =>
    entry.type === type && entry.dir === dir;

/** The first real order after `from`, in the same turn of the gateway's process in which it was written. */
export async function caught(
  gateway: GatewayHandle,
  from: number,
  frame: Frame,
  timeoutMs = 20_000,
): Promise<JournalEntry> {
  const deadline = performance.now() + timeoutMs * TIMEOUT_FACTOR;
  let next = from + 1;
  for (;;) {
    for (const entry of gateway.journal(next)) {
      if (frame(entry)) return entry;
      next = entry.n + 1;
    }
    if (performance.now() > deadline) throw new Error(`No such frame within ${timeoutMs} ms: ${frame.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Frames after `from`. */
export function framesSince(gateway: GatewayHandle, from: number, frame: Frame): readonly JournalEntry[] {
  return gateway.journal(from + 1).filter(frame);
}

/** Waits until the market's clock reaches `at`: waits in market time are over then. */
export async function marketTime(
  world: Pick<World, 'gateway' | 'waitUntil'>,
  at: number,
  timeoutMs = 60_000,
): Promise<void> {
  await world.waitUntil(
    `the market's clock is at ${new Date(at).toISOString()}`,
    () => world.gateway.now() >= at,
    timeoutMs,
  );
}

/** A credit that nobody pays while nothing moves, inside the collar around mid. */
export const RESTING = { kind: 'limit', price: '4.80' } as const;

export interface Opening {
  readonly positionId: string;
  readonly entry: PendingRequest<EntryResult>;
}

/** Requests the usual condor and waits until its position has an id. */
export async function begin(world: World, more: Partial<EntryOptions> = {}): Promise<Opening> {
  const entry = await world.client.enter(ask(namedCondor(more)));
  const positionId = await world.waitUntil('the entry names its position', async () => {
    const row = await world.store.entries.get(entry.id);
    if (row?.status === 'NOT_ENTERED' || row?.status === 'FAILED') throw new Error(`Refused: ${row.reasons.join(' ')}`);
    return row?.positionId;
  });
  return { positionId, entry };
}

/** Enters with a fault injected between the margin preview, which is also an order frame, and the order itself. */
export async function enterWith(world: World, fault: FaultInput): Promise<PositionRow> {
  const from = mark(world.gateway);
  const entry = await world.client.enter(ask(namedCondor()));
  await caught(world.gateway, from, (frame) => isMessage('PLACE_ORDER')(frame) && frame.fields.whatIf === true);
  world.gateway.fault(fault);
  const result = await answerOf(Promise.resolve(entry));
  if (result.status !== 'OPENED') throw new Error(`Not opened: ${JSON.stringify(result.reasons)}`);
  return await world.client.execution(result.positionId ?? '');
}

/** An entry whose order rests at the broker. */
export async function rest(world: World): Promise<Opening> {
  const opening = await begin(world, { pricing: RESTING });
  await intentIs(world, opening.positionId, 'WORKING');
  return opening;
}

/** The latest intent of the position, once it has the state. */
export function intentIs(
  world: World,
  positionId: string,
  state: IntentRow['state'],
  timeoutMs = 20_000,
): Promise<IntentRow> {
  let seen: readonly string[] = [];
  return world
    .waitUntil(
      `an order of ${positionId} is ${state}`,
      async () => {
        const intents = await world.store.intents.list({ positionId });
        seen = intents.map((intent) => `${intent.orderRef} ${intent.state} ${intent.reason ?? ''}`);
        return intents.find((intent) => intent.state === state);
      },
      timeoutMs,
    )
    .catch((error: unknown) => {
      throw new Error(`${String(error)}\norders: ${seen.join('; ')}`);
    });
}

/** The position once it holds this many combos. */
export function holds(world: World, positionId: string, combos: number, timeoutMs = 20_000): Promise<PositionRow> {
  return world.waitUntil(
    `${positionId} holds ${combos}`,
    async () => {
      const row = await world.client.execution(positionId).catch(() => undefined);
      return row !== undefined && row.openCombos === combos && row;
    },
    timeoutMs,
  );
}

/** The position once its row says that it is closed. */
export function closed(world: World, positionId: string, timeoutMs = 30_000): Promise<PositionRow> {
  return world.waitUntil(
    `${positionId} is closed`,
    async () => {
      const row = await world.client.execution(positionId).catch(() => undefined);
      return row !== undefined && row.status === 'CLOSED' && row;
    },
    timeoutMs,
  );
}

/** Order ids under which the position's orders reached the broker, first to last. */
export const idsOf = (world: World, positionId: string): readonly number[] =>
  ordersOf(world.gateway, positionId).map((order) => order.orderId);

/** Combos that the exchange holds of the usual condor. */
export const atBroker = (world: World): readonly number[] =>
  world.gateway
    .positions()
    .map(({ quantity }) => quantity)
    .filter((quantity) => quantity !== 0);

/** Entries leg by leg whose short call does not trade at first: the filled legs are unwound, or the missing leg is worked on. */

import type { EntryResult } from '../../src/contract/requests.js';
import type { OnPartial } from '../../src/domain/order/legs.js';
import { caught, type Frame, isMessage, mark } from '../faults/support.js';
import { answerOf, ask, namedCondor } from '../support/life.js';
import { ordersOf } from '../support/wire.js';
import { ANSWER_MS, isYoung, type Lane, type LaneOptions, nameOf, type Point, QUANTITY } from './life.js';
import { eachLife } from './record.js';
import { type Ground, renew } from './survive.js';

/** Roles in the order of their legs: longs first. */
export const ENTERED = ['leg1', 'leg4', 'leg2', 'leg3'];
const SHORT_CALL = 3;

/** Each leg is an order of its own, in two parts: the third's fate does not follow the first's. */
export const EVERY_PASSAGE: ReadonlySet<string> = new Set([
  'activity.planLegs:after',
  'store.intents.plan:after',
  'store.intents.markSending:after',
  'broker.orders.place:after',
  'broker.says.fill',
]);

export const legByLeg = (onPartial: OnPartial): LaneOptions => ({
  entry: { mode: 'legs', onPartial },
  // An order that walks to its end fills in both parts, however narrow its market; one that stays at mid hardly does.
  orders: { entryWorstShare: 1, legs: { legSeconds: 240, completeSeconds: 600, unwindSeconds: 600 } },
  still: true,
});

export const rolesOf = ({ world }: Lane, positionId: string): readonly (string | undefined)[] =>
  ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef.split('|')[3]);

/** An order ends by its time limit, or is cancelled. */
const isOver: Frame = (frame) => isMessage('ORDER_STATUS', 'out')(frame) && frame.fields.status === 'Cancelled';

export interface HeldEntry {
  readonly positionId: string;
  readonly answer: Promise<EntryResult>;
  /** The short call trades again. */
  release(): void;
}

/** Enters, and returns when the broker reports the order of the short call as over, unfilled. */
export async function enterHeld({ world, options }: Lane): Promise<HeldEntry> {
  const from = mark(world.gateway);
  const entry = await world.client.enter(ask(namedCondor({ quantity: QUANTITY, ...options.entry })));
  const answer = answerOf(Promise.resolve(entry), ANSWER_MS);
  answer.catch(() => undefined);
  const positionId = await world.waitUntil('the entry names its position', async () => {
    return (await world.store.entries.get(entry.id))?.positionId;
  });
  const row = await world.waitUntil('the position is stored', () =>
    world.client.execution(positionId).catch(() => undefined),
  );
  const fault = { kind: 'hold', conId: row.legs[SHORT_CALL - 1]?.contract.conId ?? 0 } as const;
  world.gateway.fault(fault);
  await caught(world.gateway, from, isOver, 20_000);
  return { positionId, answer, release: () => world.gateway.fault({ ...fault, off: true }) };
}

/** Lives through one death at each of the points; returns those never passed, since one in ten may depend on the clock. */
export async function deathAtEach(
  ground: Ground,
  points: readonly Point[],
  what: string,
  live: (lane: Lane, armed: () => void) => Promise<unknown>,
): Promise<readonly string[]> {
  const missed: string[] = [];
  await eachLife(points, nameOf, async ({ boundary, nth }) => {
    if (!isYoung(ground.lane)) await renew(ground);
    const { worker } = ground.lane;
    const { pid } = worker;
    await live(ground.lane, () => worker.dieAt(boundary, nth));
    if (worker.pid === pid) missed.push(`${boundary}#${nth}`);
    process.stderr.write(`${what}, ${worker.pid === pid ? 'no ' : ''}death at ${boundary}#${nth}\n`);
  });
  return missed.slice(Math.ceil(points.length / 10));
}

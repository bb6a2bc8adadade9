/** One position from entry to flat, whose worker dies at given boundaries; and the invariants afterwards. */
import type { EntryOptions } from '../../src/client/client.js';
import type { ExitOutcome } from '../../src/contract/requests.js';
import { orderRefPrefix, parseOrderRef } from '../../src/domain/ids.js';
import type { Fill } from '../../src/domain/order/fill.js';
import { answerOf, ask, cashFlow, legFills, namedCondor, wireCashFlow } from '../support/life.js';
import { STILL, UNHURRIED } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';
import { KillableWorker } from './killable-worker.js';
import { uncovered } from './uncovered-shorts.js';

export type Phase = 'entry' | 'exit';

/** The Nth passage of a boundary, counted from the request of the entry or the exit. */
export interface Point {
  readonly phase: Phase;
  readonly boundary: string;
  readonly nth: number;
}

export interface LaneOptions {
  /** Market seconds per wall second, for resting orders: they have no time to rest in time-lapse, the default. */
  readonly speed?: number;
  /** Options of its entries, beyond the usual condor. */
  readonly entry?: Partial<EntryOptions>;
  /** Its exit; default a close. A worker that lives closes the rest. */
  readonly leaving?: 'reduce' | 'roll';
  /** The settings of its orders. */
  readonly orders?: object;
  /** Market time between two polls of an open position: the shorter it is, the longer a day takes in time-lapse. */
  readonly snapshotSeconds?: number;
  /** The broker takes no change of an order: each is cancelled and replaced, and fills whole. */
  readonly refusesChanges?: true;
  /** The prices do not move: a single leg moves by more than all together, and its opening is given up sooner. */
  readonly still?: true;
}

/** A walk that ends at the natural price of a market that stays: an opening fills, however long a death takes. */
export const FILLS_FOR_SURE = { still: true, orders: { entryWorstShare: 1 } } as const satisfies LaneOptions;

export interface Lane {
  readonly options: LaneOptions;
  readonly world: World;
  readonly worker: KillableWorker;
  /** Market time, epoch ms. */
  readonly begun: number;
}

export const isYoung = ({ world, begun }: Lane): boolean => world.gateway.now() - begun < YOUNG_MS;

export const QUANTITY = 2;
/** A step given to a dead process costs a heartbeat timeout each time. */
export const ANSWER_MS = 180_000;
/** Renewals of the lease and polls of the watch come within this time; the market of an open position runs on meanwhile. */
const IDLE_MS = 3_000;
/** A market younger than this is at the same hours in each life: entries are made, and orders walk to their end. */
const YOUNG_MS = 2 * 3_600_000;
const LEGS = 4;
const REFUSED = { code: 105, text: 'Order being modified does not match original order.' };

export const nameOf = ({ phase, boundary, nth }: Point): string => `${phase}: ${boundary}#${nth}`;

export async function startLane(options: LaneOptions = {}): Promise<Lane> {
  const { speed, orders = {}, still, refusesChanges, snapshotSeconds = 300 } = options;
  const world = await startWorld({
    seed: 3,
    ...(speed === undefined ? { stepped: true } : { speed }),
    worker: false,
    scenario: {
      ...(still && { market: STILL }),
      exchange: {
        fills: {
          // Hardly anything fills at the mid: orders walk, so modifies are boundaries too; all fill before the walk ends.
          atMid: 0.002,
          nearNatural: 1,
          displayedSize: false,
          ...(!refusesChanges && { partial: [{ fraction: 0.5 }, { fraction: 1, afterSeconds: 15 }] }),
        },
      },
    },
    settings: {
      ...UNHURRIED,
      ...{ watch: { snapshotSeconds }, rules: noRules(), risk: { ordersPerMinuteMax: 1000 }, orders },
    },
  });
  if (refusesChanges) world.gateway.fault({ kind: 'rejectNext', on: 'modify', n: 100_000, ...REFUSED });
  const worker = new KillableWorker(world);
  worker.disarm();
  await worker.start();
  return { options, world, worker, begun: world.gateway.now() };
}

export async function stopLane({ world, worker }: Lane): Promise<void> {
  await worker.kill();
  await world.stop();
}

/** Days to expiry of the position that a life rolls into. */
const ROLL_DTE = 60;

export interface Watching {
  /** The position is open and the exit not yet asked for. */
  readonly whenOpen?: () => void;
  /** The exit is over, and what it left open is still to be closed. */
  readonly whenLeft?: () => void;
  /** The worker has died for the last time in a step; the next one is about to start. */
  readonly whenDead?: () => void;
}

/**
 * The result of a life. Not opened: its order was committed and never written, and its time was over before that was proved
 * (0019).
 */
export interface Life {
  readonly positionId: string;
  readonly opened: boolean;
  /** The position that it rolled into, and whether that opened. */
  readonly next?: { readonly positionId: string; readonly opened: boolean };
  readonly missed: readonly Point[];
}

/** Boundaries between the commit of an order and its write: nobody can know that it never left. */
const UNWRITTEN: ReadonlySet<string> = new Set(['store.intents.markSending:after', 'broker.orders.place:before']);

/**
 * Enters and closes. The worker dies at each point of a phase, one after the other; every death is followed by another worker, and
 * the last one completes the phase.
 */
export async function liveThrough(lane: Lane, points: readonly Point[], watching: Watching = {}): Promise<Life> {
  const missed: Point[] = [];
  const through = async <T>(phase: Phase, step: () => Promise<T>): Promise<T> => {
    const deaths = points.filter((point) => point.phase === phase);
    if (deaths.length === 0) return await step();
    const found = await dying(lane, deaths, step, watching);
    missed.push(...found.missed);
    return found.value;
  };
  const mayStayOut = points.some(({ phase, boundary }) => phase === 'entry' && UNWRITTEN.has(boundary));
  const { positionId, opened } = await through('entry', () => enter(lane, mayStayOut));
  if (!opened) return { positionId, missed, opened };
  watching.whenOpen?.();
  const mayNotRoll = points.some(({ phase, boundary, nth }) => phase === 'exit' && nth > 1 && UNWRITTEN.has(boundary));
  const next = await leave(lane, positionId, (step) => through('exit', step), { ...watching, mayNotRoll });
  return { positionId, missed, opened, ...(next && { next }) };
}

type Through = (step: () => Promise<ExitOutcome>) => Promise<ExitOutcome>;

/** The exit of the lane, and the close of the rest. */
async function leave(
  { world, options }: Lane,
  positionId: string,
  through: Through,
  { whenLeft, mayNotRoll }: Watching & { readonly mayNotRoll: boolean },
): Promise<Life['next']> {
  const pricing = { kind: 'walk' } as const;
  const expectThat = (right: boolean, outcome: ExitOutcome) => {
    if (!right) throw new Error(`${options.leaving ?? 'close'}: ${JSON.stringify(outcome)}`);
  };
  const isClosed = ({ result, openCombos }: ExitOutcome) => result === 'CLOSED' && openCombos === 0;
  if (options.leaving === undefined) {
    const outcome = await through(() => closeOnce(world, positionId));
    expectThat(isClosed(outcome), outcome);
    return undefined;
  }
  if (options.leaving === 'reduce') {
    const outcome = await through(() => answerOf(world.client.reduce(positionId, 0.5, { pricing }), ANSWER_MS));
    expectThat(outcome.result === 'REDUCED' && outcome.filledCombos === 1 && outcome.openCombos === 1, outcome);
    whenLeft?.();
    const rest = await closeOnce(world, positionId);
    expectThat(isClosed(rest), rest);
    return undefined;
  }
  const outcome = await through(() => answerOf(world.client.roll(positionId, ROLL_DTE, { pricing }), ANSWER_MS));
  whenLeft?.();
  const { rolledTo } = await world.client.execution(positionId);
  if (mayNotRoll && isClosed(outcome) && rolledTo !== undefined && ordersOf(world.gateway, rolledTo).length === 0)
    return { positionId: rolledTo, opened: false };
  expectThat(
    outcome.result === 'ROLLED' && outcome.filledCombos === QUANTITY && outcome.rolledTo === rolledTo,
    outcome,
  );
  if (rolledTo === undefined) return undefined;
  const rest = await closeOnce(world, rolledTo);
  expectThat(isClosed(rest), rest);
  return { positionId: rolledTo, opened: true };
}

export async function enterOnce(lane: Lane): Promise<string> {
  return (await enter(lane, false)).positionId;
}

async function enter({ world, options }: Lane, mayStayOut: boolean): Promise<Pick<Life, 'positionId' | 'opened'>> {
  const asked = ask(namedCondor({ quantity: QUANTITY, ...options.entry }));
  const result = await answerOf(world.client.enter(asked), ANSWER_MS);
  const { positionId } = result;
  const neverSent = result.code === 'NOT_FILLED' && ordersOf(world.gateway, positionId ?? '').length === 0;
  if (mayStayOut && positionId !== undefined && neverSent) return { positionId, opened: false };
  if (result.status !== 'OPENED' || result.filledCombos !== QUANTITY || positionId === undefined)
    throw new Error(`entered: ${JSON.stringify({ ...result, checks: undefined, plan: undefined })}`);
  return { positionId, opened: true };
}

export async function closeOnce(world: World, positionId: string): Promise<ExitOutcome> {
  return await answerOf(world.client.close(positionId, { pricing: { kind: 'walk' } }), ANSWER_MS);
}

/** Runs a step whose worker dies at the points; `missed` are those never passed. */
async function dying<T>(
  { world, worker }: Lane,
  points: readonly Point[],
  step: () => Promise<T>,
  { whenDead }: Watching,
): Promise<{ value: T; missed: readonly Point[] }> {
  const missed: Point[] = [];
  let answer: Promise<T> | undefined;
  let over = false;
  for (const point of points) {
    worker.dieAt(point.boundary, point.nth);
    if (!worker.lives) await worker.start('may die');
    answer ??= step().finally(() => {
      over = true;
    });
    answer.catch(() => undefined);
    await world.waitUntil(`${nameOf(point)} or an answer`, () => !worker.lives || over, ANSWER_MS);
    // The life may be over before a clock-driven boundary is passed: the worker dies while it watches.
    if (worker.lives) await world.waitUntil('a death', () => !worker.lives, IDLE_MS).catch(() => missed.push(point));
  }
  worker.disarm();
  whenDead?.();
  if (!worker.lives) await worker.start();
  return { value: await (answer ?? step()), missed };
}

/** Contracts that a position trades when it is opened and closed completely. */
const WHOLE = 2 * QUANTITY * LEGS;

/** One sentence for every violation: once at the broker, all of it in the ledger, nothing open. */
export async function wrongWith(
  { world, options }: Lane,
  positionId: string,
  {
    contracts = WHOLE,
    opened = true,
    mayAskForAttention = false,
  }: { readonly contracts?: number; readonly opened?: boolean; readonly mayAskForAttention?: boolean } = {},
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const say = (text: string) => wrong.push(`${positionId}: ${text}`);
  const intents = await world.store.intents.list({ positionId });
  const known = new Map(intents.map((intent) => [intent.orderRef, intent]));
  const sent = ordersOf(world.gateway, positionId);
  for (const { orderRef, orderId } of sent) {
    const ids = sent.filter((order) => order.orderRef === orderRef).map((order) => order.orderId);
    if (ids.length > 1) say(`${orderRef} was sent under the ids ${ids.join(', ')}`);
    if (known.get(orderRef)?.orderId !== orderId) say(`${orderRef} was sent as ${orderId} without its intent`);
  }
  for (const { orderRef } of await world.store.intents.unsettled(positionId)) say(`${orderRef} is not settled`);
  const fills = await world.store.fills.ofPosition(positionId);
  const told = executionsOf(world, positionId);
  const booked = new Set(fills.map((fill) => fill.execId));
  for (const execId of told) if (!booked.has(execId)) say(`the execution ${execId} is not in the ledger`);
  for (const execId of booked) if (!told.has(execId)) say(`the broker knows nothing of ${execId}`);
  const legs = await legFills(world, positionId);
  const traded = legs.reduce((sum, fill) => sum + fill.quantity, 0);
  const expected = opened ? contracts : 0;
  if (traded !== expected) say(`${traded} contracts were traded instead of ${expected}`);
  for (const [prefix, permIds] of ordersFilled(fills)) {
    if (permIds.size > 1) say(`of ${prefix} the orders ${[...permIds].join(', ')} have filled`);
  }
  if (cashFlow(legs) !== Math.round(wireCashFlow(positionId, world.gateway.journal()) * 1e6))
    say('its cash is not what the broker says');
  const row = await world.client.execution(positionId);
  if (options.entry?.mode === 'legs') for (const text of uncovered(row, legs)) say(text);
  if (row.status !== (opened ? 'CLOSED' : 'FAILED') || row.openCombos !== 0)
    say(`it is ${row.status} with ${row.openCombos} combos`);
  if (row.attention && !mayAskForAttention) say(`it asks for attention: ${row.attentionReason}`);
  const held = world.gateway.positions().filter(({ quantity }) => quantity !== 0);
  if (held.length > 0) say(`the account still holds ${held.length} contracts`);
  return wrong;
}

/** Filled orders by their intent: the attempts of one intent share a prefix. */
export function ordersFilled(fills: readonly Fill[]): ReadonlyMap<string, ReadonlySet<number>> {
  const filled = new Map<string, Set<number>>();
  for (const { orderRef, permId } of fills) {
    const parts = parseOrderRef(orderRef);
    const prefix = parts === undefined ? orderRef : orderRefPrefix(parts);
    filled.set(prefix, (filled.get(prefix) ?? new Set()).add(permId));
  }
  return filled;
}

/** Ids of the executions that the gateway reported for this position, combinations included. */
function executionsOf(world: World, positionId: string): ReadonlySet<string> {
  const told = world.gateway
    .journal()
    .filter(({ dir, type, fields }) => {
      return dir === 'out' && type === 'EXECUTION_DATA' && String(fields.orderRef).includes(positionId);
    })
    .map(({ fields }) => String(fields.execId));
  return new Set(told);
}

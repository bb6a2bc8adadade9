/**
 * A bracket whose parent fills at a later step of its walk: its children, which left with the prices of the first limit, are changed
 * once, in place, to the prices of orders placed after the fills.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { IntentRow, PositionRow } from '../../src/store/api.js';
import { answerOf, ask, close, dollars, ended, legFills, namedCondor, watchedSince } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const TICK = 10_000;
const PATIENCE_MS = 120_000;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 31,
    speed: 5,
    scenario: {
      // Nothing fills at mid: the walk goes on until it fills.
      market: STILL,
      exchange: { fills: { atMid: 0, nearNatural: 1, displayedSize: false } },
    },
    settings: { rules: noRules(), orders: { entryWorstShare: 1, protective: { kind: 'combo', loss: 1, room: 0.5 } } },
  });
});
afterAll(() => world?.stop(), 90_000);

async function enterWalking(entryId: string, more: Parameters<typeof namedCondor>[0] = {}): Promise<PositionRow> {
  const protection = { target: 0.5, bracket: true, ...more.protection };
  const asked = ask({ ...namedCondor({ ignoreSignal: true, ...more, protection }), entryId });
  const { positionId = '', ...result } = await answerOf(world.client.enter(asked), PATIENCE_MS);
  expect(result).toMatchObject({ status: 'OPENED' });
  return await world.client.execution(positionId);
}

const children = async (positionId: string): Promise<readonly IntentRow[]> =>
  (await world.store.intents.list({ positionId })).filter(({ role }) => role === 'stop' || role === 'target');

/** Frames of the position's order of this role: the first places it, the others change it. */
function frames(positionId: string, role: string) {
  const [order, ...more] = ordersOf(world.gateway, positionId).filter(({ orderRef }) => orderRef.includes(`|${role}|`));
  expect(more).toEqual([]);
  // After the change it is still the child of its parent.
  const [placed, ...changed] = order?.frames.map(({ fields }) => fields.parentId) ?? [];
  expect(placed).toBeGreaterThan(0);
  expect(changed).toEqual(changed.map(() => placed));
  return order?.frames.map(({ fields }) => ({ limit: fields.limitPrice, stop: fields.auxPrice })) ?? [];
}

const up = (micros: number) => Math.ceil(micros / TICK) * TICK;
const down = (micros: number) => Math.floor(micros / TICK) * TICK;
/** As configured above, from the proceeds of the opening. */
const stopOf = ({ entryNet = 0 }: PositionRow) => up(2 * entryNet);
const targetOf = ({ entryNet = 0 }: PositionRow) => down(entryNet - entryNet / 2);

async function follow(row: PositionRow): Promise<readonly IntentRow[]> {
  return await world.waitUntil(
    'the children have the prices of the fill',
    async () => {
      const rows = await children(row.positionId);
      const [stop, target] = ['stop', 'target'].map((role) => rows.find((one) => one.role === role)?.payload);
      return stop?.stopPrice === stopOf(row) && target?.limitPrice === targetOf(row) && rows;
    },
    PATIENCE_MS,
  );
}

/** The position once its opening has brought this much less than at first. */
function correctedBy(row: PositionRow, micros: number): Promise<PositionRow> {
  return world.waitUntil(`the ledger has a correction of ${micros}`, async () => {
    const now = await world.client.execution(row.positionId);
    return (row.entryNet ?? 0) - (now.entryNet ?? 0) === micros && now;
  });
}

/** Its children have their last prices at the broker, too: a change is stored before it is written. */
async function isWatched({ positionId }: PositionRow): Promise<void> {
  const changes = (await children(positionId)).map(({ updatedAt }) => updatedAt);
  await watchedSince(world, positionId, Math.max(...changes));
}

async function finish({ positionId }: PositionRow): Promise<void> {
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, PATIENCE_MS);
  await world.agree(30_000);
}

test('each child is changed once, to the price that follows from the fill', async () => {
  const row = await enterWalking('walked-1');
  const { positionId } = row;
  const parent = ordersOf(world.gateway, positionId)[0];
  const limits = parent?.frames.map(({ fields }) => Number(fields.limitPrice)) ?? [];
  expect(limits.length).toBeGreaterThan(1);
  const rows = await follow(row);
  expect(rows.map(({ state, attempt, step }) => [state, attempt, step])).toEqual([
    ['WORKING', 1, 1],
    ['WORKING', 1, 1],
  ]);
  await isWatched(row);
  // Each is another check of the protective orders: nothing more is changed.
  const at = world.gateway.now();
  await world.client.pause(positionId);
  await world.client.resume(positionId);
  await watchedSince(world, positionId, at);
  const [stops, targets] = [frames(positionId, 'stop'), frames(positionId, 'target')];
  expect([stops.length, targets.length]).toEqual([2, 2]);
  expect(Number(stops[0]?.stop)).toBeCloseTo(-2 * (limits[0] ?? 0), 1);
  expect(Math.round(Number(stops[1]?.stop) * 1e6)).toBe(stopOf(row));
  expect(Math.round(Number(targets[1]?.limit) * 1e6)).toBe(targetOf(row));
  await finish(row);
  expect([frames(positionId, 'stop').length, frames(positionId, 'target').length]).toEqual([2, 2]);
}, 300_000);

test('a corrected fill moves them once more; a refused change is reported, and requested again at the next poll', async () => {
  const row = await enterWalking('walked-2');
  const { positionId } = row;
  await follow(row);
  await isWatched(row);
  expect([frames(positionId, 'stop').length, frames(positionId, 'target').length]).toEqual([2, 2]);
  /** The first leg, which was bought, by a dime. */
  const correct = async () => {
    const [fill] = (await legFills(world, positionId)).filter(({ conId }) => conId === row.legs[0]?.contract.conId);
    const latest = (await legFills(world, positionId)).filter(({ conId }) => conId === fill?.conId).at(-1);
    const price = dollars(latest?.price) + 0.1;
    world.gateway.fault({ kind: 'correctExecution', execId: latest?.execId ?? '', price });
  };
  world.gateway.fault({ kind: 'rejectNext', n: 1, code: 201, text: 'Order rejected - reason: a test', on: 'modify' });
  await correct();
  const once = await correctedBy(row, 100_000);
  await world.waitUntil('it is told, and the other one follows', async () => {
    const { attentionReason = '' } = await world.client.execution(positionId);
    const target = (await children(positionId)).find(({ role }) => role === 'target');
    return attentionReason.includes('keeps its earlier price') && target?.payload.limitPrice === targetOf(once);
  });
  await isWatched(row);
  expect((await children(positionId)).find(({ role }) => role === 'stop')?.payload.stopPrice).toBe(stopOf(row));
  await correct();
  const corrected = await correctedBy(row, 200_000);
  await follow(corrected);
  await finish(row);
  // Placed; after the fill; after the first correction, one of them refused; after the second.
  expect([frames(positionId, 'stop').length, frames(positionId, 'target').length]).toEqual([4, 4]);
}, 300_000);

test('levels and limit of a conditional child follow the fill', async () => {
  const row = await enterWalking('walked-3', { protection: { protective: 'underlying', target: 0 } });
  const { positionId } = row;
  const [stop] = await world.waitUntil(
    'it is changed',
    async () => frames(positionId, 'stop').length === 2 && (await children(positionId)),
    PATIENCE_MS,
  );
  const [first, last] =
    ordersOf(world.gateway, positionId).filter(({ orderRef }) => orderRef.includes('|stop|'))[0]?.frames ?? [];
  expect(JSON.stringify(last?.fields.conditions)).not.toBe(JSON.stringify(first?.fields.conditions));
  expect(stop?.payload.limitPrice).toBe(Math.round(Number(last?.fields.limitPrice) * 1e6));
  await finish(row);
  expect(frames(positionId, 'stop')).toHaveLength(2);
}, 300_000);

test('a bracket whose last member is refused is never transmitted: it is cancelled at once, and the entry says why', async () => {
  const text = 'Order rejected - reason:System is unavailable';
  world.gateway.fault({ kind: 'rejectNext', code: 201, text, on: 'new', orderRefIncludes: '|target|' });
  const protection = { target: 0.5, bracket: true };
  const asked = ask({ ...namedCondor({ ignoreSignal: true, protection }), entryId: 'held-1' });
  const { positionId = '', ...result } = await answerOf(world.client.enter(asked), PATIENCE_MS);
  expect(result).toMatchObject({ status: 'FAILED', filledCombos: 0 });
  expect(result.reasons.join(' ')).toContain(
    `was not transmitted, since the broker refused its profit target: 201: ${text}`,
  );
  // Neither the parent nor the stop is left at the broker, and nothing of the bracket counts as live.
  await world.waitUntil('all of them have ended', async () =>
    (await world.store.intents.list({ positionId })).every(
      ({ state }) => state === 'CANCELLED' || state === 'REJECTED',
    ),
  );
  await world.agree(30_000);
}, 300_000);

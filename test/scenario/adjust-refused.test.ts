/**
 * The broker's answers to a change of a resting order, after a fill of the opening was corrected: a refused price leaves the order as
 * it was, here too, and is reported; an unsupported change is made by cancel and replace; a warning refuses nothing.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Micros } from '../../src/domain/money.js';
import type { IntentRow, PositionRow } from '../../src/store/api.js';
import { close, dollars, ended, enter, legFills, namedCondor, watchedSince } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import { isWhole } from '../support/whole.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world?.stop(), 90_000);

/** A condor whose target rests for a twentieth of its credit. */
async function withTarget(): Promise<PositionRow> {
  const protection = { protective: 'off', target: 0.95 } as const;
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true, protection }));
  const { updatedAt } = await world.waitUntil('the target rests', async () => {
    const now = await target(positionId);
    return now?.state === 'WORKING' && now;
  });
  await watchedSince(world, positionId, updatedAt);
  return await world.client.execution(positionId);
}

const target = async (positionId: string): Promise<IntentRow | undefined> =>
  (await world.store.intents.unsettled(positionId)).find(({ role }) => role === 'target');

const told = (positionId: string) =>
  ordersOf(world.gateway, positionId)
    .filter(({ orderRef }) => orderRef.includes('|target|'))
    .flatMap(({ frames }) => frames.map(({ fields }) => Number(fields.limitPrice)));

/** The price stored for the target in place of this one, before it is sent to the broker. */
const changed = (positionId: string, before: Micros | undefined): Promise<Micros> =>
  world.waitUntil('another price is stored', async () => {
    const now = (await target(positionId))?.payload.limitPrice;
    return now !== before && now;
  });

/** Prices are sent to the broker this many times, this one last. */
async function expectReported(positionId: string, times: number, price: Micros): Promise<void> {
  await world.waitUntil('the broker is told', () => told(positionId).length >= times);
  expect(told(positionId)).toHaveLength(times);
  expect(told(positionId).at(-1)).toBeCloseTo(dollars(price), 6);
}

/** When the target was last stored with this price, at rest. */
async function keptSince(positionId: string, price: Micros | undefined): Promise<number> {
  const { updatedAt } = await world.waitUntil('the earlier price is stored', async () => {
    const now = await target(positionId);
    return now?.state === 'WORKING' && now.payload.limitPrice === price && now;
  });
  return updatedAt;
}

/** How often the position was watched: the change is requested between two watches. */
async function watches(positionId: string): Promise<number> {
  const { client } = await world.client.links.temporal();
  const { events } = await client.workflow.getHandle(`position-${positionId}`).fetchHistory();
  const names = events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name) ?? [];
  return names.filter((name) => name === 'watchPosition').length;
}

/** The long put was dearer by this many dimes than reported before: the target moves by half as many ticks. */
async function correct({ positionId, legs }: PositionRow, dimes: number): Promise<void> {
  const fills = (await legFills(world, positionId)).filter(({ conId }) => conId === legs[0]?.contract.conId);
  const fill = fills.at(-1);
  const price = dollars(fill?.price) + dimes / 10;
  world.gateway.fault({ kind: 'correctExecution', execId: fill?.execId ?? '', price });
}

async function finish(positionId: string): Promise<void> {
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, 60_000);
  await world.agree(30_000);
}

/** Codes that refuse the price of a change: for what the text says, or since it is off the grid. */
const PRICE_REFUSED = [
  [201, 'Order rejected - reason:a test'],
  [110, 'The price does not conform to the minimum price variation for this contract.'],
] as const;

test.each(isWhole ? PRICE_REFUSED : PRICE_REFUSED.slice(0, 1))(
  'a price refused with %i: the order keeps its old one, which is stored and reported, and the change is requested again',
  async (code, text) => {
    const row = await withTarget();
    const { positionId } = row;
    const before = (await target(positionId))?.payload.limitPrice;
    world.gateway.fault({ kind: 'rejectNext', n: 1000, code, text, on: 'modify' });
    await correct(row, 4);
    await world.waitUntil('it is told', async () => (await world.client.execution(positionId)).attention, 60_000);
    const { attentionReason } = await world.client.execution(positionId);
    expect(attentionReason).toContain(
      `could not be changed and keeps its earlier price: The broker refused the change (${code})`,
    );
    const kept = await keptSince(positionId, before);
    await watchedSince(world, positionId, kept);
    // Each end of a watch, be it by a late commission, requests the change once.
    const [, ...refused] = told(positionId);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(await watches(positionId));
    expect(new Set(refused).size).toBe(1);

    world.gateway.fault({ kind: 'clear' });
    const asked = told(positionId).length;
    await correct(row, 4);
    const wanted = await changed(positionId, before);
    await world.waitUntil(
      'the broker has the price',
      () => Math.abs((told(positionId).at(-1) ?? 0) - dollars(wanted)) < 1e-6,
    );
    // Once by what was refused, at most, and once by the new correction.
    expect(told(positionId).length - asked).toBeLessThanOrEqual(2);
    await finish(positionId);
  },
  240_000,
);

const UNSUPPORTED = [
  [105, 'Order being modified does not match original order.'],
  [103, 'Duplicate order id'],
  [329, 'Order modify failed. Cannot change to the new order type.'],
] as const;

test.each(isWhole ? UNSUPPORTED : UNSUPPORTED.slice(0, 1))(
  'a change answered with %i: the order is cancelled and replaced at the right price',
  async (code, text) => {
    const row = await withTarget();
    const { positionId } = row;
    const before = await target(positionId);
    world.gateway.fault({ kind: 'rejectNext', code, text, on: 'modify' });
    await correct(row, 4);
    const after = await world.waitUntil('another target rests', async () => {
      const now = await target(positionId);
      return now?.state === 'WORKING' && now.orderRef !== before?.orderRef && now;
    });
    expect(after.payload.limitPrice).not.toBe(before?.payload.limitPrice);
    expect(await world.store.intents.get(before?.orderRef ?? '')).toMatchObject({ state: 'CANCELLED' });
    await expectReported(positionId, 3, after.payload.limitPrice ?? 0);
    await finish(positionId);
  },
  240_000,
);

test('a warning refuses nothing: the order has its price, and no alert is raised', async () => {
  const row = await withTarget();
  const { positionId } = row;
  const before = (await target(positionId))?.payload.limitPrice;
  const text = 'Order Message: a test';
  world.gateway.fault({ kind: 'rejectNext', code: 399, text, on: 'modify', place: true });
  await correct(row, 4);
  const wanted = await changed(positionId, before);
  await expectReported(positionId, 2, wanted);
  await finish(positionId);
  const alerts = await world.store.alerts.list({ positionId });
  expect(alerts.filter(({ message }) => message.includes('keeps its earlier price'))).toEqual([]);
}, 240_000);

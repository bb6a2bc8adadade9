/**
 * Leg by leg in parts: every order half fills, and the rest twenty-five seconds later. The market's clock is stepped, so that events
 * between two fills always fall between the same two.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EntryResult } from '../../src/contract/requests.js';
import { answerOf, ask, close, ended, inHalves, legFills, namedCondor } from '../support/life.js';
import { noRules } from '../support/rules.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const QUANTITY = 2;
const ORDER_OF_LEGS = ['leg1', 'leg4', 'leg2', 'leg3'];

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 31,
    stepped: true,
    scenario: inHalves('open', 25),
    // An open position lets the clock go from snapshot to snapshot: the day must last for all of them.
    settings: {
      watch: { snapshotSeconds: 5 },
      rules: noRules(),
      orders: { unfilledRemainder: 'cancel', legs: { legSeconds: 90 } },
    },
  });
});
afterAll(() => world?.stop());

const enterByLegs = () => world.client.enter(ask(namedCondor({ mode: 'legs', quantity: QUANTITY })));
const refsOf = (positionId: string) => ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef);
const rolesOf = (positionId: string) => refsOf(positionId).map((orderRef) => orderRef.split('|')[3]);
const contracts = () => world.gateway.positions().reduce((sum, { quantity }) => sum + Math.abs(quantity), 0);

/** Polls in every turn of the process, so that nothing comes between the gateway's booking and the reaction. */
async function asSoonAs(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 40_000 * TIMEOUT_FACTOR;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not in time: ${what}\n${world.log.slice(-15).join('\n')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function finish(positionId: string): Promise<void> {
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  expect(contracts()).toBe(0);
  await world.agree();
}

// Within the first leg; between two legs; within a short leg.
test.each([1, 2, 5])(
  'kill -9 when %i contracts have filled: another worker goes on, no order is sent twice',
  async (filled) => {
    const entry = enterByLegs();
    await asSoonAs(`${filled} contracts`, () => contracts() >= filled);
    await world.killWorker();
    expect(contracts()).toBe(filled);
    await world.startWorker();
    const result: EntryResult = await answerOf(entry, 120_000);
    expect(result).toMatchObject({ status: 'OPENED', filledCombos: QUANTITY, opening: { beyond: 0 } });
    const { positionId = '' } = result;
    expect(rolesOf(positionId)).toEqual(ORDER_OF_LEGS);
    expect(refsOf(positionId).every((orderRef) => orderRef.endsWith('|1'))).toBe(true);
    const fills = await legFills(world, positionId);
    expect(fills.reduce((sum, fill) => sum + fill.quantity, 0)).toBe(QUANTITY * ORDER_OF_LEGS.length);
    await finish(positionId);
  },
);

test('a half-filled combination: with `unfilledRemainder: cancel` the rest is cancelled with its step', async () => {
  const result = await answerOf(world.client.enter(ask(namedCondor({ quantity: QUANTITY, mode: 'combo' }))), 60_000);
  expect(result).toMatchObject({
    status: 'OPENED',
    filledCombos: 1,
    opening: { byLegs: false, openCombos: 1, beyond: 0 },
  });
  const { positionId = '', reasons } = result;
  expect(reasons).toEqual(['1 filled; the other 1 are cancelled (orders.unfilledRemainder)']);
  expect(await world.store.intents.list({ positionId })).toMatchObject([{ state: 'CANCELLED' }]);
  await finish(positionId);
});

test('a half-filled leg: the whole combo is a position, the rest is unwound', async () => {
  const entry = enterByLegs();
  // Seven contracts: the last leg has half filled. From now on it does not trade.
  await asSoonAs('seven contracts', () => contracts() >= 7);
  const last = world.gateway.positions().find(({ quantity }) => quantity === -1);
  const fault = { kind: 'hold', conId: last?.contract.conId ?? 0 } as const;
  world.gateway.fault(fault);
  const result = await answerOf(entry, 120_000);
  world.gateway.fault({ ...fault, off: true });
  expect(result).toMatchObject({ status: 'OPENED', filledCombos: 1, opening: { openCombos: 1, beyond: 0 } });
  const { positionId = '', reasons } = result;
  expect(reasons.join()).toContain('1 of 2 combos opened');
  expect(rolesOf(positionId)).toEqual([...ORDER_OF_LEGS, 'unwind2', 'unwind1', 'unwind4']);
  const row = await world.client.execution(positionId);
  expect(row).toMatchObject({ status: 'PARTIAL', openCombos: 1, attention: false });
  expect(row.legs.map((leg) => leg.openQuantity)).toEqual([1, -1, -1, 1]);
  await finish(positionId);
});

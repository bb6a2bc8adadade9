/**
 * kill -9 of the worker between two partial fills of an entry. The market's clock is stepped: it stands while no worker
 * drives it, so the kill always falls between the same two fills.
 */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PendingRequest } from '../../src/client/client.js';
import type { EntryResult } from '../../src/contract/requests.js';
import { answerOf, ask, close, ended, inHalves, legFills, namedCondor } from '../support/life.js';
import { noRules } from '../support/rules.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import { ordersOf, sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const QUANTITY = 4;
const LEGS = 4;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 3,
    stepped: true,
    scenario: { exchange: inHalves('open', 15).exchange },
    // Only the opening matters here: no rule ends the position meanwhile.
    settings: { watch: { snapshotSeconds: 300 }, rules: noRules() },
  });
});
afterAll(() => world?.stop());

const held = () => world.gateway.positions().reduce((sum, { quantity }) => sum + Math.abs(quantity), 0);

/** Kills the worker in the same turn in which the gateway books the first part. */
async function killAtFirstPart(before: number, entry: Promise<PendingRequest<EntryResult>>): Promise<void> {
  let refusal: string | undefined;
  answerOf(entry).then(
    ({ status, reasons }) => {
      if (status !== 'OPENED') refusal = `${status}: ${reasons.join(' ')}`;
    },
    // Without a worker there is no answer: the steps below check the result.
    () => undefined,
  );
  const deadline = performance.now() + 20_000 * TIMEOUT_FACTOR;
  while (held() === before) {
    if (refusal !== undefined || performance.now() > deadline)
      throw new Error(`Nothing was filled: ${refusal ?? 'no answer'}\n${world.log.slice(-15).join('\n')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await world.killWorker();
  expect(held()).toBe(before + (QUANTITY / 2) * LEGS);
}

async function expectWhole(positionId: string): Promise<void> {
  const row = await world.waitUntil(
    'the position is whole',
    async () => {
      const found = await world.client.execution(positionId);
      return found.openedCombos === QUANTITY && found;
    },
    40_000,
  );
  expect(row.openCombos).toBe(QUANTITY);
  expect(row.legs.map((leg) => leg.openQuantity)).toEqual([QUANTITY, -QUANTITY, -QUANTITY, QUANTITY]);
  const fills = await legFills(world, positionId);
  expect(fills.reduce((sum, fill) => sum + fill.quantity, 0)).toBe(QUANTITY * LEGS);
  expect(new Set(fills.map((fill) => fill.execId)).size).toBe(fills.length);
  // Modifies have the order's own id; a second id under the same orderRef would be a second order.
  const orders = ordersOf(world.gateway, positionId);
  expect(orders.map((order) => order.orderRef)).toEqual([`LW|${positionId}|1|combo|1`]);
  // The broker reports the order's own state after the fills.
  const intents = await world.waitUntil('the order is filled', async () => {
    const rows = await world.store.intents.list({ positionId });
    return rows.some(({ state }) => state === 'FILLED') && rows;
  });
  expect(intents).toMatchObject([{ state: 'FILLED', orderId: orders[0]?.orderId }]);
  await world.agree();
}

async function enterAndKill(): Promise<string> {
  const before = held();
  const sent = sentOrders(world.gateway).length;
  const entry = world.client.enter(ask(namedCondor({ quantity: QUANTITY })));
  await killAtFirstPart(before, entry);
  const { id } = await entry;
  expect(sentOrders(world.gateway)).toHaveLength(sent + 1);
  return await world.waitUntil(
    'the entry names its position',
    async () => (await world.store.entries.get(id))?.positionId,
  );
}

async function closeAndEnd(positionId: string): Promise<void> {
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED', filledCombos: QUANTITY });
  expect(await ended(world, positionId)).toMatchObject({ status: 'CLOSED', openCombos: 0 });
  expect(held()).toBe(0);
  await world.agree();
}

test('the rest fills after another worker has taken over', async () => {
  const positionId = await enterAndKill();
  await world.startWorker();
  await expectWhole(positionId);
  await closeAndEnd(positionId);
});

test('the rest fills while there is no worker', async () => {
  const positionId = await enterAndKill();
  const { gateway } = world;
  const stop = gateway.now() + 60_000;
  while (gateway.now() < stop) gateway.advance(stop);
  expect(held()).toBe(QUANTITY * LEGS);
  await world.startWorker();
  await expectWhole(positionId);
  await closeAndEnd(positionId);
});

test('both entries report what filled', async () => {
  const rows = await world.store.executions.list({ limit: 10 });
  expect(rows).toHaveLength(2);
  for (const { entryWorkflowId } of rows) {
    const { client } = await world.client.links.temporal();
    const result: unknown = await client.workflow.getHandle(entryWorkflowId ?? '').result();
    expect(result).toMatchObject({ status: 'OPENED', filledCombos: QUANTITY });
  }
  expect(await answerOf(world.client.monitor())).toEqual([]);
});

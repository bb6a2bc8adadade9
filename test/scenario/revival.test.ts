/**
 * The run of a position is ended from outside while an exit works: the next run settles and cancels the orders left at
 * the broker, continues the requested close, and answers a reduction that cannot be repeated safely. In the same world: signals
 * that a person sends by hand, through a raw client.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closed, intentIs, rest } from '../faults/support.js';
import { answerOf, dollars, ended, enter, namedCondor } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import { isWhole } from '../support/whole.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

const PATIENCE_MS = 120_000;

let world: World;

beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world?.stop(), 90_000);

/** A price at which no order sells while prices stand still, inside the collar around mid. */
const resting = (entryNet: number | undefined) =>
  ({ kind: 'limit', price: (dollars(entryNet) - 0.25).toFixed(2) }) as const;

async function terminate(workflowId: string): Promise<void> {
  const { client } = await world.client.links.temporal();
  await client.workflow.getHandle(workflowId).terminate('by a test');
}

test('a working close is requested again, and answered when the position is closed', async () => {
  const row = await enter(world, namedCondor());
  const { positionId, workflowId } = row;
  const exit = await world.client.close(positionId, { pricing: resting(row.entryNet) });
  const first = await intentIs(world, positionId, 'WORKING', PATIENCE_MS);
  await terminate(workflowId);
  // Once a minute, or when a person compares, positions without a run are revived.
  await world.cli(['reconcile', '--json']);
  const next = await world.waitUntil(
    'the close works again',
    async () => {
      const intents = await world.store.intents.list({ positionId });
      return intents.find(({ state, step }) => state === 'WORKING' && step > first.step);
    },
    PATIENCE_MS,
  );
  expect(next.payload.limitPrice).toBe(first.payload.limitPrice);
  expect(await world.store.intents.get(first.orderRef)).toMatchObject({ state: 'CANCELLED' });
  // A close at the market's price overtakes it.
  const out = await world.client.close(positionId, { pricing: { kind: 'market' } });
  expect(await answerOf(Promise.resolve(out), PATIENCE_MS)).toMatchObject({ result: 'CLOSED' });
  expect(await answerOf(Promise.resolve(exit), PATIENCE_MS)).toMatchObject({ openCombos: 1, result: 'NO_ACTION' });
  await ended(world, positionId, PATIENCE_MS);
  await world.agree();
}, 400_000);

test('a cancelled entry cancels its order; one that was terminated ends as its position does', async () => {
  const cancelled = await rest(world);
  const { client } = await world.client.links.temporal();
  const run = async (entryId: string) =>
    client.workflow.getHandle((await world.store.entries.get(entryId))?.workflowId ?? '');
  await (await run(cancelled.entry.id)).cancel();
  expect(await answerOf(Promise.resolve(cancelled.entry), PATIENCE_MS)).toMatchObject({
    status: 'FAILED',
    code: 'NOT_FILLED',
    filledCombos: 0,
  });
  expect((await world.store.intents.list({ positionId: cancelled.positionId })).map(({ state }) => state)).toEqual([
    'CANCELLED',
  ]);
  await world.agree();
  expect(await world.store.executions.get_execution(cancelled.positionId)).toMatchObject({ status: 'FAILED' });

  const ended = await rest(world);
  await (await run(ended.entry.id)).terminate('by a test');
  await world.cli(['reconcile', '--json']);
  // Its order may fill: the entry is open until then.
  expect(await world.store.entries.get(ended.entry.id)).toMatchObject({ status: 'OPENING' });
  const { orderRef } = await intentIs(world, ended.positionId, 'WORKING');
  expect((await world.cli(['orders', 'cancel', orderRef])).code).toBe(0);
  await world.waitUntil(
    'the position is over',
    async () => (await world.store.executions.get_execution(ended.positionId))?.status === 'FAILED',
  );
  await world.cli(['reconcile', '--json']);
  const row = await world.waitUntil('the entry is over', async () => {
    const now = await world.store.entries.get(ended.entry.id);
    return now?.status === 'FAILED' && now;
  });
  expect(row.reasons.join(' ')).toMatch(/ended from outside. Nothing was opened: /);
  await world.agree();
}, 400_000);

test('a position is terminated while it opens: its next run cancels the order and answers the entry', async () => {
  const { positionId, entry } = await rest(world);
  const { workflowId } = await world.client.execution(positionId);
  await terminate(workflowId);
  await world.cli(['reconcile', '--json']);
  expect(await answerOf(Promise.resolve(entry), PATIENCE_MS)).toMatchObject({ status: 'FAILED', filledCombos: 0 });
  const states = (await world.store.intents.list({ positionId })).map(({ state }) => state);
  expect(states).toEqual(['CANCELLED']);
  await world.agree();
}, 400_000);

if (isWhole) {
  test('a reset entry finds its position, a reset position its orders: nothing is sent twice', async () => {
    const { client } = await world.client.links.temporal();
    const reset = async (workflowId: string) => {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      const first = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
      await client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId },
        reason: 'a test',
        requestId: randomUUID(),
        workflowTaskFinishEventId: first?.eventId ?? null,
      });
    };
    const { positionId, entry } = await rest(world);
    const { workflowId = '' } = (await world.store.entries.get(entry.id)) ?? {};
    await reset(workflowId);
    const { orderRef } = await intentIs(world, positionId, 'WORKING');
    expect((await world.cli(['orders', 'cancel', orderRef])).code).toBe(0);
    const entryResult = await client.workflow.getHandle(workflowId).result();
    expect(entryResult).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED', positionId });
    expect(ordersOf(world.gateway, positionId)).toHaveLength(1);

    const row = await enter(world, namedCondor());
    const before = (await client.workflow.getHandle(row.workflowId).describe()).runId;
    await reset(row.workflowId);
    const run = client.workflow.getHandle(row.workflowId);
    await world.waitUntil(
      'the next run watches',
      async () => {
        const { runId, raw } = await run.describe();
        return (
          runId !== before && raw.pendingActivities?.some(({ activityType }) => /watch/i.test(activityType?.name ?? ''))
        );
      },
      PATIENCE_MS,
    );
    expect(ordersOf(world.gateway, row.positionId)).toHaveLength(1);
    await run.signal('close', { pricing: 'market' });
    await closed(world, row.positionId, PATIENCE_MS);
    expect(ordersOf(world.gateway, row.positionId)).toHaveLength(2);
    await world.agree();
  }, 400_000);

  test('a reduction that may have begun is not repeated; the requester is asked to check', async () => {
    const row = await enter(world, namedCondor({ quantity: 2 }));
    const { positionId, workflowId } = row;
    const exit = await world.client.reduce(positionId, 0.5, { pricing: resting(row.entryNet) });
    await intentIs(world, positionId, 'WORKING', PATIENCE_MS);
    const sent = ordersOf(world.gateway, positionId).length;
    await terminate(workflowId);
    await world.cli(['reconcile', '--json']);
    expect(await answerOf(Promise.resolve(exit), PATIENCE_MS)).toMatchObject({
      result: 'FAILED',
      openCombos: 2,
      reason: expect.stringContaining('ended from outside'),
    });
    expect(ordersOf(world.gateway, positionId)).toHaveLength(sent);
    const out = await world.client.close(positionId, { pricing: { kind: 'market' } });
    expect(await answerOf(Promise.resolve(out), PATIENCE_MS)).toMatchObject({ result: 'CLOSED' });
    await closed(world, positionId, PATIENCE_MS);
    await world.agree();
  }, 400_000);
}

test('signals by hand: a wrong one is an alert, a price as a number is worked, a close without input closes', async () => {
  const row = await enter(world, namedCondor());
  const { positionId, workflowId } = row;
  const { client } = await world.client.links.temporal();
  const position = client.workflow.getHandle(workflowId);
  const attention = async () => (await world.store.executions.get_execution(positionId))?.attentionReason;
  await position.signal('Close');
  await world.waitUntil('attention', async () => ((await attention())?.includes('expected close') ? true : undefined));
  // The alert is raised after the row is marked.
  const alert = await world.waitUntil('the alert', async () => {
    const [found] = await world.store.alerts.list({ positionId, rule: 'attention' });
    return found;
  });
  expect(alert.message).toMatch(/"Close" is not allowed; expected close/);
  await position.signal('close', { price: Number(resting(row.entryNet).price) });
  const working = await intentIs(world, positionId, 'WORKING', PATIENCE_MS);
  expect(Math.abs(dollars(working.payload.limitPrice))).toBeCloseTo(Number(resting(row.entryNet).price), 1);
  await world.waitUntil('the end of attention', async () => ((await attention()) === undefined ? true : undefined));
  await position.signal('close');
  await ended(world, positionId, PATIENCE_MS);
  expect(await world.store.executions.get_execution(positionId)).toMatchObject({ status: 'CLOSED', attention: false });
  await world.agree();
}, 400_000);

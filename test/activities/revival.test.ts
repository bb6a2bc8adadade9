/** The input of a run that replaces a lost one: the entry's mode, and the state of the position. */

import { describe, expect, test } from '@jest/globals';
import { projectPosition } from '../../src/activities/orders/project.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import { entryOutcome } from '../../src/activities/positions/entry-outcome.js';
import { readPosition, recordOpening } from '../../src/activities/positions/opening.js';
import { revivePosition, type StoreParts } from '../../src/activities/positions/revive.js';
import { createStoreActivities } from '../../src/activities/positions/store-activities.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { PositionInput } from '../../src/contract/requests.js';
import type { Fill } from '../../src/domain/order/fill.js';
import { execution, fill, intent, NOW, newPositionId, testServer } from '../store/support.js';

const server = testServer();
const GIVEN_UP = 'its run was ended from outside before anything was traded';

const parts = () =>
  ({
    deps: {
      hasSearchAttributes: async () => false,
      store: server.store,
      settings: () => settingsSchema.parse({}),
      broker: { clock: { now: () => NOW, join: () => undefined } },
    },
    tracker: { projectNow: (positionId: string) => projectPosition(server.store, positionId, NOW) },
    book: { remove: () => undefined },
  }) as unknown as BrokerParts;

/** The run that was started, and the report to the entry. */
async function revival(positionId: string): Promise<{ started?: PositionInput; told: readonly unknown[][] }> {
  let started: PositionInput | undefined;
  const told: unknown[][] = [];
  const { store } = server;
  const parts: StoreParts = {
    store,
    hasSearchAttributes: async () => false,
    isRunning: async () => true,
    startPosition: async (input) => {
      started = input;
    },
    notifyEntry: async (...words) => {
      told.push(words);
    },
    accountAlias: () => 'paper',
    wallNow: () => NOW,
  };
  await revivePosition(parts, positionId);
  return { told, ...(started && { started }) };
}

const revived = async (positionId: string) => (await revival(positionId)).started;

/** The first of two legs was opened alone, and all its orders are over. */
async function halfOpened(): Promise<string> {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId, { mode: 'legs', onPartial: 'complete' }));
  await filled(positionId, intent(positionId, { step: 1, role: 'leg1' }), 101, 'SELL');
  return positionId;
}

async function filled(
  positionId: string,
  order: ReturnType<typeof intent>,
  conId: number,
  side: 'BUY' | 'SELL',
  more: Partial<Fill> = {},
): Promise<void> {
  const { store } = server;
  await store.intents.plan(order, NOW);
  await store.intents.mark(order.orderRef, 'FILLED', { at: NOW });
  await store.fills.append([fill(`${order.orderRef}.01`, order.orderRef, { conId, side, ...more })]);
  await projectPosition(store, positionId, NOW);
}

test('all open positions include those whose roll has not begun its second half, where close-all asks for them', async () => {
  const { executions } = server.store;
  const closed = async (exitAction: 'ROLL' | 'CLOSE', rolledTo?: string) => {
    const positionId = newPositionId();
    await executions.save_execution(execution(positionId));
    await executions.update_execution_status(positionId, 'CLOSED', NOW, { exitAction, ...(rolledTo && { rolledTo }) });
    return positionId;
  };
  const rolling = await closed('ROLL');
  const refused = await closed('ROLL');
  await closed('ROLL', 'spy-bps-next');
  await closed('CLOSE');
  const open = newPositionId();
  await executions.save_execution(execution(open));
  const activities = createStoreActivities({
    store: server.store,
    isRunning: async (workflowId: string) => workflowId !== `position-${refused}`,
  } as unknown as StoreParts);
  expect(await activities.openPositionIds({ symbol: 'SPY', rolling: true })).toEqual([open, rolling]);
  expect(await activities.openPositionIds({ symbol: 'SPY' })).toEqual([open]);
  expect(await activities.lookUpPosition({ positionId: rolling })).toEqual({
    ...{ state: 'closed', openCombos: 0, isRolling: true },
  });
  expect(await activities.lookUpPosition({ positionId: refused })).toEqual({ state: 'closed', openCombos: 0 });
  await executions.update_execution_status(open, 'FAILED', NOW);
});

test('an interrupted opening leg by leg goes on as an opening, by its own policy', async () => {
  const positionId = await halfOpened();
  expect(await revived(positionId)).toMatchObject({
    mode: 'legs',
    onPartial: 'complete',
    carried: { opened: false },
  });
});

test('bracket children that the broker refused do not count as an exit', async () => {
  const positionId = await halfOpened();
  const { intents } = server.store;
  for (const [role, state] of [
    ['stop', 'REJECTED'],
    ['target', 'EXPIRED'],
  ] as const) {
    const child = intent(positionId, { role, purpose: 'REDUCE' });
    await intents.plan(child, NOW);
    await intents.mark(child.orderRef, state, { at: NOW });
  }
  expect(await revived(positionId)).toMatchObject({ carried: { opened: false } });
});

test('a position half closed by an exit is not completed again', async () => {
  const positionId = await halfOpened();
  await filled(positionId, intent(positionId, { step: 2, role: 'leg2' }), 102, 'BUY');
  const { executions } = server.store;
  await executions.update_execution_status(positionId, 'FILLED', NOW);
  expect(await revived(positionId)).toMatchObject({ mode: 'legs', carried: { opened: true } });
  await executions.update_execution_status(positionId, 'EXITING', NOW);
  await filled(positionId, intent(positionId, { step: 3, role: 'leg1', purpose: 'REDUCE' }), 101, 'BUY');
  expect(await revived(positionId)).toMatchObject({ mode: 'legs', carried: { opened: true } });
  await executions.update_execution_status(positionId, 'PARTIAL', NOW);
  expect(await revived(positionId)).toMatchObject({ mode: 'legs', carried: { opened: true } });
});

test('a position stored without an entry mode is worked as configured', async () => {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  await filled(positionId, intent(positionId), 101, 'SELL');
  const input = await revived(positionId);
  expect(input).not.toHaveProperty('mode');
  expect(input).not.toHaveProperty('onPartial');
});

test('an opening unwound before its end was recorded gets a run, which records it', async () => {
  const positionId = await halfOpened();
  await filled(positionId, intent(positionId, { step: 2, role: 'unwind1', purpose: 'REDUCE' }), 101, 'BUY', {
    price: 4_500_000,
  });
  expect(await revived(positionId)).toMatchObject({ positionId, carried: { opened: false } });
  expect((await readPosition(parts(), positionId)).flat).toBe(true);
  await recordOpening(parts(), { positionId, reason: 'an earlier run ended before the opening was recorded' });
  // Sold at 4.123457 and bought back at 4.5, two contracts.
  const ended = { status: 'CLOSED', exitRule: 'unwound', realizedPnl: -75_308_600 };
  expect(await server.store.executions.get_execution(positionId)).toMatchObject(ended);
});

test('an opening whose only order ended without a fill is given up, and its entry is notified', async () => {
  const { executions, intents } = server.store;
  const positionId = newPositionId();
  const order = intent(positionId);
  await executions.save_execution(execution(positionId, { entryWorkflowId: 'entry-1' }));
  await intents.plan(order, NOW);
  await intents.mark(order.orderRef, 'CANCELLED', { at: NOW });
  expect(await revival(positionId)).toEqual({
    told: [['entry-1', { positionId, filledCombos: 0, reason: GIVEN_UP, code: 'NOT_FILLED' }]],
  });
  expect(await executions.get_execution(positionId)).toMatchObject({ status: 'FAILED', failReason: GIVEN_UP });
});

test('the page of a position counts executions without the summary of a combination, and says which commissions are missing', async () => {
  const { store } = server;
  const positionId = await halfOpened();
  await store.fills.append([
    fill(`${positionId}.bag`, intent(positionId, { step: 1, role: 'leg1' }).orderRef, { secType: 'BAG' }),
  ]);
  const details = async () => (await readPosition(parts(), positionId)).details;
  expect(await details()).toMatch(/executions 1, commissions 0\.00 \(1 not yet reported\)/);
  const [reported] = (await store.fills.ofPosition(positionId)).filter(({ secType }) => secType === 'OPT');
  await store.fills.setCommission(reported?.execId ?? '', 1_360_000, undefined);
  await projectPosition(store, positionId, NOW);
  expect(await details()).toMatch(/executions 1, commissions 1\.36$/m);
  expect(await details()).toMatch(/combos open, \d+ days to expiry\. As of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d New York\./);
});

describe('an entry without a run ends as its position says', () => {
  const ORDER = { step: 1, role: 'combo' } as const;
  const WHY = ['why'];
  const outcome = (positionId?: string) =>
    entryOutcome(server.store, positionId === undefined ? {} : { positionId }, WHY);

  test('no position, or one that opened nothing: FAILED', async () => {
    expect(await outcome()).toEqual({ status: 'FAILED', reasons: WHY });
    const positionId = newPositionId();
    await server.store.executions.save_execution(execution(positionId));
    await server.store.executions.update_execution_status(positionId, 'FAILED', NOW, { failReason: 'the market left' });
    expect(await outcome(positionId)).toEqual({
      status: 'FAILED',
      reasons: ['why', 'Nothing was opened: the market left.'],
    });
  });

  test('one that still opens says nothing yet, also when a part has filled; then OPENED', async () => {
    const positionId = newPositionId();
    const { store } = server;
    await store.executions.save_execution(execution(positionId));
    expect(await outcome(positionId)).toBeUndefined();
    const order = intent(positionId, ORDER);
    await store.intents.plan(order, NOW);
    await store.executions.update_execution_status(positionId, 'PARTIAL', NOW, {});
    expect(await outcome(positionId)).toBeUndefined();
    await store.intents.mark(order.orderRef, 'CANCELLED', { at: NOW });
    expect((await outcome(positionId))?.reasons.at(-1)).toMatch(/^\d of \d combos were opened as /);
  });
});

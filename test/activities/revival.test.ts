/** What a run is started with that takes the place of a lost one: how the entry was to be worked, and where it stands. */
import { expect, test } from '@jest/globals';
import { projectPosition } from '../../src/activities/orders/project.js';
import { revivePosition } from '../../src/activities/store/index.js';
import type { PositionInput } from '../../src/contract/requests.js';
import { execution, fill, intent, NOW, newPositionId, testServer } from '../store/support.js';

const server = testServer();

async function revived(positionId: string): Promise<PositionInput | undefined> {
  let started: PositionInput | undefined;
  const startPosition = async (input: PositionInput) => {
    started = input;
  };
  const { store } = server;
  await revivePosition({ store, startPosition, accountAlias: () => 'paper', wallNow: () => NOW }, positionId);
  return started;
}

/** The first of two legs was opened alone, and every order of it is over. */
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
  quantity = 2,
): Promise<void> {
  const { store } = server;
  await store.intents.plan(order, NOW);
  await store.intents.mark(order.orderRef, 'FILLED', { at: NOW });
  await store.fills.append([fill(`${order.orderRef}.01`, order.orderRef, { conId, side, quantity })]);
  await projectPosition(store, positionId, NOW);
}

test('an opening leg by leg that was cut off between two orders goes on as an opening, by its own policy', async () => {
  const positionId = await halfOpened();
  expect(await revived(positionId)).toMatchObject({
    mode: 'legs',
    onPartial: 'complete',
    carried: { opened: false },
  });
});

test('what an exit has left half closed is not completed again', async () => {
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

test('a position of a release that did not store it is worked as configured', async () => {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  await filled(positionId, intent(positionId), 101, 'SELL');
  const input = await revived(positionId);
  expect(input).not.toHaveProperty('mode');
  expect(input).not.toHaveProperty('onPartial');
});

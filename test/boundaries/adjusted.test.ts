/**
 * kill -9 of the worker while the resting orders get other prices, because a fill of the opening was corrected: afterwards each has
 * them, and they were sent once.
 */
import { expect, test } from '@jest/globals';
import { answerOf, ask, close, dollars, ended, legFills, namedCondor } from '../support/life.js';
import { ordersOf } from '../support/wire.js';
import { FILLS_FOR_SURE } from './life.js';
import { oneLane } from './one-lane.js';

const lane = oneLane({ speed: 10, ...FILLS_FOR_SURE });

const PATIENCE_MS = 180_000;

/** Frames that sent the position's protective orders to the broker, the stop's first. */
const told = (positionId: string) =>
  ['stop', 'target'].map((role) => {
    const orders = ordersOf(lane.world.gateway, positionId).filter(({ orderRef }) => orderRef.includes(`|${role}|`));
    return orders.flatMap(({ frames }) => frames.map(({ fields }) => fields));
  });

/** Both rest, and were last sent at 2.5 times and a twentieth of the credit, to a tick. */
async function restAt(positionId: string, credit: number): Promise<void> {
  await lane.world.waitUntil(
    `stop and target rest at the prices of ${credit}`,
    async () => {
      const rows = await lane.world.store.intents.unsettled(positionId);
      const [stop, target] = told(positionId).map((frames) => frames.at(-1));
      const off = [Number(stop?.auxPrice) - credit * 2.5, credit * 0.05 - Number(target?.limitPrice)];
      return (
        rows.length === 2 &&
        rows.every(({ state }) => state === 'WORKING') &&
        off.every((by) => by > -0.001 && by < 0.011)
      );
    },
    PATIENCE_MS,
  );
}

/**
 * A position whose target and stop rest. Its worker dies when a fill of the opening is corrected, and the next worker closes it.
 * Returns the number of frames sent for each, the stop's first.
 */
async function dieAt(boundary: string, nth: number, refused?: string): Promise<readonly number[]> {
  await lane.keepYoung();
  const { world, worker } = lane;
  const protection = { protective: 'combo', target: 0.95 } as const;
  const entry = await world.client.enter(ask(namedCondor({ ignoreSignal: true, protection })));
  const { positionId = '' } = await answerOf(Promise.resolve(entry), PATIENCE_MS);
  const { entryNet, legs } = await world.client.execution(positionId);
  await restAt(positionId, dollars(entryNet));
  expect(told(positionId).map(({ length }) => length)).toEqual([1, 1]);
  worker.dieAt(boundary, nth);
  if (refused !== undefined) world.gateway.fault({ kind: 'rejectNext', code: 201, text: refused, on: 'modify' });
  // The long put was dearer by four dimes: the target moves by two ticks.
  const fill = (await legFills(world, positionId)).find(({ conId }) => conId === legs[0]?.contract.conId);
  world.gateway.fault({ kind: 'correctExecution', execId: fill?.execId ?? '', price: dollars(fill?.price) + 0.4 });
  await world.waitUntil('a death', () => !worker.lives, PATIENCE_MS);
  worker.disarm();
  await worker.start();
  await restAt(positionId, dollars(entryNet) - 0.4);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, PATIENCE_MS);
  await world.agree(30_000);
  return told(positionId).map(({ length }) => length);
}

test.each([
  ['activity.adjustProtection:before', 1],
  ['store.intents.changeLive:before', 1],
  ['store.intents.changeLive:after', 1],
  ['broker.orders.modify:before', 2],
  ['broker.orders.modify:after', 1],
  ['activity.adjustProtection:after', 2],
])(
  'a death at %s#%i',
  async (boundary, nth) => {
    expect(await dieAt(boundary, nth)).toEqual([2, 2]);
  },
  400_000,
);

test.each(['store.intents.replacePayload:before', 'store.intents.replacePayload:after'])(
  'a death at %s, after the broker refused the change: the change is requested again',
  async (boundary) => {
    const frames = await dieAt(boundary, 1, 'Order rejected - reason:a test');
    expect([...frames].sort()).toEqual([2, 3]);
  },
  400_000,
);

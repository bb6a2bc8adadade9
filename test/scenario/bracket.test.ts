/**
 * An entry placed as a bracket: its protective order and its target leave as children right behind it, wait for its fill, and end
 * with it. Each has its own intent, and an unknown child is settled like any other order.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { IntentRow } from '../../src/store/api.js';
import { answerOf, ask, close, ended, enter, inHalves, namedCondor } from '../support/life.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 31,
    speed: 5,
    scenario: inHalves('open', 60),
    settings: {
      // Half of one combo is refused: such a request ends an opening and keeps what it filled.
      rules: { ...noRules(), takeProfit: { enabled: false, onIndivisible: 'hold' } },
      // An entry that never arrived ends once its own time is over: in less than a minute here.
      orders: { protective: { kind: 'combo', loss: 1, room: 0.5 }, bracket: true, entryMaxMinutes: 4 },
    },
  });
});
afterAll(() => world?.stop(), 90_000);

const bracket = (quantity: number) =>
  namedCondor({ quantity, ignoreSignal: true, protection: { target: 0.9, bracket: true } });
const stored = (positionId: string) => world.store.intents.list({ positionId });
const states = (rows: readonly IntentRow[], role: string) =>
  rows.filter((row) => row.role === role).map(({ state }) => state);

/** Both children rest for this many combos, acknowledged. */
async function bothRest(positionId: string, quantity: number): Promise<void> {
  await world.waitUntil(
    `stop and target for ${quantity} rest`,
    async () => {
      const rows = await world.store.intents.unsettled(positionId);
      const roles = rows.filter(({ state, payload }) => state === 'WORKING' && payload.quantity === quantity);
      return (
        rows.length === 2 &&
        roles
          .map(({ role }) => role)
          .sort()
          .join() === 'stop,target'
      );
    },
    60_000,
  );
}

test('parent first, the last child transmits, and the children rest once it has filled', async () => {
  const { positionId } = await enter(world, bracket(1));
  await bothRest(positionId, 1);
  const [parent, stop, target, ...more] = ordersOf(world.gateway, positionId);
  expect(more).toEqual([]);
  expect([parent, stop, target].map((order) => order?.orderRef.split('|').slice(2).join(' '))).toEqual([
    '1 combo 1',
    '1 stop 1',
    '1 target 1',
  ]);
  expect([parent, stop, target].map((order) => order?.first.fields.transmit)).toEqual([false, false, true]);
  expect(stop?.first.fields).toMatchObject({ parentId: parent?.orderId, ocaType: 1, orderType: 'STP LMT' });
  expect(target?.first.fields).toMatchObject({ parentId: parent?.orderId, ocaGroup: stop?.first.fields.ocaGroup });
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  expect(states(await stored(positionId), 'stop')).toEqual(['CANCELLED']);
  await world.agree(30_000);
}, 120_000);

test('the children of an entry are cancelled with it', async () => {
  const far = { kind: 'limit', price: '5.20' } as const;
  const under = await world.client.enter(ask({ ...bracket(1), pricing: far, entryId: 'bracket-far001' }));
  const positionId = 'spy-cu-20260302-far001';
  await world.waitUntil('the bracket works', async () => {
    const rows = await world.store.intents.unsettled(positionId);
    return rows.length === 3 && rows.every(({ state }) => state === 'WORKING');
  });
  await world.client.close(positionId);
  expect(await answerOf(Promise.resolve(under), 60_000)).toMatchObject({ status: 'FAILED', filledCombos: 0 });
  expect((await stored(positionId)).map(({ state }) => state)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED']);
  await world.agree(30_000);
}, 120_000);

test('the children of a partly filled opening are resized', async () => {
  const under = await world.client.enter(ask(bracket(2)));
  const positionId = await world.waitUntil('half is filled', async () => {
    const rows = await world.store.executions.list({ open: true, limit: 10 });
    return rows.find((row) => row.openedCombos === 1 && row.quantity === 2)?.positionId;
  });
  // While the parent works its children close nothing: they wait for its complete fill.
  expect((await world.client.execution(positionId)).openCombos).toBe(1);
  const half = await world.client.reduce(positionId, 0.5, { pricing: { kind: 'market' } });
  await answerOf(Promise.resolve(under), 60_000);
  expect(await answerOf(Promise.resolve(half))).toMatchObject({ result: 'REFUSED', openCombos: 1 });
  await bothRest(positionId, 1);
  expect(states(await stored(positionId), 'stop').sort()).toEqual(['CANCELLED', 'WORKING']);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  await world.agree(30_000);
}, 120_000);

/** Enters a bracket of which the child of this role gets no answer, whether it arrives (`place`) or not. */
async function enterMuted(role: 'stop' | 'target', place: boolean) {
  const tail = `u${role.slice(0, 4)}${Number(place)}`;
  const orderRefPrefix = `LW|spy-cu-20260302-${tail}|1|${role}|1`;
  world.gateway.fault({ kind: 'mute', orderRefPrefix, place });
  const result = await answerOf(world.client.enter(ask({ ...bracket(1), entryId: `bracket-${tail}` })), 90_000);
  const { positionId = '' } = result;
  const sent = () => ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef.split('|')[3]);
  const unmute = () => world.gateway.fault({ kind: 'mute', orderRefPrefix, off: true });
  const isTold = async () => {
    const alerts = await world.store.alerts.list({ positionId });
    expect(alerts.map(({ rule }) => rule)).toContain('unknown_order');
  };
  return { result, positionId, sent, unmute, isTold };
}

test.each([
  ['that works and gives no answer is kept', true, ['combo', 'stop', 'target']],
  ['that never arrived is placed after the fill', false, ['combo', 'stop', 'target', 'stop']],
])(
  'a child %s',
  async (_, place, roles) => {
    const { positionId, sent, unmute, isTold } = await enterMuted('stop', place);
    await bothRest(positionId, 1);
    unmute();
    expect(sent()).toEqual(roles);
    await isTold();
    expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
    await ended(world, positionId, 60_000);
    await world.agree(30_000);
  },
  180_000,
);

test('the worker dies while the bracket works', async () => {
  const under = await world.client.enter(ask({ ...bracket(2), entryId: 'bracket-die001' }));
  const positionId = 'spy-cu-20260302-die001';
  await world.waitUntil(
    'half is filled',
    async () => (await world.store.executions.get_execution(positionId))?.openedCombos === 1,
  );
  await world.killWorker();
  await world.startWorker();
  const result = await answerOf(Promise.resolve(under), 90_000);
  expect(result).toMatchObject({ status: 'OPENED', filledCombos: 2 });
  await bothRest(positionId, 2);
  expect(ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef.split('|')[3])).toEqual([
    'combo',
    'stop',
    'target',
  ]);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  await world.agree(30_000);
}, 180_000);

test('a child that never arrived and was to transmit the others: all end with the time of the entry', async () => {
  const { result, positionId, sent, unmute, isTold } = await enterMuted('target', false);
  unmute();
  expect(result).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED', filledCombos: 0 });
  await isTold();
  const rows = await stored(positionId);
  expect(rows.map(({ role, state }) => `${role} ${state}`).sort()).toEqual([
    'combo CANCELLED',
    'stop CANCELLED',
    'target EXPIRED',
  ]);
  // Not one of them was sent again, and none was given up before it could no longer work.
  expect(sent()).toEqual(['combo', 'stop', 'target']);
  const goodTill = rows.find(({ role }) => role === 'combo')?.payload.goodTill ?? Number.POSITIVE_INFINITY;
  for (const { updatedAt } of rows) expect(updatedAt).toBeGreaterThan(goodTill);
  // The broker holds nothing of it: what closes the same contracts is opposite to the opening, and taken.
  const next = await enter(world, bracket(1));
  await bothRest(next.positionId, 1);
  expect(await close(world, next.positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, next.positionId, 60_000);
  await world.agree(30_000);
}, 300_000);

test('a person closes all by hand while a stop is unknown: the stop never arrived, and nothing is parked', async () => {
  const { gateway, store } = world;
  const positionId = 'spy-cu-20260302-hand01';
  const prefix = { kind: 'mute', orderRefPrefix: `LW|${positionId}|2|stop|1` } as const;
  gateway.fault({ ...prefix, place: false });
  const alone = namedCondor({ ignoreSignal: true, entryId: 'bracket-hand01', protection: { bracket: false } });
  const row = await enter(world, alone);
  await world.waitUntil('the stop is unknown', async () =>
    (await store.alerts.list({ positionId })).some(({ rule }) => rule === 'unknown_order'),
  );
  for (const { contract, openQuantity } of row.legs) {
    gateway.fault({ kind: 'manualTrade', conId: contract.conId, quantity: -openQuantity });
  }
  // Asked for before the trade is found: it closes nothing, and is not what closed the position.
  const asked = world.client.close(positionId, { pricing: { kind: 'market' } });
  gateway.fault({ ...prefix, off: true });
  const over = await ended(world, positionId, 90_000);
  expect(over).toMatchObject({ status: 'CLOSED', exitRule: 'closed_outside' });
  // Refused where it was planned before the trade was imported: the account holds nothing to close.
  expect(['ALREADY_CLOSED', 'REFUSED']).toContain((await answerOf(asked, 60_000)).result);
  expect(new Set(states(await stored(positionId), 'stop'))).toEqual(new Set(['EXPIRED']));
  expect(ordersOf(gateway, positionId).map(({ orderRef }) => orderRef.split('|')[3])).toEqual(['combo', 'stop']);
  await world.agree(30_000);
}, 300_000);

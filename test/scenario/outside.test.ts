/**
 * Changes of a position without an order of ours: a person trades in TWS, a short leg is assigned. They are imported into
 * the ledger with an alert, nothing is closed twice, and the rest of a broken structure is closed leg by leg.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { PositionRow } from '../../src/store/api.js';
import { answerOf, ask, close, enter, namedCondor, otherCondor, WILLING } from '../support/life.js';
import { isWhole } from '../support/whole.js';
import { sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

let world: World;
/** Contract of the shares. */
const SPY = 756733;

beforeAll(async () => {
  // The clock runs fast: a leg is closed by a walk of some market seconds.
  world = await startWorld({ seed: 5, speed: 5, scenario: WILLING, settings: { watch: { snapshotSeconds: 5 } } });
});
afterAll(() => world?.stop());

const held = (row: PositionRow) =>
  row.legs.map(
    (leg) => world.gateway.positions().find((one) => one.contract.conId === leg.contract.conId)?.quantity ?? 0,
  );

async function closed(row: PositionRow): Promise<PositionRow> {
  return await world.waitUntil(
    `${row.positionId} is closed`,
    async () => {
      const now = await world.client.execution(row.positionId);
      return now.status === 'CLOSED' && now;
    },
    25_000,
  );
}

test('F26 a person closes every leg by hand: the fills are imported, the position closes, no order is sent', async () => {
  const row = await enter(world, namedCondor({ quantity: 2 }));
  const before = sentOrders(world.gateway).length;
  for (const { contract, openQuantity } of row.legs) {
    world.gateway.fault({ kind: 'manualTrade', conId: contract.conId, quantity: -openQuantity });
  }
  // The broker reports only a client's own orders: the next comparison, here requested by a person, finds it.
  await world.cli(['reconcile', '--json']);
  const after = await closed(row);
  expect(after).toMatchObject({ exitRule: 'closed_outside', openCombos: 0 });
  expect(after.realizedPnl).toBeDefined();
  expect(held(row)).toEqual([0, 0, 0, 0]);
  expect(sentOrders(world.gateway)).toHaveLength(before);
  const alerts = await world.store.alerts.list({ positionId: row.positionId });
  expect(alerts.map((alert) => alert.rule)).toContain('outside_change');
});

test('F25 one leg is gone: the rest is closed leg by leg, shorts first', async () => {
  const row = await enter(world, namedCondor());
  const [longPut] = row.legs;
  world.gateway.fault({ kind: 'liquidate', conId: longPut?.contract.conId ?? 0 });
  await world.cli(['reconcile', '--json']);
  const after = await closed(row);
  expect(after.exitRule).toBe('broken_structure');
  expect(held(row)).toEqual([0, 0, 0, 0]);
  const refs = sentOrders(world.gateway)
    .map((order) => order.orderRef)
    .filter((ref) => ref.startsWith(`LW|${row.positionId}|`) && !ref.includes('|combo|'));
  expect([...new Set(refs.map((ref) => ref.split('|')[3]))]).toEqual(['leg2', 'leg3', 'leg4']);
});

/** The account's holding of the underlying. */
const stock = () => world.gateway.positions().find(({ contract }) => contract.secType === 'STK')?.quantity ?? 0;

/** Roles of the orders that were sent for a position after its opening, in their order. */
const sentRoles = (row: PositionRow) => {
  const refs = sentOrders(world.gateway)
    .map((order) => order.orderRef)
    .filter((ref) => ref.startsWith(`LW|${row.positionId}|`));
  return [...new Set(refs.map((ref) => ref.split('|')[3]))].filter((role) => role !== 'combo');
};

test('F24 a short leg is assigned during the day: found automatically, broken, closed as a unit, shares before the long put', async () => {
  const row = await enter(world, namedCondor());
  const shortPut = row.legs[1];
  const before = performance.now();
  world.gateway.fault({ kind: 'assign', conId: shortPut?.contract.conId ?? 0 });
  const alert = await world.waitUntil('an alert tells of it', async () =>
    (await world.store.alerts.list({ positionId: row.positionId })).find(({ rule }) => rule === 'position_broken'),
  );
  if (isWhole) expect(performance.now() - before).toBeLessThan(30_000);
  expect(alert).toMatchObject({
    severity: 'IMMEDIATE',
    message: expect.stringMatching(/^It holds 100 shares of SPY, .*Legwork closes 100 shares of SPY, then .*711 CALL/),
  });
  const after = await closed(row);
  expect(after).toMatchObject({ exitRule: 'broken_structure', shares: 0 });
  expect(held(row)).toEqual([0, 0, 0, 0]);
  expect(stock()).toBe(0);
  expect(sentRoles(row)).toEqual(['shares', 'leg3', 'leg1', 'leg4']);
  const [change] = await world.store.externalChanges.ofPosition(row.positionId);
  expect(change).toMatchObject({
    kind: 'assigned',
    legNo: 2,
    quantity: 1,
    shares: 100,
    evidence: 'account',
    estimated: false,
  });
  const alerts = await world.store.alerts.list({ positionId: row.positionId });
  expect(alerts.find(({ rule }) => rule === 'position_broken')?.status).toBe('RESOLVED');
  await world.agree();
});

if (isWhole) {
  test('C08 one of three short puts is assigned: two shorts and three longs are closed, leg by leg', async () => {
    const row = await enter(world, otherCondor({ quantity: 3 }));
    const shortPut = row.legs[1];
    world.gateway.fault({ kind: 'assign', conId: shortPut?.contract.conId ?? 0, quantity: 1 });
    await world.cli(['reconcile', '--json']);
    const after = await closed(row);
    expect(after.exitRule).toBe('broken_structure');
    expect(held(row)).toEqual([0, 0, 0, 0]);
    const [alert] = (await world.store.alerts.list({ positionId: row.positionId })).filter(
      ({ rule }) => rule === 'outside_change',
    );
    expect(alert?.message).toContain('1 of 3');
    expect(sentRoles(row)).toEqual(['shares', 'leg2', 'leg3', 'leg1', 'leg4']);
    expect(stock()).toBe(0);
  });
}

describe('while an exit rests at the broker', () => {
  const workingExit = (row: PositionRow) =>
    sentOrders(world.gateway).findLast(({ orderRef }) => orderRef.startsWith(`LW|${row.positionId}|2|combo`));

  /** A close of three combos that does not fill, until the exchange is released. */
  async function resting() {
    const row = await enter(world, otherCondor({ quantity: 3, ignoreSignal: true }));
    world.gateway.fault({ kind: 'holdCombos' });
    const asked = await world.client.close(row.positionId, { pricing: { kind: 'walk' } });
    await world.waitUntil('the exit works', () => workingExit(row) !== undefined);
    return { row, asked };
  }

  /** What happens, and the contracts of each leg that it takes. */
  const CASES: readonly (readonly [string, readonly number[], (row: PositionRow) => void])[] = [
    [
      'a person sells a long leg',
      [1, 0, 0, 0],
      ({ legs: [longPut] }) =>
        world.gateway.fault({ kind: 'manualTrade', conId: longPut?.contract.conId ?? 0, quantity: -1 }),
    ],
    [
      'a short leg is assigned',
      [0, 1, 0, 0],
      ({ legs: [, shortPut] }) =>
        world.gateway.fault({ kind: 'assign', conId: shortPut?.contract.conId ?? 0, quantity: 1 }),
    ],
    [
      'a person closes one whole combo',
      [1, 1, 1, 1],
      ({ legs }) => {
        for (const { contract, openQuantity } of legs)
          world.gateway.fault({ kind: 'manualTrade', conId: contract.conId, quantity: -Math.sign(openQuantity) });
      },
    ],
  ];
  afterEach(() => world.gateway.fault({ kind: 'holdCombos', off: true }));

  test.each(isWhole ? CASES : CASES.slice(0, 1))(
    '%s: the exit is cancelled and planned on what is left',
    async (_, taken, happens) => {
      const { row } = await resting();
      const first = workingExit(row)?.orderRef ?? '';
      const at = performance.now();
      happens(row);
      await world.waitUntil('the exit is cancelled', async () => {
        const intent = await world.store.intents.get(first);
        return intent?.state === 'CANCELLED' && intent;
      });
      expect(performance.now() - at).toBeLessThan(30_000);
      const changes = await world.store.externalChanges.ofPosition(row.positionId);
      expect(row.legs.map(({ legNo }) => changes.filter((one) => one.legNo === legNo).length)).toEqual(taken);
      world.gateway.fault({ kind: 'holdCombos', off: true });
      expect(await closed(row)).toMatchObject({ shares: 0, openCombos: 0 });
      expect(held(row)).toEqual([0, 0, 0, 0]);
      await world.agree();
    },
  );
});

test("a person's own shares stay, block new positions until acknowledged, and are told apart from an assignment's", async () => {
  world.gateway.fault({ kind: 'manualTrade', conId: SPY, quantity: 300 });
  const asked = ask(otherCondor({ ignoreSignal: true }));
  const sharesOf = (quantity: number) =>
    `The account holds ${quantity} SPY STK (contract ${SPY}) that no position knows`;
  const foreign = async () => {
    const found = await world.store.alerts.list({ symbol: 'SPY' });
    return found.filter(({ rule }) => rule === 'reconcile_foreign-position');
  };
  const refused = async (quantity: number) => {
    expect((await world.cli(['reconcile'])).stdout).toContain(sharesOf(quantity));
    const [alert] = await foreign();
    const answer = await answerOf(world.client.enter(asked));
    expect(answer).toMatchObject({ status: 'NOT_ENTERED', code: 'RISK_REFUSED' });
    expect(answer.reasons).toEqual([expect.stringContaining(sharesOf(quantity))]);
    expect(answer.reasons[0]).toContain(`legwork alerts ack ${alert?.alertId}`);
    return alert?.alertId ?? '';
  };
  // Once acknowledged, they are the person's own; others are not.
  const alertId = await refused(300);
  expect(await world.cli(['alerts', 'ack', alertId])).toMatchObject({ code: 0 });
  const row = await enter(world, otherCondor({ ignoreSignal: true }));
  await world.cli(['reconcile']);
  world.gateway.fault({ kind: 'assign', conId: row.legs[2]?.contract.conId ?? 0 });
  await closed(row);
  expect(held(row)).toEqual([0, 0, 0, 0]);
  expect(stock()).toBe(300);
  expect((await world.store.externalChanges.ofPosition(row.positionId))[0]).toMatchObject({
    ...{ kind: 'assigned', legNo: 3, shares: -100 },
  });
  world.gateway.fault({ kind: 'manualTrade', conId: SPY, quantity: 50 });
  expect(await refused(350)).not.toBe(alertId);
  // Once gone, they block nothing.
  world.gateway.fault({ kind: 'manualTrade', conId: SPY, quantity: -350 });
  const free = await answerOf(world.client.enter(asked));
  expect(free.status).toBe('OPENED');
  // A comparison in the moment of the assignment tells of the 200 shares left then, and of nothing else.
  const told = await foreign();
  const known = [sharesOf(300), sharesOf(350)];
  expect(
    told.filter(({ message }) => known.some((text) => message.includes(text))).map(({ status }) => status),
  ).toEqual(['RESOLVED', 'RESOLVED']);
  const others = told.filter(({ message }) => !known.some((text) => message.includes(text)));
  expect(others.filter(({ message, status }) => status !== 'RESOLVED' || !message.includes(sharesOf(200)))).toEqual([]);
  expect(await close(world, free.positionId ?? '')).toMatchObject({ result: 'CLOSED' });
});

/**
 * Misleading markets: one bad ask closes nothing, and a wing without a bid blocks no exit.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PositionRow } from '../../src/store/api.js';
import { answerOf, decided, ended, enter, namedCondor, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { onlyRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';
import { atBroker, caught, framesSince, isOrder, mark, marketTime } from './support.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 11,
    speed: 8,
    scenario: {
      market: STILL,
      exchange: { ...WILLING.exchange, cash: 20_000_000 },
    },
    settings: {
      rules: onlyRules({ catastropheProtection: { ivSpike: 1 }, stopLoss: { credit: 0.5 }, takeProfit: {} }, true),
    },
  });
});
afterAll(() => world?.stop());

const shortPut = (row: PositionRow) => row.legs[1]?.contract.conId ?? 0;

/** The market shows no bid for a long leg from now on. */
function withoutBid(leg: PositionRow['legs'][number] | undefined): void {
  world.gateway.set({ kind: 'quote', conId: leg?.contract.conId ?? 0, fault: 'noBid', ms: 3_600_000 });
}

/** Shifts implied volatility, and back again after the steps. */
async function shifted(ivAdd: number, steps: () => Promise<void>): Promise<void> {
  world.gateway.set({ kind: 'shock', symbol: 'SPY', ivAdd });
  try {
    await steps();
  } finally {
    world.gateway.set({ kind: 'shock', symbol: 'SPY', ivAdd: -ivAdd });
  }
}

test('one bad ask: the poll that sees it decides nothing, and no order is sent', async () => {
  const row = await enter(world, namedCondor());
  const from = mark(world.gateway);
  const ask = 77.77;
  world.gateway.set({ kind: 'quote', conId: shortPut(row), fault: 'bad', ms: 1_500, ask });
  const tick = await caught(
    world.gateway,
    from,
    (entry) => entry.dir === 'out' && entry.type === 'TICK_PRICE' && Number(entry.fields.price) === ask,
  );
  // Every confirmation from one poll would be over by now.
  await marketTime(world, tick.at + 60_000);
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);
  expect(await world.store.decisions.countByRule(row.positionId)).toEqual({});
  const after = await world.client.execution(row.positionId);
  expect(after).toMatchObject({ status: 'FILLED', openCombos: 1 });
  expect(after.memory.peakProfitPct).toBeLessThan(1);
  await answerOf(world.client.close(row.positionId, { pricing: { kind: 'market' } }));
  await ended(world, row.positionId);
});

test('a far wing without a bid: the stop closes the position', async () => {
  const row = await enter(world, namedCondor());
  withoutBid(row.legs[0]);
  await shifted(0.15, async () => {
    await decided(world, row.positionId, 'stop_loss_hard');
    expect(await ended(world, row.positionId)).toMatchObject({ status: 'CLOSED', exitRule: 'stop_loss_hard' });
  });
  expect(ordersOf(world.gateway, row.positionId)).toHaveLength(2);
  expect(atBroker(world)).toEqual([]);
});

test('a far wing without a bid: the profit is taken', async () => {
  const { legs = [] } = namedCondor();
  // The wing of the other test still shows no bid.
  const [wing, ...others] = legs;
  const lower = wing === undefined ? [] : [{ ...wing, strike: 606 }];
  // The quotes of the previous test return one leg at a time: until then the legs have no possible net.
  const row = await world.waitUntil('the market is one again', () =>
    enter(world, namedCondor({ quantity: 2, legs: [...lower, ...others] })).catch(() => undefined),
  );
  withoutBid(row.legs[3]);
  await shifted(-0.08, async () => {
    await decided(world, row.positionId, 'take_profit_partial');
    await world.waitUntil(
      'half is closed',
      async () => (await world.client.execution(row.positionId)).openCombos === 1,
    );
  });
  await answerOf(world.client.close(row.positionId, { pricing: { kind: 'market' } }));
  await ended(world, row.positionId);
  expect(atBroker(world)).toEqual([]);
});

test('an exit whose price the broker keeps refusing goes on until it fills', async () => {
  const row = await world.waitUntil('the market is one again', () =>
    enter(world, { ...namedCondor(), ignoreSignal: true, legs: inner() }).catch(() => undefined),
  );
  const text = 'Order rejected - reason:Riskless combination orders are not allowed.';
  world.gateway.fault({ kind: 'rejectNext', n: 5, code: 201, text, on: 'new' });
  expect(await answerOf(world.client.close(row.positionId, { pricing: { kind: 'market' } }))).toMatchObject({
    result: 'CLOSED',
    filledCombos: 1,
  });
  await ended(world, row.positionId);
  const closes = (await world.store.intents.list({ positionId: row.positionId })).filter(
    ({ purpose }) => purpose === 'REDUCE',
  );
  expect(closes.filter(({ state }) => state === 'REJECTED')).toHaveLength(5);
  expect(closes.filter(({ state }) => state === 'FILLED')).toHaveLength(1);
  expect(atBroker(world)).toEqual([]);
});

/** Strikes whose quotes no other test spoils. */
function inner() {
  const { legs = [] } = namedCondor();
  const strikes = [610, 620, 710, 720];
  return legs.map((leg, index) => ({ ...leg, strike: strikes[index] ?? 0 }));
}

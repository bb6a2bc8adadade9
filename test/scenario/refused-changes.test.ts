/**
 * A2: changes of combos. IB accepts one that carries the contract as IB shows it, and refuses others with 105. A refused change is made
 * by cancel and replace: the exit reaches natural about as soon as with accepted changes, and never works twice.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JournalEntry } from 'ib-gateway';
import { answerOf, ended, enter, namedCondor, otherCondor } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { isWhole } from '../support/whole.js';
import { ordersOf, type SentOrder } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

/** Market seconds at each price of the walks, the same for every urgency, so that only the number of steps differs. */
const STEP_S = 10;
const STEPS = { normal: 5, high: 3, immediate: 1 } as const;

/** One of three combos fills at once, the others 20 s later; a single combo has no parts. */
const IN_THREE = [{ fraction: 0.34 }, { fraction: 1, afterSeconds: 20 }];

let world: World;

beforeAll(async () => {
  const walk = Object.fromEntries(Object.entries(STEPS).map(([pace, steps]) => [pace, { steps, stepSeconds: STEP_S }]));
  world = await startWorld({
    seed: 5,
    // A step lasts four wall seconds: a busy machine that stands still for two of them sees no step more.
    speed: 2.5,
    // Only what crosses every leg at once fills.
    scenario: {
      market: STILL,
      exchange: { fills: { atMid: 0, nearNatural: 0, displayedSize: false, partialOn: 'close', partial: IN_THREE } },
    },
    settings: { rules: noRules(), orders: { walk, entryWorstShare: 1 } },
  });
}, 90_000);
afterAll(() => world?.stop(), 90_000);

interface Exit {
  readonly orders: readonly SentOrder[];
  /** Market time from its first order to its fill, in steps. */
  readonly steps: number;
}

type Urgency = 'NORMAL' | 'HIGH' | 'IMMEDIATE';

async function exit(symbolLegs: typeof namedCondor, urgency: Urgency, before: () => void): Promise<Exit> {
  const { positionId } = await enter(world, symbolLegs({ ignoreSignal: true, pricing: { kind: 'market' } }));
  const opened = ordersOf(world.gateway, positionId).length;
  before();
  expect(await answerOf(world.client.close(positionId, { pricing: { kind: 'walk' }, urgency }), 120_000)).toMatchObject(
    { result: 'CLOSED' },
  );
  await ended(world, positionId, 60_000);
  await world.agree(30_000);
  const orders = ordersOf(world.gateway, positionId).slice(opened);
  const from = orders[0]?.first.at ?? Number.NaN;
  const filled = executionsOf(orders.at(-1)?.orderId).at(-1)?.at ?? Number.NaN;
  return { orders, steps: (filled - from) / (STEP_S * 1000) };
}

const executionsOf = (orderId: number | undefined): readonly JournalEntry[] =>
  world.gateway
    .journal()
    .filter(({ dir, type, fields }) => dir === 'out' && type === 'EXECUTION_DATA' && fields.orderId === orderId);

/** The end of an order, as the gateway reported it. */
const endOf = ({ orderId }: SentOrder): number =>
  world.gateway
    .journal()
    .filter(({ dir, type, fields }) => dir === 'out' && type === 'ORDER_STATUS' && fields.orderId === orderId)
    .find(({ fields }) => ['Cancelled', 'Filled'].includes(String(fields.status)))?.n ?? Number.POSITIVE_INFINITY;

test.each(['NORMAL', 'HIGH', 'IMMEDIATE'] as const)(
  'A2 a %s exit walks one combo with the contract as shown',
  async (urgency) => {
    const { orders, steps } = await exit(namedCondor, urgency, () => undefined);
    expect(orders).toHaveLength(1);
    const [order] = orders;
    const [placed, ...changes] = order?.frames ?? [];
    expect(changes.length).toBe(urgency === 'IMMEDIATE' ? 0 : STEPS[urgency.toLowerCase() as 'high' | 'normal'] - 1);
    for (const { fields } of changes) {
      expect(fields).toMatchObject({ conId: 28_812_380, goodTillDate: placed?.fields.goodTillDate });
    }
    expect(refusalsOf(orders)).toEqual([]);
    expect(steps).toBeLessThan(STEPS[urgency.toLowerCase() as keyof typeof STEPS] + 0.5);
  },
  240_000,
);

const refusalsOf = (orders: readonly SentOrder[]) =>
  world.gateway
    .journal()
    .filter(({ dir, type }) => dir === 'out' && type === 'ERR_MSG')
    .filter(({ fields }) => orders.some(({ orderId }) => orderId === fields.id) && Number(fields.code) !== 202)
    .map(({ fields }) => fields.code);

const CODES: readonly (readonly [number, string])[] = [
  [103, 'Duplicate order id'],
  [105, 'Order being modified does not match original order.'],
  [110, 'The price does not conform to the minimum price variation for this contract.'],
  [201, 'Order rejected - reason:a test'],
  [329, 'Order modify failed. Cannot change to the new order type.'],
];

/** Every code at both paces. In the ordinary suite: one that refuses the order as sent, and one with a reason. */
const CASES = CODES.flatMap(([code, text]) =>
  (['NORMAL', 'HIGH'] as const).map((urgency) => [code, urgency, text] as const),
);

test.each(CASES.filter(([code]) => isWhole || [105, 201].includes(code)))(
  'A2 changes refused with %i: a %s exit is cancelled and replaced at each step, one live order at a time',
  async (code, urgency, text) => {
    const refuse = { kind: 'rejectNext', on: 'modify', code, text, n: 20 } as const;
    const { orders, steps } = await exit(otherCondor, urgency, () => world.gateway.fault(refuse));
    world.gateway.fault({ kind: 'clear' });
    // Each order was placed once and changed once, except the last. Two steps may have one price on the grid.
    const most = urgency === 'HIGH' ? 2 : STEPS.normal;
    expect(orders.length).toBeGreaterThanOrEqual(Math.min(most, 3));
    expect(orders.length).toBeLessThanOrEqual(most);
    expect(refusalsOf(orders)).toEqual(Array.from({ length: orders.length - 1 }, () => code));
    for (const [index, order] of orders.slice(1).entries()) {
      const former = orders[index];
      expect(former && endOf(former)).toBeLessThan(order.first.n);
    }
    const slack = urgency === 'HIGH' ? 1 : 2;
    expect(steps).toBeLessThan(STEPS[urgency === 'HIGH' ? 'high' : 'normal'] + slack);
    const intents = await world.store.intents.list({ limit: orders.length });
    expect(intents.map(({ state }) => state).reverse()).toEqual([...orders.slice(1).map(() => 'CANCELLED'), 'FILLED']);
  },
  240_000,
);

test('A2 the filled part of a replaced order shrinks its successor', async () => {
  const { positionId } = await enter(
    world,
    namedCondor({ ignoreSignal: true, quantity: 3, pricing: { kind: 'market' } }),
  );
  const opened = ordersOf(world.gateway, positionId).length;
  world.gateway.fault({
    kind: 'rejectNext',
    on: 'modify',
    code: 105,
    text: 'Order being modified does not match',
    n: 1,
  });
  const asked = answerOf(world.client.close(positionId, { pricing: { kind: 'walk' }, urgency: 'IMMEDIATE' }), 120_000);
  await world.waitUntil('one combo of three is closed', async () => {
    const { openCombos } = await world.client.execution(positionId);
    return openCombos === 2;
  });
  // Natural moves, so the price of the rest is to be changed.
  world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 1.005, ivAdd: 0 });
  expect(await asked).toMatchObject({ result: 'CLOSED', filledCombos: 3 });
  await ended(world, positionId, 60_000);
  await world.agree(30_000);
  const sizes = ordersOf(world.gateway, positionId)
    .slice(opened)
    .map(({ first }) => Number(first.fields.quantity));
  expect(sizes).toEqual([3, 2]);
  // The change was refused when its step was over: the replacement reaches natural within one step more.
  const [former, successor] = ordersOf(world.gateway, positionId).slice(opened);
  const refusedAt = former?.frames[1]?.at ?? Number.NaN;
  const filled = executionsOf(successor?.orderId)[0]?.at ?? Number.NaN;
  expect((filled - refusedAt) / (STEP_S * 1000)).toBeLessThan(1);
}, 240_000);

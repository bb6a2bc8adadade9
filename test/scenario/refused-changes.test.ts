/**
 * A2: changes of combos. IB accepts one that carries the contract as IB shows it, and refuses others with 105. A refused change is made
 * by cancel and replace: the exit reaches natural about as soon as with accepted changes, and never works twice. That it waits for nothing
 * in between is read from its history; how long it takes depends on the machine, so `npm run test:slow` measures it.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
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

/** Two of three combos fill at once, the other later than any test lasts; a single combo has no parts. */
const TWO_OF_THREE = [{ fraction: 0.67 }, { fraction: 1, afterSeconds: 7_200 }];
/** No order ends by its own time, however slow the machine is. */
const GOOD_TILL = { normal: 3_600, high: 3_600, immediate: 3_600 };

let world: World;

const settingsOf = (stepSeconds: number) => {
  const walk = Object.fromEntries(Object.entries(STEPS).map(([pace, steps]) => [pace, { steps, stepSeconds }]));
  return { rules: noRules(), orders: { walk, exitGoodTill: GOOD_TILL, entryWorstShare: 1 } };
};

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    speed: 1.25,
    // Only what crosses every leg at once fills.
    scenario: {
      market: STILL,
      exchange: {
        fills: { atMid: 0, nearNatural: 0, displayedSize: false, partialOn: 'close', partial: TWO_OF_THREE },
      },
    },
    settings: settingsOf(STEP_S),
  });
}, 90_000);
afterAll(() => world?.stop(), 90_000);

/** What the position did to an order that it replaced, from the refused change to the placing of the successor. */
interface Replacement {
  /** A wait for a step would be a `followOrder` among them. */
  readonly activities: readonly string[];
  /** Number of the step that was refused, and of the one that the successor begins with. */
  readonly refused: number;
  readonly begun: number;
}

interface Exit {
  readonly orders: readonly SentOrder[];
  readonly replacements: readonly Replacement[];
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
  return { orders, replacements: await replacementsOf(positionId), steps: (filled - from) / (STEP_S * 1000) };
}

async function replacementsOf(positionId: string): Promise<readonly Replacement[]> {
  const { client } = await world.client.links.temporal();
  const { events } = await client.workflow.getHandle(`position-${positionId}`).fetchHistory();
  const called = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    if (scheduled == null) return [];
    const [payload] = scheduled.input?.payloads ?? [];
    const input = payload && defaultPayloadConverter.fromPayload<{ walk?: { stepNo: number } } | undefined>(payload);
    return [{ name: scheduled.activityType?.name ?? '', stepNo: input?.walk?.stepNo ?? Number.NaN }];
  });
  return called.flatMap(({ name }, at) => {
    if (name !== 'cancelOrder') return [];
    const end = called.findIndex((one, index) => index > at && one.name === 'placeOrder');
    const some = called.slice(at - 1, end + 1);
    const [repriced, , prepared] = some;
    const refused = (repriced?.stepNo ?? Number.NaN) + 1;
    return [{ activities: some.map((one) => one.name), refused, begun: prepared?.stepNo ?? Number.NaN }];
  });
}

const AT_ONCE = ['repriceOrder', 'cancelOrder', 'prepareOrder', 'placeOrder'];

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
    const { orders, replacements, steps } = await exit(namedCondor, urgency, () => undefined);
    expect(orders).toHaveLength(1);
    expect(replacements).toEqual([]);
    const [order] = orders;
    const [placed, ...changes] = order?.frames ?? [];
    const limits = changes.map(({ fields }) => fields.limitPrice);
    expect(limits).toHaveLength(urgency === 'IMMEDIATE' ? 0 : STEPS[urgency.toLowerCase() as 'high' | 'normal'] - 1);
    for (const { fields } of changes) {
      expect(fields).toMatchObject({ conId: 28_812_380, goodTillDate: placed?.fields.goodTillDate });
    }
    expect(refusalsOf(orders)).toEqual([]);
    if (isWhole) expect(steps).toBeLessThan(STEPS[urgency.toLowerCase() as keyof typeof STEPS] + 0.5);
  },
  240_000,
);

/** A step is asked for once, refused once, and made by a successor that begins with it; an urgent one begins at natural. */
function expectEachStepOnce({ orders, replacements }: Exit, urgency: 'NORMAL' | 'HIGH'): void {
  const last = orders.length - 1;
  expect(orders.map(({ frames }) => frames.length)).toEqual(orders.map((_, index) => (index === last ? 1 : 2)));
  for (const { activities, refused, begun } of replacements) {
    expect(activities).toEqual(AT_ONCE);
    expect(begun).toBe(urgency === 'HIGH' ? STEPS.high : refused);
  }
  expect(replacements).toHaveLength(last);
}

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
    const { orders, replacements, steps } = await exit(otherCondor, urgency, () => world.gateway.fault(refuse));
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
    expectEachStepOnce({ orders, replacements, steps }, urgency);
    const slack = urgency === 'HIGH' ? 1 : 2;
    if (isWhole) expect(steps).toBeLessThan(STEPS[urgency === 'HIGH' ? 'high' : 'normal'] + slack);
    const intents = await world.store.intents.list({ limit: orders.length });
    expect(intents.map(({ state }) => state).reverse()).toEqual([...orders.slice(1).map(() => 'CANCELLED'), 'FILLED']);
  },
  240_000,
);

test('A2 the filled part of a replaced order shrinks its successor', async () => {
  // The market moves before the only step is over, also on a slow machine.
  world.log.length = 0;
  world.writeSettings(settingsOf(6 * STEP_S));
  await world.waitUntil('the settings are read', () => world.log.some((line) => line.includes('settings reloaded')));
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
  await world.waitUntil('two combos of three are closed', async () => {
    const { openCombos } = await world.client.execution(positionId);
    return openCombos === 1;
  });
  // Natural moves, so the price of the rest is to be changed.
  world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 1.005, ivAdd: 0 });
  expect(await asked).toMatchObject({ result: 'CLOSED', filledCombos: 3 });
  await ended(world, positionId, 60_000);
  await world.agree(30_000);
  const sizes = ordersOf(world.gateway, positionId)
    .slice(opened)
    .map(({ first }) => Number(first.fields.quantity));
  expect(sizes).toEqual([3, 1]);
  expect((await replacementsOf(positionId)).map(({ activities }) => activities)).toEqual([AT_ONCE]);
  // The change was refused when its step was over: the replacement reaches natural within one step more.
  const [former, successor] = ordersOf(world.gateway, positionId).slice(opened);
  const refusedAt = former?.frames[1]?.at ?? Number.NaN;
  const filled = executionsOf(successor?.orderId)[0]?.at ?? Number.NaN;
  if (isWhole) expect((filled - refusedAt) / (STEP_S * 1000)).toBeLessThan(1);
}, 240_000);

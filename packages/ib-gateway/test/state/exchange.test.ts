/** An exchange that continues from an earlier one's saved state, in the small market with known prices. */
import fc from 'fast-check';
import type { ExchangeScenarioInput } from '../../src/exchange/config.js';
import {
  CALL_105,
  CALL_110,
  CONDOR,
  CONDOR_BACK,
  MONDAY_10,
  makeWorld,
  PUT_90,
  PUT_95,
  single,
  type World,
} from '../exchange/world.js';

const SECOND = 1000;

/** The same exchange in a new process, `gap` ms of market time later; the market shows its first quotes again. */
function restarted(world: World, { gap = 0, scenario = {}, generation = 1 }: Restart = {}): World {
  const at = world.clock.now();
  const state = JSON.parse(JSON.stringify(world.exchange.state()));
  return makeWorld(scenario, { start: at + gap, saved: { state, at, generation } });
}

interface Restart {
  readonly gap?: number;
  readonly scenario?: ExchangeScenarioInput;
  readonly generation?: number;
}

describe('after a restart', () => {
  it('a bracket is still one: the parent fills, the children come to life, one ends the other', () => {
    const before = makeWorld();
    const parent = before.place({ limitPrice: 0.3, quantity: 2, transmit: false });
    const child = { parentId: parent, action: 'SELL', quantity: 2 } as const;
    const target = before.place({ ...child, limitPrice: 1.2, transmit: false });
    const stop = before.place({ ...child, orderType: 'STP', auxPrice: 0.1 });
    const world = restarted(before);
    expect(world.exchange.openOrders().map(({ whyHeld }) => whyHeld)).toEqual(['', 'child', 'child']);
    world.market.show(CALL_105, { bid: 0.28, ask: 0.3 });
    world.wait(2);
    expect(world.exchange.openOrders().map(({ whyHeld }) => whyHeld)).toEqual(['', 'trigger']);
    const again = restarted(world, { generation: 2 });
    again.market.show(CALL_105, { bid: 1.25, ask: 1.3 });
    again.wait(2);
    expect([target, stop].map((id) => again.statuses(id).at(-1))).toEqual(['Filled', 'Cancelled']);
    expect(again.exchange.positions()).toEqual([]);
  });

  it('the holder is still taken at his word: the option is exercised in the night', () => {
    const before = makeWorld();
    before.exchange.faults.manualTrade(CALL_105.conId, 2, 1);
    before.exchange.exercise?.({ conId: CALL_105.conId, action: 'exercise', quantity: 1, override: true });
    const world = restarted(before);
    world.clock.advance(Date.parse('2026-03-03T07:00:00Z'));
    const held = world.exchange.positions().map(({ contract, quantity }) => [contract.localSymbol, quantity]);
    expect(held).toEqual([
      ['ABC', 100],
      [CALL_105.localSymbol, 1],
    ]);
  });

  it('an order that was not transmitted is gone, and its id used', () => {
    const before = makeWorld();
    const id = before.place({ transmit: false });
    const world = restarted(before);
    expect(world.exchange.openOrders()).toEqual([]);
    expect(world.exchange.nextOrderId(1)).toBe(id + 1);
  });

  it('a partial fill goes on where the plan was', () => {
    const plan = { fills: { partial: [{ fraction: 0.5 }, { fraction: 1, afterSeconds: 10 }] } };
    const before = makeWorld(plan);
    const id = before.place({ ...CONDOR, limitPrice: -0.7, quantity: 4, orderRef: 'c' });
    before.wait(2);
    const world = restarted(before, { scenario: plan });
    expect(world.exchange.openOrders()).toMatchObject([{ filled: 2, remaining: 2 }]);
    world.wait(10);
    expect(world.statuses(id).at(-1)).toBe('Filled');
    const executions = world.exchange.executions({});
    expect(executions.map(({ cumQty }) => cumQty)).toEqual([2, 2, 2, 2, 2, 4, 4, 4, 4, 4]);
    expect(new Set(executions.map(({ execId }) => execId)).size).toBe(10);
  });

  it('commissions and the confirmation of a cancel that were under way still come', () => {
    const slow = { commissionSeconds: 30, cancelSeconds: 30 };
    const before = makeWorld(slow);
    before.place({ limitPrice: 0.63 });
    const resting = before.place({ ...single(PUT_95), orderId: 2 });
    before.wait(2);
    before.exchange.cancel(1, resting);
    const world = restarted(before, { scenario: slow });
    const [execution] = world.exchange.executions({});
    expect(world.exchange.commissions(execution?.execId ?? '')).toBeUndefined();
    world.wait(31);
    expect(world.exchange.commissions(execution?.execId ?? '')).toMatchObject({ commission: 0.68 });
    expect(world.statuses(resting)).toEqual(['Cancelled']);
  });

  it('an order that was on its way becomes known when its time comes', () => {
    const late = { acknowledgements: { comboSeconds: [30, 30] as [number, number] } };
    const before = makeWorld(late);
    const id = before.place({ ...CONDOR, limitPrice: -0.9 });
    before.wait(10);
    const world = restarted(before, { scenario: late });
    expect(world.exchange.openOrders()).toEqual([]);
    world.wait(19);
    expect(world.statuses(id)).toEqual([]);
    world.wait(1);
    expect(world.statuses(id)).toEqual(['Submitted']);
    expect(world.exchange.openOrders()).toHaveLength(1);
  });

  it('an order that the system was about to end is ended', () => {
    const before = makeWorld();
    before.exchange.faults.endNext(1, { as: 'cancelled', text: 'Odd.', ms: 30 * SECOND });
    const id = before.place({ ...CONDOR, limitPrice: -0.9 });
    before.wait(10);
    const world = restarted(before);
    world.wait(20);
    expect(world.statuses(id)).toEqual(['Cancelled']);
    expect(world.errors()).toEqual([{ id, code: 202, text: 'Order Canceled - reason:Odd.' }]);
  });

  it('an order that lost its client is still out of reach, an Inactive one still listed', () => {
    const before = makeWorld({ cash: 800, inactiveOrders: 'listed' });
    const lost = before.place({ ...single(PUT_90), orderId: 1 });
    before.exchange.faults.loseOrders({ orderRefPrefix: '', shownId: -2 });
    const poor = before.place({ ...CONDOR, orderId: 2, quantity: 2, limitPrice: -0.7 });
    const world = restarted(before);
    const listed = world.exchange.openOrders().map(({ request, status }) => [request.orderId, status]);
    expect(listed).toEqual([
      [-2, 'Submitted'],
      [poor, 'Inactive'],
    ]);
    world.exchange.cancel(1, lost);
    world.exchange.cancel(1, -2);
    expect(world.errors().map(({ code }) => code)).toEqual([10147, 10147]);
  });

  it('a day that ended in between has ended: its orders die, its executions are forgotten, its positions stay', () => {
    const before = makeWorld();
    before.place({ limitPrice: 0.63 });
    const day = before.place({ ...single(PUT_95), orderId: 2 });
    const gtc = before.place({ ...single(PUT_90), orderId: 3, tif: 'GTC' });
    before.clock.advance(Date.parse('2026-03-02T20:59:59Z'));
    const soon = restarted(before, { gap: 3 * SECOND });
    soon.wait(0);
    expect(soon.statuses(day)).toEqual(['Cancelled']);
    expect(soon.exchange.executions({})).toHaveLength(1);
    const tomorrow = restarted(before, { gap: 12 * 3600 * SECOND });
    tomorrow.wait(0);
    expect(tomorrow.exchange.executions({})).toEqual([]);
    expect(tomorrow.exchange.openOrders().map(({ request }) => request.orderId)).toEqual([gtc]);
    expect(tomorrow.exchange.positions()).toHaveLength(1);
  });

  it('an option that expired in between is settled', () => {
    const before = makeWorld({
      positions: [{ contract: { symbol: 'IDX', expiry: '20260306', strike: 105, right: 'C' }, quantity: 1, price: 1 }],
    });
    before.clock.advance(Date.parse('2026-03-06T20:59:00Z'));
    const world = restarted(before, { gap: 120 * SECOND });
    world.wait(0);
    expect(world.exchange.positions()).toEqual([]);
  });

  it('scripted events come once', () => {
    const scenario = {
      events: [11, 12].map((hour) => ({
        kind: 'margin' as const,
        at: Date.parse(`2026-03-02T${hour + 5}:00:00Z`),
        factor: hour - 9,
      })),
      positions: [
        { contract: { symbol: 'ABC', expiry: '20260306', strike: 95, right: 'P' as const }, quantity: -1, price: 1 },
      ],
    };
    const margin = (world: World) => world.exchange.accountValues().MaintMarginReq ?? 0;
    const before = makeWorld(scenario);
    const calm = margin(before);
    before.clock.advance(Date.parse('2026-03-02T16:00:00Z'));
    before.exchange.faults.marginFactor(1.5);
    const world = restarted(before, { scenario });
    world.wait(60);
    // Neither the initial position nor the event at eleven came again.
    expect(margin(world) / calm).toBeCloseTo(1.5, 6);
    world.clock.advance(Date.parse('2026-03-02T17:00:00Z'));
    expect(margin(world) / calm).toBeCloseTo(3, 6);
  });

  it('the same references get other ids, in every generation', () => {
    const ids = (world: World) => {
      const orderId = world.exchange.nextOrderId(1);
      world.place({ limitPrice: 0.63, orderRef: 'same' });
      world.wait(2);
      const done = world.exchange.executions({}).filter((execution) => execution.orderId === orderId);
      return done.map(({ permId, execId }) => [permId, execId] as const);
    };
    let world = makeWorld();
    const all = [...ids(world)];
    for (let generation = 1; generation <= 5; generation += 1) {
      world = restarted(world, { generation });
      all.push(...ids(world));
    }
    expect(all).toHaveLength(6);
    expect(new Set(all.map(([permId]) => permId)).size).toBe(6);
    expect(new Set(all.map(([, execId]) => execId)).size).toBe(6);
  });
});

/** Orders at their seconds; each has a reference, so that its random draws are the same in every run. */
const SCRIPT: readonly (readonly [number, (world: World) => void])[] = [
  [0, (world) => world.place({ ...CONDOR, orderId: 1, limitPrice: -0.76, quantity: 4, orderRef: 'a', tif: 'GTC' })],
  [3, (world) => world.place({ ...single(CALL_110), orderId: 2, limitPrice: 0.21, orderRef: 'b' })],
  [
    9,
    (world) =>
      world.place({ ...single(PUT_90), orderId: 3, limitPrice: 0.21, orderRef: 'c', ocaGroup: 'g', ocaType: 1 }),
  ],
  [
    9,
    (world) =>
      world.place({ ...single(CALL_110), orderId: 4, limitPrice: 0.22, orderRef: 'd', ocaGroup: 'g', ocaType: 1 }),
  ],
  [30, (world) => world.exchange.cancel(1, 2)],
  [60, (world) => world.place({ ...CONDOR_BACK, orderId: 5, limitPrice: 0.84, quantity: 2, orderRef: 'e' })],
];
const END = 240;

/** The results of the script's run: cash, positions, and trades without their ids. */
function outcome(seed: number, breaks: ReadonlySet<number>): unknown {
  let world = makeWorld({}, { seed });
  let generation = 0;
  for (let second = 0; second < END; second += 1) {
    for (const [at, act] of SCRIPT) if (at === second) act(world);
    world.wait(1);
    if (breaks.has(second)) {
      generation += 1;
      const state = JSON.parse(JSON.stringify(world.exchange.state()));
      const at = world.clock.now();
      world = makeWorld({}, { seed, start: at, saved: { state, at, generation } });
    }
  }
  const { exchange } = world;
  return {
    cash: exchange.accountValues().TotalCashValue,
    realized: exchange.pnl().realized,
    positions: exchange.positions(),
    open: exchange.openOrders().map(({ request, permId, filled }) => [request.orderRef, permId, filled]),
    trades: exchange
      .executions({})
      .map(({ at, shares, price, orderRef }) => [(at - MONDAY_10) / SECOND, shares, price, orderRef]),
  };
}

it('whenever it was restarted, the day ends as it would have without', () => {
  // An order placed after a restart has another permanent id, so orders are compared by their fills.
  const plain = (result: unknown) => JSON.stringify(result, (key, value) => (key === 'open' ? undefined : value));
  const seeds = fc.integer({ min: 1, max: 40 });
  const breaks = fc.uniqueArray(fc.integer({ min: 0, max: END - 1 }), { minLength: 1, maxLength: 4 });
  let traded = 0;
  fc.assert(
    fc.property(seeds, breaks, (seed, seconds) => {
      const whole = outcome(seed, new Set());
      traded += (whole as { trades: readonly unknown[] }).trades.length;
      expect(plain(outcome(seed, new Set(seconds)))).toBe(plain(whole));
    }),
    { numRuns: 25 },
  );
  expect(traded).toBeGreaterThan(25);
});

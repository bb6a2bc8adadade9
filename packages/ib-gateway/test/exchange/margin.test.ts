/** Margin, and orders without enough of it. */
import { CALL_105, CALL_110, CONDOR, makeWorld, PUT_90, PUT_95, single, type World } from './world.js';

const value = (world: World, tag: string): number => world.exchange.accountValues()[tag] ?? Number.NaN;
const held = (world: World) =>
  world.exchange.positions().map(({ contract, quantity }) => [contract.localSymbol, quantity]);
const put = (strike: number, quantity: number) => ({
  contract: { symbol: 'ABC', expiry: '20260306', strike, right: 'P' as const },
  quantity,
  price: 1,
});

describe('the requirement', () => {
  it('a condor needs the margin of its wider side only', () => {
    const world = makeWorld();
    world.place({ ...CONDOR, quantity: 3, limitPrice: -0.7 });
    world.wait(1);
    expect(world.exchange.positions()).toHaveLength(4);
    expect([value(world, 'InitMarginReq'), value(world, 'MaintMarginReq')]).toEqual([1500, 1500]);
  });

  it('an uncovered put needs its premium plus 20 % of the stock, less what it is out of the money', () => {
    const world = makeWorld({ positions: [put(95, -1)] });
    expect(value(world, 'MaintMarginReq')).toBeCloseTo(100 * (0.61 + 0.2 * 100 - 5), 6);
  });

  it('is multiplied when the broker says so, and equity below it buys nothing more', () => {
    const world = makeWorld({ cash: 2000 });
    world.place({ ...CONDOR, quantity: 2, limitPrice: -0.7 });
    world.wait(1);
    world.exchange.faults.marginFactor(2.5);
    expect(value(world, 'MaintMarginReq')).toBe(2500);
    expect(value(world, 'ExcessLiquidity')).toBeLessThan(0);
    const id = world.place({ ...single(PUT_90), orderId: 9, limitPrice: 0.23 });
    expect(world.statuses(id)).toEqual(['Inactive']);
    // An order that only closes is always accepted.
    world.place({ ...single(CALL_105), orderId: 10, limitPrice: 0.63 });
    expect(world.exchange.openOrders().map(({ request }) => request.orderId)).toEqual([10]);
  });
});

describe('liquidation', () => {
  const SHORT = { positions: [put(95, -1)], cash: 1700 };

  it('comes without a call, is marked, and leaves what is covered', () => {
    const world = makeWorld({
      ...SHORT,
      positions: [put(95, -1), put(90, 1)],
      margin: { liquidateEveryMinutes: 15 },
    });
    world.wait(3600);
    expect(world.exchange.executions({})).toEqual([]);
    world.exchange.faults.marginFactor(4);
    world.wait(900);
    const [execution, ...others] = world.exchange.executions({});
    expect(others).toEqual([]);
    expect(execution).toMatchObject({
      liquidation: 1,
      orderId: 2147483647,
      clientId: 0,
      side: 'BOT',
      price: 0.63,
      shares: 1,
    });
    expect(held(world)).toEqual([[PUT_90.localSymbol, 1]]);
    expect(value(world, 'ExcessLiquidity')).toBeGreaterThanOrEqual(0);
  });

  it('is not liquidated while covered, nor when the broker does not check', () => {
    const rich = makeWorld({ ...SHORT, cash: 100_000, margin: { liquidateEveryMinutes: 15 } });
    const lenient = makeWorld(SHORT);
    lenient.exchange.faults.marginFactor(4);
    for (const world of [rich, lenient]) {
      world.wait(4 * 3600);
      expect(held(world)).toEqual([[PUT_95.localSymbol, -1]]);
    }
  });

  it('waits for the session', () => {
    const world = makeWorld({ ...SHORT, margin: { liquidateEveryMinutes: 15 } });
    world.clock.advance(Date.parse('2026-03-02T21:05:00Z'));
    world.exchange.faults.marginFactor(4);
    world.clock.advance(Date.parse('2026-03-03T14:29:59Z'));
    expect(held(world)).toEqual([[PUT_95.localSymbol, -1]]);
    world.wait(1);
    expect(held(world)).toEqual([]);
  });

  it('a liquidation by the broker takes no more than is held', () => {
    const world = makeWorld();
    expect(world.exchange.faults.liquidate(CALL_110.conId)).toBe(false);
    expect(world.exchange.faults.manualTrade(CALL_110.conId, -2)).toBe(true);
    expect(world.exchange.faults.liquidate(CALL_110.conId, 5)).toBe(true);
    expect(held(world)).toEqual([]);
    expect(world.exchange.executions({}).map(({ side, shares, liquidation }) => [side, shares, liquidation])).toEqual([
      ['SLD', 2, 0],
      ['BOT', 2, 1],
    ]);
  });
});

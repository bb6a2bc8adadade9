/** Stop orders by trigger method, and orders that do not wait. */
import { CALL_105, makeWorld, PUT_95, STOCK, single, type World } from './world.js';

interface Shown {
  readonly bid?: number;
  readonly ask?: number;
  readonly last?: number;
  readonly size?: number;
}

/** A buy stop at 101 of the stock: whether it is elected by quotes that last a second each. */
function elected(triggerMethod: number, ...shown: readonly Shown[]): boolean {
  const world = makeWorld();
  const id = world.place({ ...single(STOCK), orderId: 1, orderType: 'STP', auxPrice: 101, triggerMethod });
  for (const quote of shown) {
    world.market.show(STOCK, quote);
    world.wait(1);
  }
  return world.statuses(id).includes('Submitted');
}

const BID_REACHED = { bid: 101, ask: 102, last: 100.5 };
const LAST_REACHED = { bid: 100.6, ask: 101.4, last: 101 };
const MID_REACHED = { bid: 100.5, ask: 101.5, last: 100.7 };
const ASK_REACHED = { bid: 100.8, ask: 101.1, last: 100.8 };

const AWAY = { bid: 99.9, ask: 100.1, last: 100 };

/** The same a cent higher. */
const higher = ({ bid, ask, last }: Required<Omit<Shown, 'size'>>): Shown => ({
  bid: bid + 0.01,
  ask: ask + 0.01,
  last: last + 0.01,
});

describe('a stop is elected', () => {
  // Method; which of the four quotes elects it; how many different quotes it needs.
  it.each([
    [0, [false, true, false, false], 1],
    [1, [true, false, false, false], 2],
    [2, [false, true, false, false], 1],
    [3, [false, true, false, false], 2],
    [4, [true, false, false, false], 1],
    [7, [true, true, false, false], 1],
    [8, [true, true, true, false], 1],
  ] as const)('by method %d: quotes %j, %d in a row', (method, expected, needed) => {
    const quotes = [BID_REACHED, LAST_REACHED, MID_REACHED, ASK_REACHED];
    expect(quotes.map((quote) => elected(method, quote, higher(quote)))).toEqual(expected);
    const fitting = quotes[expected.indexOf(true)] ?? AWAY;
    // An unchanged price is one price, and two with another between them are not consecutive.
    expect(elected(method, fitting, fitting)).toBe(needed === 1);
    expect(elected(method, fitting, AWAY, higher(fitting))).toBe(needed === 1);
  });

  it('a second bid at the same price triggers it only with more size', () => {
    expect(elected(1, { ...BID_REACHED, size: 50 }, { ...BID_REACHED, size: 40 })).toBe(false);
    expect(elected(1, { ...BID_REACHED, size: 50 }, { ...BID_REACHED, size: 60 })).toBe(true);
  });

  it('a last price far outside the quote does not trigger it', () => {
    expect(elected(2, { bid: 99.9, ask: 100.1, last: 101 })).toBe(false);
  });

  it('a missing side never triggers it', () => {
    expect(elected(4, { ask: 101.9, last: 100 }, { ask: 102, last: 100 })).toBe(false);
    expect(elected(8, { bid: 101.9, last: 100 }, { bid: 102, last: 100 })).toBe(false);
  });

  it('a sell stop triggers from above', () => {
    const world = makeWorld();
    world.exchange.faults.manualTrade(STOCK.conId, 100);
    const order = { ...single(STOCK), action: 'SELL', orderType: 'STP', auxPrice: 99, quantity: 100 } as const;
    const id = world.place({ ...order, orderId: 1, triggerMethod: 4 });
    world.wait(30);
    expect(world.statuses(id)).toEqual(['PreSubmitted']);
    world.market.show(STOCK, { bid: 98.7, ask: 99.1, last: 99.2 });
    world.wait(3);
    expect(world.statuses(id)).toEqual(['PreSubmitted']);
    world.market.show(STOCK, { bid: 98.7, ask: 99, last: 99.2 });
    world.wait(3);
    expect(world.statuses(id).at(-1)).toBe('Filled');
    expect(world.exchange.positions()).toEqual([]);
  });
});

describe('an order that does not wait', () => {
  const thin = (): World => {
    const world = makeWorld();
    world.market.show(CALL_105, { bid: 0.59, ask: 0.63, size: 2 });
    return world;
  };
  const outcome = (world: World, order: Parameters<World['place']>[0]) => {
    const id = world.place({ quantity: 5, ...order });
    world.wait(2);
    const done = world.exchange.completedOrders().find(({ request }) => request.orderId === id);
    return [done?.status, done?.filled];
  };

  it('MKT takes the displayed size at the far side each second', () => {
    const world = thin();
    const id = world.place({ orderType: 'MKT', quantity: 5 });
    world.wait(1);
    expect(world.exchange.executions({})).toMatchObject([{ shares: 2, price: 0.63 }]);
    world.wait(10);
    expect(world.statuses(id).at(-1)).toBe('Filled');
  });

  it('IOC takes what is there and dies', () => {
    expect(outcome(thin(), { tif: 'IOC', limitPrice: 0.63 })).toEqual(['Cancelled', 2]);
    expect(outcome(thin(), { tif: 'IOC', limitPrice: 0.3 })).toEqual(['Cancelled', 0]);
  });

  it('FOK takes all or nothing', () => {
    expect(outcome(thin(), { tif: 'FOK', limitPrice: 0.63 })).toEqual(['Cancelled', 0]);
    expect(outcome(thin(), { tif: 'FOK', limitPrice: 0.63, quantity: 2 })).toEqual(['Filled', 2]);
  });

  it('a GTC order lives on over the night, a DAY order does not', () => {
    const world = makeWorld();
    const day = world.place({});
    const gtc = world.place({ ...single(PUT_95), orderId: 2, tif: 'GTC' });
    world.clock.advance(Date.parse('2026-03-03T15:00:00Z'));
    expect(world.exchange.openOrders().map(({ request }) => request.orderId)).toEqual([gtc]);
    expect(world.statuses(day).at(-1)).toBe('Cancelled');
    world.market.show(PUT_95, { bid: 0, ask: 0.01 });
    world.wait(60);
    expect(world.statuses(gtc).at(-1)).toBe('Filled');
  });
});

import { applyExchangeFault, exchangeFaultSchema } from '../../src/control/exchange-fault.js';
import { CALL_105, CALL_110, makeWorld, PUT_90, PUT_95, single, type World } from './world.js';

/** A bracket on a call: entry, target, stop; only the last one transmits. */
function placeBracket(world: World, entryPrice: number, quantity = 2): readonly [number, number, number] {
  const parent = world.place({ limitPrice: entryPrice, quantity, transmit: false });
  const child = { parentId: parent, action: 'SELL', quantity } as const;
  const target = world.place({ ...child, limitPrice: 1.2, transmit: false });
  const stop = world.place({ ...child, orderType: 'STP', auxPrice: 0.3, transmit: true });
  return [parent, target, stop];
}

describe('a bracket', () => {
  it('is unknown to everyone until its last child transmits', () => {
    const world = makeWorld();
    world.place({ transmit: false });
    world.wait(60);
    expect(world.events).toEqual([]);
    expect(world.exchange.openOrders()).toEqual([]);
  });

  it('children wait for the parent to fill', () => {
    const world = makeWorld({ fills: { partial: [{ fraction: 0.5 }, { fraction: 1, afterSeconds: 10 }] } });
    const [parent, target, stop] = placeBracket(world, 0.63);
    world.wait(5);
    expect(world.exchange.openOrders().map(({ filled, whyHeld }) => [filled, whyHeld])).toEqual([
      [1, ''],
      [0, 'child'],
      [0, 'child'],
    ]);
    world.wait(10);
    expect(world.statuses(parent).at(-1)).toBe('Filled');
    expect(world.statuses(target).at(-1)).toBe('Submitted');
    expect(world.exchange.openOrders().at(-1)).toMatchObject({ request: { orderId: stop }, whyHeld: 'trigger' });
  });

  it('the fill of one child ends the other', () => {
    const world = makeWorld();
    const [, target, stop] = placeBracket(world, 0.63);
    world.wait(2);
    world.market.show(CALL_105, { bid: 1.25, ask: 1.3 });
    world.wait(2);
    expect([world.statuses(target).at(-1), world.statuses(stop).at(-1)]).toEqual(['Filled', 'Cancelled']);
    expect(world.exchange.positions()).toEqual([]);
  });

  it('ends with its parent', () => {
    const world = makeWorld();
    const [parent, target, stop] = placeBracket(world, 0.1);
    world.exchange.cancel(1, parent);
    world.wait(1);
    expect([parent, target, stop].map((id) => world.statuses(id).at(-1))).toEqual([
      'Cancelled',
      'Cancelled',
      'Cancelled',
    ]);
  });

  it('a child of an unknown parent is refused', () => {
    const world = makeWorld();
    world.place({ parentId: 77 });
    expect(world.errors()).toMatchObject([{ code: 10006 }]);
  });
});

describe('one cancels all', () => {
  const other = { ...single(PUT_95), limitPrice: 0.3, orderId: 0 };
  const pair = (ocaType: number, quantity = 4) => {
    const world = makeWorld({ fills: { displayedSize: true } });
    world.market.show(CALL_105, { bid: 0.59, ask: 0.63, size: 1 });
    const group = { ocaGroup: 'g', ocaType, quantity };
    const first = world.place({ ...group, limitPrice: 0.63 });
    const second = world.place({ ...other, ...group, orderId: first + 1 });
    return { world, first, second };
  };

  it('type 1: a partial fill cancels the other', () => {
    const { world, second } = pair(1);
    world.wait(1);
    expect(world.statuses(second).at(-1)).toBe('Cancelled');
  });

  it.each([2, 3])('type %d: the other shrinks in proportion', (ocaType) => {
    const { world, first, second } = pair(ocaType);
    const remainingOf = (id: number) =>
      world.exchange.openOrders().find(({ request }) => request.orderId === id)?.remaining;
    world.wait(1);
    expect([remainingOf(first), remainingOf(second)]).toEqual([3, 3]);
    world.wait(3);
    expect([world.statuses(first).at(-1), world.statuses(second).at(-1)]).toEqual(['Filled', 'Cancelled']);
  });

  it('blocks a second fill at the same instant, except type 3', () => {
    const filled = (ocaType: number): number => {
      const world = makeWorld();
      const group = { ocaGroup: 'g', ocaType };
      world.place({ ...group, limitPrice: 0.63 });
      world.place({ ...single(PUT_95), ...group, orderId: 2, limitPrice: 0.63 });
      world.wait(3);
      return world.exchange.executions({}).length;
    };
    expect([1, 2, 3].map(filled)).toEqual([1, 1, 2]);
  });

  it.each([1, 2])('type %d: under the ocaRace fault the other order stays and fills too, once', (ocaType) => {
    const world = makeWorld();
    const place = (orderId: number, ocaGroup: string, contract = {}) =>
      world.place({ ...contract, ocaType, ocaGroup, orderId, limitPrice: 0.63 });
    applyExchangeFault(world.exchange.faults, exchangeFaultSchema.parse({ kind: 'ocaRace' }));
    place(1, 'g');
    place(2, 'g', single(PUT_95));
    world.wait(3);
    expect([1, 2].map((id) => world.statuses(id).at(-1))).toEqual(['Filled', 'Filled']);
    place(3, 'h');
    place(4, 'h', single(PUT_95));
    world.wait(3);
    expect([3, 4].map((id) => world.statuses(id).at(-1))).toEqual(['Filled', 'Cancelled']);
  });
});

it('orders of the same instant fill in the order of their references, not of their arrival', () => {
  const refs = (order: readonly string[]): readonly string[] => {
    const world = makeWorld();
    world.market.show(CALL_105, { bid: 0.59, ask: 0.63, size: 1 });
    for (const orderRef of order) world.place({ limitPrice: 0.63, orderRef });
    world.wait(3);
    return world.exchange.executions({}).map(({ orderRef, permId, execId }) => `${orderRef} ${permId} ${execId}`);
  };
  const once = refs(['b', 'a', 'c']);
  expect(once.map((text) => text[0])).toEqual(['a', 'b', 'c']);
  expect(refs(['c', 'b', 'a'])).toEqual(once);
});

it('orders on both sides of one option are refused account-wide, unless one OCA group holds both', () => {
  const world = makeWorld();
  world.place({});
  world.place({ clientId: 2, orderId: 1, action: 'SELL', limitPrice: 5 });
  expect(world.errors()).toMatchObject([
    { id: 1, code: 201, text: expect.stringContaining('both sides of the same US Option') },
  ]);
  world.place({ ...single(CALL_110), orderId: 2, ocaGroup: 'g' });
  world.place({ ...single(CALL_110), orderId: 3, ocaGroup: 'g', action: 'SELL', limitPrice: 5 });
  world.place({ ...single(PUT_90), orderId: 4, action: 'SELL', limitPrice: 5 });
  expect(world.errors()).toHaveLength(1);
});

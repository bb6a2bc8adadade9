/** Orders that are not accepted, with IB's texts. */
import { CALL_105, CALL_110, CONDOR, combo, INDEX, makeWorld, PUT_90, PUT_95, single, type World } from './world.js';

const last = (world: World) => world.errors().at(-1);

describe('a combo', () => {
  it.each([
    ['bought for less than it can be worth at worst', { ...combo([CALL_105, 1], [CALL_110, -1]), limitPrice: 0 }],
    ['sold for all that it can be worth', { ...combo([CALL_105, 1], [CALL_110, -1]), action: 'SELL', limitPrice: 5 }],
    ['a condor sold for its whole width', { ...CONDOR, limitPrice: -5 }],
  ] as const)('an order that cannot lose is refused as riskless: %s', (_, order) => {
    const world = makeWorld();
    world.place(order);
    expect(last(world)).toEqual({
      id: 1,
      code: 201,
      text: 'Order rejected - reason:Riskless combination orders are not allowed.',
    });
    expect(world.exchange.openOrders()).toEqual([]);
  });

  it.each([
    ['a spread bought for its width', { ...combo([PUT_90, -1], [PUT_95, 1]), limitPrice: 5 }],
    ['a condor sold for nothing', { ...CONDOR, limitPrice: 0 }],
  ])('an order that cannot win is refused: %s', (_, order) => {
    const world = makeWorld();
    world.place(order);
    expect(last(world)).toMatchObject({ code: 201, text: expect.stringContaining('Guaranteed-to-lose') });
  });

  it('is refused while another order works on the opposite side of a leg, and accepted afterwards', () => {
    const world = makeWorld();
    const other = world.place({ ...single(CALL_105), orderId: 1, limitPrice: 0.01 });
    world.place({ ...CONDOR, limitPrice: -0.9 });
    expect(last(world)).toMatchObject({
      id: 2,
      code: 201,
      text: expect.stringContaining('both sides of the same US Option'),
    });
    world.exchange.cancel(1, other);
    world.wait(2);
    world.place({ ...CONDOR, orderId: 3, limitPrice: -0.9 });
    expect(world.exchange.openOrders().map(({ request }) => request.orderId)).toEqual([3]);
  });

  it('a combo may have a price below zero, a single option may not', () => {
    const world = makeWorld();
    world.place({ ...CONDOR, limitPrice: -0.9 });
    world.place({ limitPrice: -0.9 });
    expect(world.errors()).toMatchObject([{ id: 2, code: 321 }]);
  });
});

describe('a single order', () => {
  it.each([
    ['a price between two ticks', { limitPrice: 0.605 }, 110],
    ['a stop price between two ticks', { orderType: 'STP', auxPrice: 0.605 }, 110],
    ['no limit', { limitPrice: undefined }, 321],
    ['no quantity', { quantity: 0 }, 434],
    ['an order type that there is not', { orderType: 'MAGIC' }, 387],
    ['a time in force that there is not', { tif: 'SOON' }, 321],
    ['an account of somebody else', { account: 'U999' }, 321],
    ['an option that is not listed', { contract: { ...single(CALL_105).contract, conId: 987654 } }, 200],
    ['an index, which nobody trades', { contract: single(INDEX).contract, limitPrice: 100 }, 412],
  ])('with %s', (_, order, code) => {
    const world = makeWorld();
    world.place(order as never);
    expect(last(world)).toMatchObject({ id: 1, code });
    world.wait(60);
    expect(world.exchange.executions({})).toEqual([]);
  });

  it('a limit too far from the market is refused, measured from the far side', () => {
    const world = makeWorld({ tooFar: 0.5, tooFarAnswer: 'refused' });
    world.place({ limitPrice: 1.27 });
    expect(last(world)).toEqual({
      id: 1,
      code: 201,
      text: 'Order rejected - reason:Limit price too far outside of NBBO.',
    });
    world.place({ limitPrice: 1.26 });
    expect(world.errors()).toHaveLength(1);
  });

  it('after the last trade of its option is refused', () => {
    const world = makeWorld({}, { start: Date.parse('2026-03-06T21:30:00Z') });
    world.place({ limitPrice: 0.63 });
    expect(last(world)).toMatchObject({ code: 392 });
  });
});

describe('margin', () => {
  const POOR = { cash: 800 };

  it('short of it an order goes Inactive, with both sums in the reason', () => {
    const world = makeWorld(POOR);
    const id = world.place({ ...CONDOR, quantity: 2, limitPrice: -0.7 });
    expect(world.statuses(id)).toEqual(['Inactive']);
    // Two condors need 1000; the account has the cash and the premium of 140, less eight commissions of 0.68.
    expect(last(world)?.text).toBe(
      'Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE ' +
        '[934.56 USD] MUST EXCEED THE INITIAL MARGIN [1000.00 USD]',
    );
  });
});

import {
  CALL_105,
  CALL_110,
  CONDOR,
  CONDOR_BACK,
  INDEX,
  MONDAY_10,
  makeWorld,
  PUT_95,
  STOCK,
  single,
} from './world.js';

describe('a cancel', () => {
  it('is pending, then confirmed with 202', () => {
    const world = makeWorld();
    const id = world.place({});
    world.exchange.cancel(1, id);
    world.wait(1);
    expect(world.statuses(id).slice(-2)).toEqual(['PendingCancel', 'Cancelled']);
    expect(world.errors()).toEqual([{ id, code: 202, text: 'Order Canceled - reason:' }]);
    expect(world.exchange.completedOrders()).toMatchObject([
      { status: 'Cancelled', completedStatus: 'Cancelled by Trader' },
    ]);
  });

  it('answers 10147 for an unknown order or one of another client, 10148 for an ended one', () => {
    const world = makeWorld();
    const id = world.place({ limitPrice: 0.63 });
    world.wait(1);
    world.exchange.cancel(1, 99);
    world.exchange.cancel(1, id);
    world.exchange.cancel(2, id);
    expect(world.errors().map(({ id: about, code }) => [about, code])).toEqual([
      [99, 10147],
      [id, 10148],
      [id, 10147],
    ]);
    expect(world.errors()[1]?.text).toContain('state: Filled');
  });

  it('may come too late', () => {
    const world = makeWorld({ cancelSeconds: 5 });
    const id = world.place({ limitPrice: 0.63 });
    world.exchange.cancel(1, id);
    world.wait(5);
    expect(world.statuses(id).at(-1)).toBe('Filled');
    expect(world.errors()).toMatchObject([{ id, code: 10148 }]);
  });

  it('a global cancel leaves no open order', () => {
    const world = makeWorld();
    world.place({});
    world.place({ clientId: 2, orderType: 'STP', auxPrice: 5 });
    world.exchange.globalCancel();
    world.wait(1);
    expect(world.exchange.openOrders()).toEqual([]);
  });
});

describe('a change of a live order', () => {
  it('keeps the permanent id and works at the new price', () => {
    const world = makeWorld();
    const id = world.place({ orderRef: 'm' });
    const [before] = world.exchange.openOrders();
    world.wait(3);
    world.place({ orderId: id, orderRef: 'm', limitPrice: 0.63 });
    expect(world.exchange.openOrders()).toMatchObject([{ permId: before?.permId, request: { limitPrice: 0.63 } }]);
    world.wait(1);
    expect(world.statuses(id).at(-1)).toBe('Filled');
  });

  it('is refused for another contract, a wrong tick or a scripted reason, and the order works on', () => {
    const world = makeWorld();
    const id = world.place({});
    world.place({ ...single(CALL_110), orderId: id });
    world.place({ orderId: id, action: 'SELL', limitPrice: 5 });
    world.place({ orderId: id, limitPrice: 0.633 });
    world.exchange.faults.rejectNext(1, 201, 'Order rejected - reason:No');
    world.place({ orderId: id, limitPrice: 0.63 });
    expect(world.errors().map(({ code }) => code)).toEqual([105, 105, 110, 201]);
    world.wait(10);
    expect(world.exchange.openOrders()).toMatchObject([{ status: 'Submitted', request: { limitPrice: 0.01 } }]);
  });

  it('a change of a filled order gets 104, a used id 103; after a rollback the id is free again', () => {
    const world = makeWorld();
    const id = world.place({ limitPrice: 0.63 });
    world.wait(1);
    world.place({ orderId: id });
    const other = world.place({});
    world.exchange.cancel(1, other);
    world.wait(1);
    world.place({ orderId: other });
    expect(world.errors().map(({ code }) => code)).toEqual([104, 202, 103]);
    world.exchange.faults.rollbackIds(1);
    expect(world.exchange.nextOrderId(1)).toBe(other);
    world.place({ orderId: other });
    expect(world.exchange.openOrders(1)).toHaveLength(1);
  });
});

describe('time in force', () => {
  it.each([
    ['DAY', {}, '2026-03-02T21:00:00Z'],
    ['GTD', { tif: 'GTD', goodTillDate: '20260302 10:00:45 US/Eastern' }, '2026-03-02T15:00:45Z'],
    ['GTD in UTC', { tif: 'GTD', goodTillDate: '20260302-15:01:00' }, '2026-03-02T15:01:00Z'],
    ['IOC', { tif: 'IOC' }, '2026-03-02T15:00:01Z'],
    ['GTC until the option is no more', { tif: 'GTC' }, '2026-03-06T21:00:00Z'],
  ])('%s', (_, order, end) => {
    const world = makeWorld();
    const id = world.place(order);
    world.clock.advance(Date.parse(end) - 1000);
    expect(world.exchange.openOrders()).toHaveLength(1);
    world.clock.advance(Date.parse(end) + (id && 'tif' in order && order.tif === 'GTC' ? 30_000 : 0));
    expect(world.statuses(id).at(-1)).toBe('Cancelled');
    expect(world.errors()).toMatchObject([{ id, code: 202 }]);
  });

  it('refuses a date that has passed or is not a date', () => {
    const world = makeWorld();
    world.place({ tif: 'GTD', goodTillDate: '20260302 09:59:59 US/Eastern' });
    world.place({ tif: 'GTD', goodTillDate: 'soon' });
    expect(world.errors().map(({ code }) => code)).toEqual([201, 391]);
  });

  it('a good-after order waits for its time', () => {
    const world = makeWorld();
    const id = world.place({ limitPrice: 0.63, goodAfterTime: '20260302 10:00:30 US/Eastern' });
    world.wait(29);
    expect(world.statuses(id)).toEqual(['PreSubmitted']);
    world.wait(2);
    expect(world.statuses(id).at(-1)).toBe('Filled');
  });
});

it('an order outside the session rests until the open with warning 399', () => {
  const world = makeWorld({}, { start: Date.parse('2026-03-02T12:00:00Z') });
  const id = world.place({ limitPrice: 0.63 });
  expect(world.errors()).toMatchObject([{ id, code: 399 }]);
  expect(world.errors()[0]?.text).toContain('20260302 09:30:00 US/Eastern');
  world.clock.advance(Date.parse('2026-03-02T14:29:59Z'));
  expect(world.statuses(id)).toEqual(['PreSubmitted']);
  world.wait(3);
  expect(world.statuses(id)).toEqual(['PreSubmitted', 'Submitted', 'Filled']);
});

describe('stop orders', () => {
  it('wait as PreSubmitted and are elected by two quotes in a row on an option', () => {
    const world = makeWorld();
    const id = world.place({ orderType: 'STP', auxPrice: 0.8 });
    expect(world.exchange.openOrders()).toMatchObject([{ status: 'PreSubmitted', whyHeld: 'trigger' }]);
    world.market.show(CALL_105, { bid: 0.8, ask: 0.84 });
    world.wait(1);
    world.market.show(CALL_105, { bid: 0.59, ask: 0.63 });
    world.wait(1);
    world.market.show(CALL_105, { bid: 0.8, ask: 0.84 });
    world.wait(1);
    expect(world.statuses(id)).toEqual(['PreSubmitted']);
    world.market.show(CALL_105, { bid: 0.81, ask: 0.84 });
    world.wait(2);
    expect(world.statuses(id)).toEqual(['PreSubmitted', 'Submitted', 'Filled']);
    expect(world.exchange.executions({})).toMatchObject([{ price: 0.84 }]);
  });

  it('stop limit: once elected it rests at its limit', () => {
    const world = makeWorld();
    const id = world.place({ orderType: 'STP LMT', auxPrice: 0.8, limitPrice: 0.82, triggerMethod: 4 });
    world.market.show(CALL_105, { bid: 0.88, ask: 0.92 });
    world.wait(60);
    expect(world.statuses(id)).toEqual(['PreSubmitted', 'Submitted']);
    world.market.show(CALL_105, { bid: 0.78, ask: 0.82 });
    world.wait(1);
    expect(world.statuses(id).at(-1)).toBe('Filled');
  });

  it('on a combo never trigger by the default method, and do by bid and ask', () => {
    const world = makeWorld();
    world.place({ ...CONDOR, limitPrice: -0.7, quantity: 2 });
    world.wait(1);
    const stop = { ...CONDOR_BACK, orderType: 'STP LMT', auxPrice: 1.5, limitPrice: 3, tif: 'GTC' };
    const byLast = world.place(stop);
    const byQuote = world.place({ ...stop, triggerMethod: 4 });
    world.wait(60);
    world.market.show(PUT_95, { bid: 1.5, ask: 1.54 });
    world.wait(60);
    expect(world.statuses(byLast)).toEqual(['PreSubmitted']);
    expect(world.statuses(byQuote)).toEqual(['PreSubmitted', 'Submitted', 'Filled']);
  });
});

describe('conditions', () => {
  const priceBelow = (value: string, triggerMethod = 0, conId = STOCK.conId) => ({
    conditions: [{ type: 1, conjunction: 'a', isMore: false, value, conId, exchange: 'SMART', triggerMethod }],
  });

  it('hold an order back until the underlying is there', () => {
    const world = makeWorld();
    const id = world.place({ limitPrice: 0.63, extra: priceBelow('98') });
    world.wait(60);
    expect(world.statuses(id)).toEqual(['PreSubmitted']);
    world.market.show(STOCK, { bid: 97.9, ask: 97.92, last: 97.91 });
    world.wait(3);
    expect(world.statuses(id)).toEqual(['PreSubmitted', 'Submitted', 'Filled']);
  });

  it.each([
    // By bid/ask the ask must be low enough, by mid the middle.
    [4, { bid: 97.5, ask: 98.1, last: 97.8 }, { bid: 97.5, ask: 98, last: 97.8 }],
    [8, { bid: 97.9, ask: 98.2, last: 98.01 }, { bid: 97.8, ask: 98.2, last: 98.01 }],
    [2, { bid: 97.8, ask: 98.2, last: 98.01 }, { bid: 97.8, ask: 98.2, last: 98 }],
    // Two in a row: an unchanged quote counts once.
    [1, { bid: 97.5, ask: 97.9, last: 97.8 }, { bid: 97.4, ask: 97.8, last: 97.7 }],
  ])('go by their trigger method (%d)', (method, before, after) => {
    const world = makeWorld();
    const id = world.place({ limitPrice: 0.63, extra: priceBelow('98', method) });
    world.market.show(STOCK, before);
    world.wait(30);
    expect(world.statuses(id)).toEqual(['PreSubmitted']);
    world.market.show(STOCK, after);
    world.wait(3);
    expect(world.statuses(id).at(-1)).toBe('Filled');
  });

  it('on an index go by its last price, the only one it has', () => {
    const world = makeWorld();
    const [last, bidAsk] = [0, 4].map((method, index) =>
      world.place({
        ...{ limitPrice: 0.63, orderId: index + 1, orderRef: `index-${index}` },
        extra: priceBelow('98', method, INDEX.conId),
      }),
    );
    world.market.show(INDEX, { last: 97.9 });
    world.wait(30);
    expect(world.statuses(last ?? 0).at(-1)).toBe('Filled');
    expect(world.statuses(bidAsk ?? 0)).toEqual(['PreSubmitted']);
  });

  it('cancel an order that asks for it', () => {
    const world = makeWorld();
    const id = world.place({ extra: { ...priceBelow('98'), conditionsCancelOrder: true } });
    world.wait(30);
    expect(world.statuses(id)).toEqual(['PreSubmitted', 'Submitted']);
    world.market.show(STOCK, { bid: 97.9, ask: 97.92, last: 97.91 });
    world.wait(2);
    expect(world.statuses(id).at(-1)).toBe('Cancelled');
  });
});

it('what-if answers once with the margin and keeps nothing', () => {
  const world = makeWorld();
  const next = world.exchange.nextOrderId(1);
  world.place({ ...CONDOR, limitPrice: -0.7, quantity: 2, whatIf: true });
  expect(world.events).toMatchObject([
    {
      kind: 'openOrder',
      order: { permId: 0, status: 'PreSubmitted' },
      // Two combos five points wide; premium of 140 less eight commissions of 0.68.
      margin: {
        initBefore: 0,
        initAfter: 1000,
        maintAfter: 1000,
        equityBefore: 250_000,
        equityAfter: 250_134.56,
        commission: 5.44,
      },
    },
  ]);
  expect(world.exchange.openOrders()).toEqual([]);
  expect(world.exchange.nextOrderId(1)).toBe(next);
});

it('statuses come twice now and then', () => {
  const world = makeWorld({ callbacks: { duplicates: 0.5, statusFirst: 0 } });
  for (let index = 0; index < 20; index += 1) world.place({});
  const statuses = world.events.filter((event) => event.kind === 'orderStatus').length;
  expect(statuses).toBeGreaterThan(45);
  expect(statuses).toBeLessThan(75);
});

it('forgets executions and completed orders at midnight in New York, not positions', () => {
  const world = makeWorld();
  world.place({ limitPrice: 0.63 });
  world.place({ tif: 'GTC' });
  world.clock.advance(Date.parse('2026-03-03T04:59:59Z'));
  expect([world.exchange.executions({}).length, world.exchange.completedOrders().length]).toEqual([1, 1]);
  world.wait(1);
  expect([world.exchange.executions({}).length, world.exchange.completedOrders().length]).toEqual([0, 0]);
  expect(world.exchange.positions()).toHaveLength(1);
  expect(world.exchange.openOrders()).toHaveLength(1);
  expect(MONDAY_10).toBeLessThan(world.clock.now());
});

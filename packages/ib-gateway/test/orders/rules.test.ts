/** The broker's rules about orders: their number, opposite sides, changes, cancels, overrides, warnings. */
import { EventName, OrderAction } from '@stoqey/ib';
import {
  bagOf,
  calls,
  condor,
  contractOf,
  type Desk,
  errors,
  limit,
  openDesk,
  openOrders,
  shownOrders,
  statuses,
} from './support/desk.js';

let desk: Desk;

afterEach(() => desk.close());

const SPY = { conId: 756733, exchange: 'SMART' };
const SELL = { action: OrderAction.SELL };

const option = (index: number) => {
  const found = desk.options[index];
  if (!found) throw new Error('no such option');
  return found;
};

const buy = (orderId: number, lmtPrice: number, more: Parameters<typeof limit>[1] = {}, index = 0): void => {
  desk.api.placeOrder(orderId, contractOf(option(index)), limit(lmtPrice, more));
};

const codes = () => errors(desk.client).map(([id, code]) => [id, code]);
const working = async () => (await openOrders(desk.client)).map(({ orderId }) => orderId);

describe('orders at work on one contract and side', () => {
  const FULL = (most: number) =>
    `Order rejected - reason:Your account has a minimum of ${most} orders working on either the buy or sell side ` +
    'for this particular contract.';

  it('are twenty at most: the twenty-first is refused, until one of them is gone', async () => {
    desk = await openDesk();
    for (let orderId = 1; orderId <= 21; orderId += 1) buy(orderId, 0.05);
    await desk.pass(1);
    expect(errors(desk.client)).toEqual([[21, 201, FULL(20)]]);
    buy(22, 0.05, {}, 1);
    desk.api.cancelOrder(1);
    await desk.pass(2);
    buy(23, 0.05);
    await desk.pass(1);
    expect(codes()).toEqual([
      [21, 201],
      [1, 202],
    ]);
    expect((await working()).slice(-2)).toEqual([22, 23]);
  });

  it('are counted over all clients, by side, and a combo beside its legs', async () => {
    desk = await openDesk({ ordersPerContract: 2 });
    const other = await desk.connect(2);
    other.api.placeOrder(1, SPY, limit(500));
    desk.api.placeOrder(1, SPY, limit(500));
    desk.api.placeOrder(2, SPY, limit(900, SELL));
    await desk.pass(1);
    desk.api.placeOrder(3, SPY, limit(500));
    buy(4, 0.05);
    buy(5, 0.05);
    desk.api.placeOrder(6, bagOf([option(0), option(1)], [1, -1]), limit(-4.5));
    desk.api.placeOrder(7, bagOf([option(1), option(0)], [-1, 1]), limit(-4.5));
    desk.api.placeOrder(8, bagOf([option(0), option(1)], [1, -1]), limit(-4.5));
    await desk.pass(1);
    expect(errors(desk.client)).toEqual([
      [3, 201, FULL(2)],
      [8, 201, FULL(2)],
    ]);
  });
});

describe('34: orders on both sides of one option', () => {
  const BOTH = expect.stringContaining('both sides of the same US Option contract.<br>You are attempting');

  it.each([
    ['a child that waits for its parent', { transmit: true }],
    ['a child that is not transmitted', { transmit: false }],
  ])('%s counts', async (_, child) => {
    desk = await openDesk();
    buy(1, 0.05, { transmit: false });
    buy(2, 30, { ...SELL, parentId: 1, ...child });
    await desk.pass(1);
    buy(3, 0.05);
    await desk.pass(1);
    expect(errors(desk.client)).toEqual([[3, 201, BOTH]]);
  });

  it('a child does not stand against its own parent, nor an order of its group', async () => {
    desk = await openDesk();
    buy(1, 0.05, { transmit: false });
    buy(2, 30, { ...SELL, parentId: 1, transmit: true });
    await desk.pass(1);
    expect(errors(desk.client)).toEqual([]);
  });

  it('one that is Inactive does not count', async () => {
    desk = await openDesk();
    desk.gateway.fault({ kind: 'endNext', as: 'inactive' });
    buy(1, 0.05);
    await desk.pass(2);
    buy(2, 30, SELL);
    await desk.pass(1);
    expect(codes()).toEqual([[1, 201]]);
  });
});

describe('35: a refusal that may be overridden', () => {
  const OVERRIDE = { advancedErrorOverride: '8229=COMBOPAYOUT' };

  it.each([
    ['riskless', -10, 'Riskless combination orders are not allowed.'],
    ['sure to lose', 0, 'Guaranteed-to-lose combination orders are not allowed.'],
  ])('%s: JSON names what to answer, and the answer is taken', async (_, price, text) => {
    desk = await openDesk({ tooFar: 0 });
    desk.api.placeOrder(1, condor(desk), limit(price));
    await desk.pass(1);
    const [, code, , json] = calls(desk.client, EventName.error)[0] ?? [];
    expect(code).toBe(201);
    expect(json).toEqual({
      rejects: [
        {
          buttons: [{ options: [{ fixstr: OVERRIDE.advancedErrorOverride, text: 'Transmit anyway.' }], style: 'chk' }],
          id: 2,
          text,
        },
      ],
      version: '1.0',
    });
    desk.api.placeOrder(2, condor(desk), limit(price, OVERRIDE));
    await desk.pass(1);
    expect(codes()).toEqual([[1, 201]]);
  });

  it('other refusals cannot be overridden', async () => {
    desk = await openDesk();
    buy(1, 0.05);
    buy(2, 30, { ...SELL, ...OVERRIDE });
    await desk.pass(1);
    expect(calls(desk.client, EventName.error).map(([, code, , json]) => [code, json])).toEqual([[201, undefined]]);
  });
});

describe('27, 29: a change that is refused leaves the order as it was', () => {
  it.each([
    [103, 'Duplicate order id'],
    [105, 'Order being modified does not match original order.'],
    [110, 'The price does not conform to the minimum price variation for this contract.'],
    [201, 'Order rejected - reason:System is unavailable'],
    [321, "Error validating request.-'bN' : cause - Invalid value."],
    [329, 'Order modify failed. Cannot change to the new order type.'],
  ])('with %i', async (code, text) => {
    desk = await openDesk();
    desk.api.placeOrder(1, condor(desk), limit(-8.45));
    await desk.pass(2);
    const shown = shownOrders(desk.client).at(-1)?.contract ?? {};
    desk.gateway.fault({ kind: 'rejectNext', on: 'modify', code, text });
    const from = desk.client.heard.length;
    desk.api.placeOrder(2, condor(desk), limit(-8.45));
    desk.api.placeOrder(1, shown, limit(-8.4));
    await desk.pass(2);
    expect(errors(desk.client, from)).toEqual([[1, code, text]]);
    expect(statuses(desk.client, 1, from)).toEqual([]);
    expect((await openOrders(desk.client)).map(({ order }) => order.lmtPrice)).toEqual([-8.45, -8.45]);
    desk.api.placeOrder(1, shown, limit(-8.35));
    await desk.pass(1);
    expect((await openOrders(desk.client)).map(({ order }) => order.lmtPrice)).toEqual([-8.35, -8.45]);
  });
});

describe('the good-till time of a live order', () => {
  const gtd = (goodTillDate: string) => ({ tif: 'GTD', goodTillDate }) as const;

  it.each([
    ['taken', [], -8.4],
    ['refused', [[1, 105]], -8.45],
  ] as const)('may be changed: %s', async (goodTillChange, refused, price) => {
    desk = await openDesk({ goodTillChange });
    desk.api.placeOrder(1, condor(desk), limit(-8.45, gtd('20260302-15:01:00')));
    await desk.pass(1);
    const shown = shownOrders(desk.client).at(-1)?.contract ?? {};
    desk.api.placeOrder(1, shown, limit(-8.4, gtd('20260302-15:02:00')));
    await desk.pass(1);
    expect(codes()).toEqual(refused);
    expect((await openOrders(desk.client)).map(({ order }) => order.lmtPrice)).toEqual([price]);
    await desk.pass(60);
    expect(await working()).toEqual(goodTillChange === 'taken' ? [1] : []);
  });

  it('the same good-till time in another zone is no change', async () => {
    desk = await openDesk({ goodTillChange: 'refused' });
    desk.api.placeOrder(1, condor(desk), limit(-8.45, gtd('20260302-15:05:00')));
    await desk.pass(1);
    const { contract = {}, order } = shownOrders(desk.client).at(-1) ?? {};
    desk.api.placeOrder(1, contract, limit(-8.4, gtd(order?.goodTillDate ?? '')));
    desk.api.placeOrder(1, contract, limit(-8.35, gtd('20260302 10:05:00 US/Eastern')));
    await desk.pass(1);
    expect(errors(desk.client)).toEqual([]);
  });
});

it('31: a cancel of an ended order is answered with its state, 80 s later with not found', async () => {
  desk = await openDesk();
  desk.api.placeOrder(1, SPY, limit(800));
  await desk.pass(1);
  desk.api.cancelOrder(1);
  await desk.pass(79);
  desk.api.cancelOrder(1);
  await desk.pass(1);
  desk.api.cancelOrder(1);
  await desk.pass(1);
  expect(codes()).toEqual([
    [1, 10148],
    [1, 10148],
    [1, 10147],
  ]);
  expect(errors(desk.client)[0]?.[2]).toContain('state: Filled');
});

it('38: a combo for outside regular hours gets warning 2109 and lives; a single contract gets none', async () => {
  desk = await openDesk();
  buy(1, 0.05, { outsideRth: true });
  desk.api.placeOrder(2, condor(desk), limit(-8.45, { outsideRth: true }));
  await desk.pass(2);
  const warnings = desk.client.heard.flatMap(([name, ...values]) =>
    name === EventName.error || name === EventName.info ? [values] : [],
  );
  const about = warnings.filter((values) => values.includes(2109));
  expect(about).toHaveLength(1);
  expect(about[0]).toContain(2);
  expect(await working()).toEqual([1, 2]);
});

describe('executions and what follows them', () => {
  it('12: a filled order is shown a third time, with its commission, before the report', async () => {
    desk = await openDesk({ commissionSeconds: 2 });
    desk.api.placeOrder(1, condor(desk), limit(-1));
    await desk.pass(5);
    const filled = calls(desk.client, EventName.openOrder).filter(
      ([, , , state]) => (state as { status: string }).status === 'Filled',
    );
    const commission = (state: unknown) => (state as { commission?: number }).commission;
    expect(filled.map(([, , , state]) => commission(state))).toEqual([undefined, expect.any(Number)]);
    const reports = calls(desk.client, EventName.commissionReport).map(
      ([report]) => (report as { commission: number }).commission,
    );
    expect(reports).toHaveLength(4);
    expect(commission(filled[1]?.[3])).toBeCloseTo(
      reports.reduce((sum, one) => sum + one, 0),
      6,
    );
    const names = desk.client.heard.map(([name]) => name);
    expect(names.lastIndexOf(EventName.openOrder)).toBeLessThan(names.indexOf(EventName.commissionReport));
  });

  it('21: the legs of a combo fill some time apart by scenario, in callbacks and in lists', async () => {
    desk = await openDesk({ fills: { displayedSize: false, legsApartSeconds: 10 }, commissionSeconds: 1 });
    desk.api.placeOrder(1, condor(desk), limit(-1));
    const seen: unknown[] = [];
    for (let second = 1; second <= 32; second += 10) {
      await desk.pass(second === 1 ? 1 : 10);
      const from = desk.client.heard.length;
      desk.api.reqExecutions(second, {});
      await desk.client.wait(EventName.execDetailsEnd, () => true, from);
      const all = calls(desk.client, EventName.execDetails);
      seen.push([all.filter(([reqId]) => reqId === -1).length, calls(desk.client, EventName.execDetails, from).length]);
    }
    expect(seen).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
    ]);
    expect(statuses(desk.client, 1).at(-1)).toBe('Filled');
  });

  it('23: executions of trades and orders by hand have the order id 2147483647', async () => {
    desk = await openDesk();
    const { conId } = option(0);
    desk.gateway.fault({ kind: 'manualTrade', conId: SPY.conId, quantity: 1 });
    const ask = desk.market.quote(conId, desk.gateway.now())?.ask ?? 0;
    desk.gateway.fault({ kind: 'manualOrder', conId, quantity: 1, limitPrice: ask });
    await desk.pass(2);
    const from = desk.client.heard.length;
    desk.api.reqExecutions(9, {});
    await desk.client.wait(EventName.execDetailsEnd, () => true, from);
    const ids = calls(desk.client, EventName.execDetails, from).map(
      ([, , execution]) => (execution as { orderId: number }).orderId,
    );
    expect(ids).toEqual([2147483647, 2147483647]);
  });
});

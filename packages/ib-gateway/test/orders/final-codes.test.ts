/**
 * A9, 37: codes that are final answers to a new order: one error at once, no status, nothing in any list, and the session goes on.
 */
import { EventName, OrderAction, OrderType, SecType } from '@stoqey/ib';
import {
  bagOf,
  calls,
  completedOrders,
  condor,
  type Desk,
  errors,
  limit,
  openDesk,
  openOrders,
  settled,
} from './support/desk.js';

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});

afterEach(() => desk.close());

const SPY = { conId: 756733, exchange: 'SMART' };
const QQQ = 320227571;

async function refusedWith(code: number, text?: string): Promise<void> {
  await settled(desk.client);
  await desk.pass(2);
  expect(errors(desk.client)).toEqual([[1, code, text ?? expect.any(String)]]);
  expect(calls(desk.client, EventName.orderStatus)).toEqual([]);
  expect(calls(desk.client, EventName.openOrder)).toEqual([]);
  expect(await openOrders(desk.client)).toEqual([]);
  expect(await completedOrders(desk.client)).toEqual([]);
  desk.api.placeOrder(2, SPY, limit(500));
  await desk.pass(1);
  expect((await openOrders(desk.client)).map(({ orderId }) => orderId)).toEqual([2]);
}

it.each([
  [387, 'Unsupported order type for this exchange and security type.'],
  [312, 'The combo details are invalid.'],
  [313, "The combo details for 'leg 1' are invalid."],
  [391, 'The date, time, or time-zone entered is invalid.'],
  [463, 'You must enter a valid price.'],
  [461, 'The order cannot be transmitted.'],
  [10268, "The 'EtradeOnly' order attribute is not supported."],
  [10289, 'You must set Cash Quantity for this order.'],
  [200, 'No security definition has been found for the request'],
  [201, 'Order rejected - reason:The exchange is closed.'],
  [203, 'The security is not available or allowed for this account.'],
  [460, 'No trading permissions.'],
])('A9: %i by a fault', async (code, text) => {
  desk.gateway.fault({ kind: 'rejectNext', code, text, on: 'new' });
  desk.api.placeOrder(1, condor(desk), limit(-8.45));
  await refusedWith(code, text);
});

const legPrices = (prices: readonly number[]) => ({ orderComboLegs: prices.map((price) => ({ price })) });

it.each<[string, number, () => void]>([
  [
    'an order type that the exchange has not',
    387,
    () => desk.api.placeOrder(1, SPY, { ...limit(1), orderType: OrderType.MIDPRICE }),
  ],
  ['a combo of one leg', 312, () => desk.api.placeOrder(1, bagOf(desk.options.slice(0, 1), [1]), limit(-1))],
  [
    'a leg that is not listed',
    313,
    () => {
      const [put] = desk.options;
      if (put) desk.api.placeOrder(1, bagOf([put, { ...put, conId: 7 }], [1, -1]), limit(-1));
    },
  ],
  ['a date that is none', 391, () => desk.api.placeOrder(1, SPY, limit(500, { tif: 'GTD', goodTillDate: 'soon' }))],
  ['eTradeOnly', 10268, () => desk.api.placeOrder(1, SPY, limit(500, { eTradeOnly: true }))],
  ['firmQuoteOnly', 10269, () => desk.api.placeOrder(1, SPY, limit(500, { firmQuoteOnly: true }))],
  ['an NBBO price cap', 10270, () => desk.api.placeOrder(1, SPY, limit(500, { nbboPriceCap: 1 }))],
  ['prices of legs', 10058, () => desk.api.placeOrder(1, condor(desk), limit(-8.45, legPrices([1, 2, 3, 4])))],
])('A9: by its cause, %s', async (_, code, place) => {
  place();
  await refusedWith(code);
});

it('39: a guaranteed combo of stocks is refused, a non-guaranteed one is taken', async () => {
  const leg = (conId: number, action: OrderAction) => ({ conId, ratio: 1, action, exchange: 'SMART' });
  const stocks = {
    ...{ secType: SecType.BAG, exchange: 'SMART', currency: 'USD' },
    comboLegs: [leg(SPY.conId, OrderAction.BUY), leg(QQQ, OrderAction.SELL)],
  };
  const routed = (value: string) => ({ smartComboRoutingParams: [{ tag: 'NonGuaranteed', value }] });
  desk.api.placeOrder(1, stocks, limit(1));
  desk.api.placeOrder(2, stocks, limit(1, routed('0')));
  desk.api.placeOrder(3, stocks, limit(1, routed('1')));
  await desk.pass(1);
  const refused = expect.stringContaining('Invalid NonGuaranteed value of 0');
  expect(errors(desk.client)).toEqual([
    [1, 321, refused],
    [2, 321, refused],
  ]);
  expect((await openOrders(desk.client)).map(({ orderId }) => orderId)).toEqual([3]);
});

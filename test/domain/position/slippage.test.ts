/** What orders paid beyond mid. */

import fc from 'fast-check';
import type { Fill } from '../../../src/domain/order/fill.js';
import { slippageOf } from '../../../src/domain/position/slippage.js';
import { NOW, usd } from '../strategy/fixtures.js';

const walk = (startMid: number) => ({
  stepNo: 1,
  stepEndsAt: 0,
  endsAt: 0,
  limits: [],
  startMid: usd(startMid),
  limit: 0,
});
const fill = (orderRef: string, side: 'BUY' | 'SELL', conId: number, quantity: number, price: number): Fill => ({
  ...{ execId: `${orderRef}-${conId}-${quantity}`, orderRef, orderId: 1, permId: 1, account: 'DU1', conId },
  ...{ secType: 'OPT' as const, side, quantity, price: usd(price), at: NOW, liquidation: false },
});
const shares = (orderRef: string, side: 'BUY' | 'SELL', quantity: number, price: number): Fill => ({
  ...fill(orderRef, side, 9, quantity, price),
  secType: 'STK',
});
const order = (orderRef: string, startMid: number | undefined, ratios: readonly number[]) => ({
  orderRef,
  payload: { legs: ratios.map((ratio) => ({ ratio })) },
  ...(startMid !== undefined && { walk: walk(startMid) }),
});

it.each<[string, Parameters<typeof slippageOf>[0], readonly Fill[], number | undefined]>([
  [
    'a credit of 2.40 where mid was 2.50, twice',
    [order('a', -2.5, [1, 1])],
    [fill('a', 'SELL', 1, 2, 4), fill('a', 'BUY', 2, 2, 1.6)],
    20,
  ],
  [
    'closed for 1.00 where mid was 1.05',
    [order('a', 1.05, [1, 1])],
    [fill('a', 'BUY', 1, 1, 3), fill('a', 'SELL', 2, 1, 2)],
    -5,
  ],
  ['a ratio of one to two', [order('a', 1, [1, 2])], [fill('a', 'BUY', 1, 3, 5), fill('a', 'SELL', 2, 6, 1.9)], 60],
  ['a single option, sold', [order('a', -1.25, [1])], [fill('a', 'SELL', 1, 4, 1.2)], 20],
  [
    'two orders',
    [order('a', -2.5, [1]), order('b', 1, [1])],
    [fill('a', 'SELL', 1, 1, 2.4), fill('b', 'BUY', 1, 1, 1.1)],
    20,
  ],
  ['shares, sold', [order('a', -600, [1])], [shares('a', 'SELL', 100, 599.97)], 3],
  [
    'shares, bought in two parts',
    [order('a', 600, [1])],
    [shares('a', 'BUY', 60, 600.01), shares('a', 'BUY', 40, 600.02)],
    1.4,
  ],
  [
    'an option and the shares it left',
    [order('a', -1.25, [1]), order('b', 600, [1])],
    [fill('a', 'SELL', 1, 4, 1.2), shares('b', 'BUY', 100, 600.05)],
    25,
  ],
  ['one that rests has no mid', [order('a', undefined, [1])], [fill('a', 'SELL', 1, 1, 2.4)], undefined],
  ['nothing filled', [order('a', -2.5, [1])], [], undefined],
  ['trades of others', [order('a', -2.5, [1])], [fill('', 'SELL', 1, 1, 2.4)], undefined],
])('%s', (_what, orders, fills, dollars) => {
  expect(slippageOf(orders, fills, 100)).toBe(dollars === undefined ? undefined : usd(dollars));
});

it('the summary of a combination does not count beside its legs', () => {
  const bag: Fill = { ...fill('a', 'BUY', 0, 2, 99), secType: 'BAG' };
  const legs = [fill('a', 'SELL', 1, 2, 4), fill('a', 'BUY', 2, 2, 1.6)];
  expect(slippageOf([order('a', -2.5, [1, 1])], [bag, ...legs], 100)).toBe(usd(20));
});

it('is the money paid less the money at mid, whatever is traded', () => {
  const secType = fc.constantFrom('OPT' as const, 'STK' as const);
  const traded = fc.record({
    secType,
    units: fc.integer({ min: 1, max: 500 }),
    mid: fc.integer({ min: 1, max: 90_000 }),
  });
  const cents = fc.integer({ min: -20, max: 20 });
  fc.assert(
    fc.property(fc.array(fc.tuple(traded, cents), { minLength: 1, maxLength: 4 }), (all) => {
      const orders = all.map(([{ mid }], index) => order(`o${index}`, mid / 100, [1]));
      const fills = all.map(([one, worse], index) => {
        const at = { ...fill(`o${index}`, 'BUY', index + 1, one.units, (one.mid + worse) / 100), secType: one.secType };
        return at satisfies Fill;
      });
      const expected = all.reduce(
        (sum, [one, worse]) => sum + worse * one.units * (one.secType === 'STK' ? 1 : 100),
        0,
      );
      expect(slippageOf(orders, fills, 100)).toBe(usd(expected / 100));
    }),
  );
});

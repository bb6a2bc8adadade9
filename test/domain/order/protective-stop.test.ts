/** Prices of the stop that rests at the broker. */
import fc from 'fast-check';
import { protectiveStop } from '../../../src/domain/order/protective-stop.js';
import { usd } from '../strategy/fixtures.js';

const base = { credit: usd(3), loss: 1.5, room: 0.1, width: usd(10), increment: usd(0.01) };

test('triggers at the credit and half of it again, with some room', () => {
  expect(protectiveStop(base)).toEqual({ stop: usd(7.5), limit: usd(8.25) });
});

test('the limit stays inside the width, and there is no trigger beyond it', () => {
  expect(protectiveStop({ ...base, loss: 2.2 })).toEqual({ stop: usd(9.6), limit: usd(9.99) });
  expect(protectiveStop({ ...base, loss: 2.4 })).toBeUndefined();
  expect(protectiveStop({ ...base, credit: usd(-3) })).toBeUndefined();
});

test('for any credit: above the credit, limit at or beyond the trigger, inside the width', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 400 }), (cents, percent) => {
      const credit = usd(cents / 100);
      const prices = protectiveStop({ ...base, credit, loss: percent / 100 });
      if (prices === undefined) return;
      expect(prices.stop).toBeGreaterThan(credit);
      expect(prices.limit).toBeGreaterThanOrEqual(prices.stop);
      expect(prices.limit).toBeLessThan(base.width);
    }),
  );
});

/** The delay after which an order is acknowledged. */
import { acknowledgementMs } from '../../src/exchange/acknowledgements.js';

it('A6: seed and order determine the delay, which lies within its limits and is mostly short', () => {
  const draw = (seed: number) =>
    Array.from({ length: 200 }, (_, index) => acknowledgementMs([0.1, 5], seed, `order-${index}`));
  const drawn = draw(1);
  expect(draw(1)).toEqual(drawn);
  expect(draw(2)).not.toEqual(drawn);
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(100);
  expect(Math.max(...drawn)).toBeLessThanOrEqual(5_000);
  expect(Math.max(...drawn)).toBeGreaterThan(4_500);
  expect(drawn.filter((ms) => ms < 2_000).length).toBeGreaterThan(100);
});

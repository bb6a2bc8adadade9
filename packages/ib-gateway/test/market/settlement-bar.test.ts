/** A client that was away finds the settlement value of index options in the daily bar of that day. */
import { marketOf, present, SPX } from './fixtures.js';

test.each([1, 2, 3, 4, 5])('seed %d: the close of the bar is the price at 16:00, its open that at 9:30', (seed) => {
  const market = marketOf(seed);
  const at = Date.parse('2026-12-11T16:00:00-05:00');
  const later = Date.parse('2026-12-14T11:00:00-05:00');
  const request = { end: later, duration: '5 D', barSize: '1 day', what: 'TRADES', useRth: true, formatDate: 1 };
  const bar = present(present(market.bars(SPX, request)).find(({ time }) => time === '20261211'));
  expect(Math.abs(bar.close - present(market.fairValue(SPX, at)))).toBeLessThan(0.011);
  const open = present(market.fairValue(SPX, Date.parse('2026-12-11T09:30:00-05:00')));
  expect(Math.abs(bar.open - open)).toBeLessThan(0.011);
});

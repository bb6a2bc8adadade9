/** Data from an option's contract details: when it may be exercised, and when it settles. */
import type { ContractDetails } from '@stoqey/ib';
import { isMorningSettled, optionOf } from '../../src/broker/option-details.js';
import { present } from './support.js';

function detailsOf(tradingClass: string, underSecType: string, realExpirationDate = '20260417'): ContractDetails {
  const contract = { conId: 1, strike: 20, right: 'P', lastTradeDateOrContractMonth: '20260416', tradingClass };
  return { contract, underSecType, realExpirationDate } as unknown as ContractDetails;
}

test.each([
  ['VIXW', 'IND', 'european', true],
  ['SPX', 'IND', 'european', true],
  ['NEWIDX', 'IND', 'european', true],
  ['OEX', 'IND', 'american', false],
  ['SPY', 'STK', 'american', false],
  // Options of stocks once expired on the Saturday after their last trade.
  ['IBM', 'STK', 'american', false],
  ['SPXW', '', 'european', true],
])('%s on %p is %s, morning settled: %s', (tradingClass, underlying, style, morning) => {
  const details = detailsOf(tradingClass, underlying);
  const option = present(optionOf(details));
  expect(option.style).toBe(style);
  expect(isMorningSettled(details, option)).toBe(morning);
  expect(isMorningSettled(detailsOf(tradingClass, underlying, '20260416'), option)).toBe(false);
  expect(isMorningSettled(detailsOf(tradingClass, underlying, ''), option)).toBe(false);
});

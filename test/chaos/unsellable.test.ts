import { expect, test } from '@jest/globals';
import { unsellable } from '../../src/chaos/unsellable.js';
import type { ExchangeState } from '../../src/gateway/exchange/index.js';
import type { OrderLeg } from '../../src/gateway/exchange/order-record.js';
import type { GatewayMarket } from '../../src/gateway/model.js';
import { record } from './evidence-support.js';

const REF = 'LW|spy-cu-20260302-000261|6|leg4|5';
const CON_ID = 730;

/** The market shows this bid, and an ask. */
const market = (bid?: number) => () =>
  ({
    quote: () => ({ at: 0, ask: 0.02, askSize: 9, bidSize: 0, ...(bid !== undefined && { bid }) }),
  }) as unknown as GatewayMarket;

function state(limitPrice: number, held: number, action: 'BUY' | 'SELL' = 'SELL') {
  const contract = { conId: CON_ID, secType: 'OPT' };
  const legs = [{ contract, ratio: 1, sign: 1 }] as unknown as readonly OrderLeg[];
  const order = { ...record(REF, 19, action, 0, 0, { limitPrice }), legs, remaining: 4 };
  return { live: [order], holdings: [{ contract, quantity: held }] } as unknown as ExchangeState;
}

test('all there is of a contract without a bid, offered at the lowest price, may rest', () => {
  expect(unsellable(state(0.01, 4), market(), 0)).toEqual([{ orderRef: REF, conId: CON_ID, quantity: 4 }]);
});

test.each([
  ['somebody bids', state(0.01, 4), market(0.01)],
  ['it asks for more', state(0.1, 4), market()],
  ['more is held than is offered', state(0.01, 5), market()],
  ['it buys', state(0.01, 4, 'BUY'), market()],
])('not when %s', (_what, exchange, shown) => {
  expect(unsellable(exchange, shown, 0)).toEqual([]);
});

/** The side of an option that the account has taken: by holdings, and by working orders. */
import { expect, test } from '@jest/globals';
import { takenSides } from '../../src/activities/entry/build.js';
import type { Broker, BrokerOrder, BrokerPosition } from '../../src/broker/api.js';

const PUT = 605;
const complete = <T>(rows: readonly unknown[]) => ({ complete: true, epoch: 1, rows: rows as readonly T[] });

function brokerWith(positions: readonly object[], orders: readonly object[]): Pick<Broker, 'positions' | 'orders'> {
  return {
    positions: async () => complete<BrokerPosition>(positions),
    orders: { openOrders: async () => complete<BrokerOrder>(orders) } as Broker['orders'],
  };
}

const sale = (status: string) => ({ status, conId: 0, action: 'BUY', legs: [{ conId: PUT, action: 'SELL' }] });

test('holdings and working orders take their side', async () => {
  expect(await takenSides(brokerWith([{ conId: PUT, quantity: 2 }], []))).toEqual(new Map([[PUT, 'BUY']]));
  expect(await takenSides(brokerWith([{ conId: PUT, quantity: 0 }], []))).toEqual(new Map());
  expect(await takenSides(brokerWith([], [sale('Submitted')]))).toEqual(new Map([[PUT, 'SELL']]));
});

test.each(['Filled', 'Cancelled', 'ApiCancelled'])(
  'an order that ended while the list was read (%s) takes no side',
  async (status) => {
    expect(await takenSides(brokerWith([], [sale(status)]))).toEqual(new Map());
  },
);

/** Twenty clients at once: each gets its own answers, orders and quotes, and nobody else's. */
import { type GatewayHandle, startGateway } from '../../src/index.js';
import { RawClient } from '../session/support/raw-client.js';

const CLIENTS = 20;
const SPY = { conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };

let gateway: GatewayHandle;

beforeEach(async () => {
  gateway = await startGateway({ port: 0, seed: 3, stepped: true });
});

afterEach(() => gateway.close());

it('serves twenty clients side by side', async () => {
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) => RawClient.open(gateway.port, index + 1, index % 2 === 0 ? 193 : 178)),
  );
  const order = { ...SPY, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 100, tif: 'DAY', transmit: true };
  for (const [index, client] of clients.entries()) {
    client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1_000 + index });
    client.ask('PLACE_ORDER', { ...order, orderId: 1, orderRef: `client-${index}`, limitPrice: 100 + index });
    client.ask('REQ_HISTORICAL_DATA', {
      ...{ ...SPY, reqId: 2_000 + index, duration: '5 D', barSize: '1 day', whatToShow: 'TRADES', formatDate: 1 },
    });
  }
  for (let second = 1; second <= 20; second += 1) {
    gateway.advance(gateway.now() + 1_000);
    await Promise.all(clients.map((client) => client.settled()));
  }
  for (const [index, client] of clients.entries()) {
    expect(client.problem).toBeUndefined();
    const orders = client.named('OPEN_ORDER');
    expect(new Set(orders.map((row) => row.orderRef))).toEqual(new Set([`client-${index}`]));
    expect(new Set(client.named('TICK_PRICE').map((row) => row.reqId))).toEqual(new Set([1_000 + index]));
    expect(client.named('HISTORICAL_DATA').map((row) => row.reqId)).toEqual([2_000 + index]);
    expect(client.named('ORDER_STATUS').at(-1)).toMatchObject({ status: 'Submitted', clientId: index + 1 });
  }
  const [first] = clients;
  first?.ask('REQ_ALL_OPEN_ORDERS');
  const all = (await first?.settled()) ?? [];
  expect(all.filter(({ name }) => name === 'OPEN_ORDER')).toHaveLength(CLIENTS);
  // One stream of quotes is the same for every client.
  const prices = clients.map((client) =>
    client.named('TICK_PRICE').map(({ tickType, price }) => `${tickType} ${price}`),
  );
  for (const seen of prices) expect(seen).toEqual(prices[0]);
  for (const client of clients) client.close();
});

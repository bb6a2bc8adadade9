/** A10: the Read-Only API, which a new install has on. */
import { EventName, OrderAction, OrderType } from '@stoqey/ib';
import { type Client, connectClient, type Fixture, startFixture } from '../protocol/support/fixture.js';
import { errorsOf, notices, SPY, settled } from './support/lines.js';

const TEXT = "Error validating request.-'bN' : cause - The API interface is currently in Read-Only mode.";

let fixture: Fixture;
let client: Client;

beforeEach(async () => {
  fixture = await startFixture();
  client = await connectClient(fixture.gateway.port, 0);
  await settled(client);
});

afterEach(async () => {
  client.close();
  await fixture.gateway.close();
});

const order = { action: OrderAction.BUY, totalQuantity: 1, orderType: OrderType.LMT, lmtPrice: 1, transmit: true };

/** The client's messages for a request, without the answer to the time request. */
async function heardOf(ask: () => unknown): Promise<readonly unknown[]> {
  const from = client.heard.length;
  ask();
  await settled(client);
  return client.heard
    .slice(from)
    .flatMap(([name]) => (['all', EventName.currentTime, 'sent'].includes(name) ? [] : [name]));
}

const LISTS = [
  ['open orders', () => client.api.reqOpenOrders(), EventName.openOrderEnd],
  ['all open orders', () => client.api.reqAllOpenOrders(), EventName.openOrderEnd],
  ['completed orders', () => client.api.reqCompletedOrders(false), EventName.completedOrdersEnd],
  ['orders to bind', () => client.api.reqAutoOpenOrders(true), undefined],
] as const;

it.each(LISTS)('A10: %s are refused with 321 under id -1, and no end', async (_, ask, end) => {
  const from = client.heard.length;
  fixture.gateway.fault({ kind: 'readOnly' });
  expect(await heardOf(ask)).not.toContain(end);
  expect(notices(client, from)).toEqual([[321, TEXT]]);
  fixture.gateway.fault({ kind: 'readOnly', off: true });
  const after = await heardOf(ask);
  if (end) expect(after).toContain(end);
  expect(notices(client, from)).toHaveLength(1);
});

it('A10: orders and cancels are refused under their id, and nothing happens', async () => {
  client.api.placeOrder(1, SPY, { ...order, orderId: 1 });
  await settled(client);
  fixture.gateway.fault({ kind: 'readOnly' });
  client.api.placeOrder(2, SPY, { ...order, orderId: 2 });
  client.api.placeOrder(1, SPY, { ...order, orderId: 1, lmtPrice: 2 });
  client.api.cancelOrder(1, '');
  client.api.exerciseOptions(7, SPY, 1, 1, '', 0);
  await settled(client);
  expect([errorsOf(client, 2), errorsOf(client, 1), errorsOf(client, 7)]).toEqual([[321], [321, 321], [321]]);
  client.api.reqGlobalCancel({});
  await settled(client);
  const open = fixture.exchange.openOrders();
  expect(open.map(({ request }) => [request.orderId, request.limitPrice])).toEqual([[1, 1]]);
});

it('A10: what changes nothing is served: executions, positions, account, quotes, contracts', async () => {
  fixture.gateway.fault({ kind: 'readOnly' });
  const from = client.heard.length;
  client.api.reqExecutions(1, {});
  client.api.reqPositions();
  client.api.reqAccountSummary(2, 'All', 'NetLiquidation');
  client.api.reqMktData(3, SPY, '', false, false);
  client.api.reqContractDetails(4, SPY);
  await settled(client);
  const names = client.heard.slice(from).map(([name]) => name);
  for (const name of ['execDetailsEnd', 'positionEnd', 'accountSummaryEnd', 'tickPrice', 'contractDetailsEnd'])
    expect(names).toContain(name);
  expect(names).not.toContain(EventName.error);
});

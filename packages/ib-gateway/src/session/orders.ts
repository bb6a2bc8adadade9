/**
 * Requests about orders and executions.
 */
import type { GatewayOrder } from '../model.js';
import type { Values } from '../protocol/index.js';
import { flagOf, numberOf, numberOr, rowsOf, textOf } from '../protocol/values.js';
import { parseTime, startOfDay, zonedTime } from '../times.js';
import {
  commissionValues,
  completedOrderValues,
  executionValues,
  openOrderValues,
  orderRequest,
  statusValues,
} from './order-values.js';
import { type ClientPort, invalidRequest } from './port.js';

const ACTIONS: readonly string[] = ['BUY', 'SELL', 'SSHORT'];

export function placeOrder(client: ClientPort, values: Values): void {
  const orderId = numberOr(values, 'orderId');
  const problem = orderProblem(client, values);
  if (problem) {
    if (!flagOf(values, 'whatIf')) client.exchange.useOrderId?.(client.clientId, orderId);
    client.error(orderId, ...problem);
  } else client.exchange.place(orderRequest(values, client.clientId, client.exchange.account));
}

function orderProblem(client: ClientPort, values: Values): readonly [number, string] | undefined {
  const account = textOf(values, 'account');
  const action = textOf(values, 'action').toUpperCase();
  if (!ACTIONS.includes(action)) return invalidRequest(`Invalid action '${action}'`);
  if (account !== '' && !client.accounts.includes(account)) return invalidRequest('Invalid account code');
  return undefined;
}

export function cancelOrder(client: ClientPort, values: Values): void {
  client.exchange.cancel(client.clientId, numberOr(values, 'orderId'));
}

export function globalCancel(client: ClientPort): void {
  client.exchange.globalCancel();
}

/** The orders of this client. When client 0 asks, the orders that a person placed so far are bound to it first. */
export function openOrders(client: ClientPort): void {
  if (client.clientId === 0) client.exchange.bindManualOrders?.('present');
  sendOrders(
    client,
    client.faults.answers.nextIsEmpty('openOrders') ? [] : client.exchange.openOrders(client.clientId),
  );
}

/** Afterwards the client's order ids must be above every id in the answer, of any client. */
export function allOpenOrders(client: ClientPort): void {
  const orders = client.faults.answers.nextIsEmpty('openOrders') ? [] : client.exchange.openOrders();
  for (const { request } of orders) client.exchange.useOrderId?.(client.clientId, request.orderId);
  sendOrders(client, orders);
}

/** Only client 0 may bind manual orders; it then gets their rows and their updates. */
export function autoOpenOrders(client: ClientPort, values: Values): void {
  if (client.clientId !== 0) client.error(-1, 327, 'API client must be connected with client id 0 to bind orders');
  else if (flagOf(values, 'autoBind')) client.exchange.bindManualOrders?.('all');
}

function sendOrders(client: ClientPort, orders: readonly GatewayOrder[]): void {
  for (const order of orders) {
    client.send('OPEN_ORDER', openOrderValues(order, client.market));
    client.send('ORDER_STATUS', statusValues(order));
  }
  client.send('OPEN_ORDER_END');
}

export function completedOrders(client: ClientPort, values: Values): void {
  // Every order here came through the API, so "API only" leaves out none.
  void flagOf(values, 'apiOnly');
  const empty = client.faults.answers.nextIsEmpty('completedOrders');
  const rows = empty
    ? []
    : client.exchange.completedOrders().filter((order) => (order.completedAt ?? 0) >= client.faults.rolledAt);
  const bare = client.faults.answers.nextIsBare();
  for (const order of rows)
    client.send('COMPLETED_ORDER', completedOrderValues(order, client.market, client.clock.now(), bare));
  client.send('COMPLETED_ORDERS_END');
}

/** Executions of the gateway's current day, oldest first, each followed by its commission if already known. */
export function executions(client: ClientPort, values: Values): void {
  const reqId = numberOr(values, 'reqId');
  const today = startOfDay(client.clock.now());
  const timeText = textOf(values, 'time');
  const since = timeText === '' ? today : parseTime(timeText);
  if (since === undefined) {
    client.error(reqId, ...invalidRequest(`Invalid time '${timeText}'`));
    return;
  }
  const exchange = textOf(values, 'exchange');
  const from = Math.max(since, today, client.faults.rolledAt);
  const empty = client.faults.answers.nextIsEmpty('executions');
  const rows = empty ? [] : client.exchange.executions({ since: from, ...executionFilter(values) });
  // `lastNDays` requests at least the day, which is all that is kept.
  const dates = rowsOf(values, 'specificDates').map((row) => textOf(row, 'date'));
  for (const execution of rows) {
    if (exchange !== '' && execution.exchange !== exchange) continue;
    if (dates.length > 0 && !dates.includes(zonedTime(execution.at).slice(0, 8))) continue;
    client.send('EXECUTION_DATA', executionValues(execution, reqId));
    const commission = client.exchange.commissions(execution.execId);
    if (commission) client.send('COMMISSION_REPORT', commissionValues(commission));
  }
  client.send('EXECUTION_DATA_END', { reqId });
}

function executionFilter(values: Values): Parameters<ClientPort['exchange']['executions']>[0] {
  const filter: { clientId?: number; account?: string; symbol?: string; secType?: string; side?: string } = {};
  const clientId = numberOf(values, 'clientId');
  // Zero is what clients send for "any".
  if (clientId !== undefined && clientId > 0) filter.clientId = clientId;
  for (const name of ['account', 'symbol', 'secType', 'side'] as const) {
    const value = textOf(values, name);
    if (value !== '') filter[name] = value;
  }
  return filter;
}

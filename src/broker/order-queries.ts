/** Everything the broker knows about orders and executions, requested and read to the end. */
import type { Fill } from '../domain/order/fill.js';
import type { BrokerOrder, Complete } from './api.js';
import type { Ask } from './connection.js';
import { type CommissionRow, commissionOf, fillOf, joinCommissions } from './fills.js';
import { keyOf } from './order-book.js';
import type { OrderFeed } from './order-feed.js';
import { orderRow, statusRow, withStatus } from './order-rows.js';
import type { Requests } from './requests.js';

/** All clients' open orders, each with the status that came with it. */
export function readOpenOrders(requests: Requests, feed: OrderFeed): Promise<Complete<BrokerOrder>> {
  return requests.list<BrokerOrder>('open orders', (ask, rows) => {
    const place = new Map<string, number>();
    ask.on('openOrder', (orderId, contract, order, state) => {
      if (order.whatIf === true) return;
      const key = keyOf({ orderId, clientId: order.clientId ?? 0, permId: order.permId ?? 0 });
      const row = orderRow(orderId, contract, order, state, 0);
      const index = place.get(key);
      if (index !== undefined) rows[index] = { ...row, filled: rows[index]?.filled ?? 0 };
      else place.set(key, rows.push(row) - 1);
      feed.seen(orderId);
    });
    ask.on('orderStatus', (orderId, status, filled, remaining, _average, permId, _parent, _last, clientId, whyHeld) => {
      const index = place.get(keyOf({ orderId, clientId: clientId ?? 0, permId: permId ?? 0 }));
      const row = index === undefined ? undefined : rows[index];
      if (index === undefined || row === undefined) return;
      rows[index] = withStatus(row, statusRow(status, { filled, remaining, permId, clientId, whyHeld }));
    });
    ask.on('openOrderEnd', () => ask.done());
    ask.send((api) => api.reqAllOpenOrders());
  });
}

/**
 * Orders of today that can no longer be modified. The broker gives neither order id nor client id with them: they are
 * filled in when this process knows the permanent id, and 0 otherwise.
 */
export function readCompleted(requests: Requests, feed: OrderFeed): Promise<Complete<BrokerOrder>> {
  return requests.list<BrokerOrder>('completed orders', (ask, rows) => {
    ask.on('completedOrder', (contract, order, state) => {
      const row = orderRow(order.orderId ?? 0, contract, order, state, order.filledQuantity ?? 0);
      rows.push({ ...row, ...feed.book.identity(row.permId) });
    });
    ask.on('completedOrdersEnd', () => ask.done());
    ask.send((api) => api.reqCompletedOrders(false));
  });
}

/** Executions of the broker's day, with the commissions that came beside them. */
export async function readExecutions(requests: Requests, feed: OrderFeed): Promise<Complete<Fill>> {
  const reports: CommissionRow[] = [];
  const asked = (ask: Ask<void>, rows: Fill[]): void => {
    ask.on('execDetails', (reqId, contract, execution) => {
      const fill = reqId === ask.reqId ? fillOf(contract, execution, feed.timeOf) : undefined;
      if (fill !== undefined) rows.push(fill);
    });
    ask.on('commissionReport', (report) => {
      const row = commissionOf(report);
      if (row !== undefined) reports.push(row);
    });
    ask.on('execDetailsEnd', (reqId) => {
      if (reqId === ask.reqId) ask.done();
    });
    ask.send((api) => api.reqExecutions(ask.reqId, {}));
  };
  const answer = await requests.list<Fill>('executions', asked, { named: true });
  return { ...answer, rows: joinCommissions(answer.rows, reports) };
}

/** Asks the broker about one order, instead of waiting for what it may have said already. */
import type { BrokerDeps } from '../deps.js';
import type { OrderTracker } from './tracker.js';

/** Reads open orders, completed orders and executions, and takes what concerns the order into the ledger. */
export async function lookFor(deps: BrokerDeps, tracker: OrderTracker, orderRef: string): Promise<void> {
  const { orders } = deps.broker;
  const [open, completed, executions] = await Promise.all([
    orders.openOrders(),
    orders.completedOrders(),
    orders.executions(),
  ]);
  const mine = (order: { readonly orderRef: string }) => order.orderRef === orderRef;
  await tracker.adopt([...completed.rows, ...open.rows].filter(mine), executions.rows.filter(mine));
}

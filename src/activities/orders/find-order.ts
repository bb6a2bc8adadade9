/** Asks the broker about one order, instead of waiting for events that may have been missed. */
import type { BrokerDeps } from '../context/deps.js';
import type { OrderTracker } from './tracker.js';

export interface OrderSearch {
  /** Every list was read to its end in one session. */
  readonly complete: boolean;
  readonly seen: boolean;
}

/** Reads open orders, completed orders and executions, and takes what concerns the order into the ledger. */
export async function findOrder(
  deps: Pick<BrokerDeps, 'broker'>,
  tracker: OrderTracker,
  orderRef: string,
): Promise<OrderSearch> {
  const { orders } = deps.broker;
  const [open, completed, executions] = await Promise.all([
    orders.openOrders(),
    orders.completedOrders(),
    orders.executions(),
  ]);
  const mine = (order: { readonly orderRef: string }) => order.orderRef === orderRef;
  const told = [...completed.rows, ...open.rows].filter(mine);
  const fills = executions.rows.filter(mine);
  await tracker.ingest(told, fills);
  return {
    complete: open.complete && completed.complete && executions.complete,
    seen: told.length > 0 || fills.length > 0,
  };
}

/** Asks the broker about one order, instead of waiting for events that may have been missed. */
import type { Broker } from '../../broker/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { OrderTracker } from './tracker.js';

export interface OrderSearch {
  /** Every list was read to its end in one session. */
  readonly complete: boolean;
  readonly seen: boolean;
}

/** The broker's three lists of orders, requested together. `complete`: each was read to its end. */
export async function readOrderLists({ orders }: Pick<Broker, 'orders'>) {
  const [open, completed, executions] = await Promise.all([
    orders.openOrders(),
    orders.completedOrders(),
    orders.executions(),
  ]);
  return { open, completed, executions, complete: open.complete && completed.complete && executions.complete };
}

/** Reads open orders, completed orders and executions, and takes what concerns the order into the ledger. */
export async function findOrder(
  deps: Pick<BrokerDeps, 'broker'>,
  tracker: OrderTracker,
  orderRef: string,
): Promise<OrderSearch> {
  const { open, completed, executions, complete } = await readOrderLists(deps.broker);
  const mine = (order: { readonly orderRef: string }) => order.orderRef === orderRef;
  const told = [...completed.rows, ...open.rows].filter(mine);
  const fills = executions.rows.filter(mine);
  await tracker.ingest(told, fills);
  return {
    complete,
    seen: told.length > 0 || fills.length > 0,
  };
}

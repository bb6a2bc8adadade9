/** Related orders: a parent and the children that wait for it. */
import type { OrderRecord } from './order-record.js';

/** Orders that name this one as their parent. */
export function childrenOf(parent: OrderRecord, live: readonly OrderRecord[]): readonly OrderRecord[] {
  const { clientId, orderId } = parent.request;
  return live.filter(({ request }) => request.parentId === orderId && request.clientId === clientId);
}

/**
 * Orders that lost their client: the gateway shows them, but cannot bind them to the client that placed them.
 *
 * They are listed with order id 0 or a negative one; permanent id and reference stay (Lean issue 66: an order of an earlier
 * deployment came back as -2; rust-ibapi issue 312: id 0, a cancel gets 10147). The id that they were placed under is free again,
 * so that an order sent under it is a new one beside the old. Client 0 may bind them.
 */
import type { OrderBook } from './order-book.js';
import type { OrderRecord } from './order-record.js';

export interface LostOrders {
  /** Orders whose reference begins so; empty: all. */
  readonly orderRefPrefix: string;
  /** Order id shown for it, 0 or below; below zero each further order gets one less. */
  readonly shownId: number;
  /** Client id shown for it; undefined: unchanged. */
  readonly clientId?: number | undefined;
}

/** Detaches live orders from their clients; returns their number. */
export function loseOrders(book: OrderBook, { orderRefPrefix, shownId, clientId }: LostOrders): number {
  const lost = book
    .live()
    .filter((record) => record.phase !== 'held' && !record.lost && record.request.orderRef.startsWith(orderRefPrefix));
  lost.forEach((record, index) => {
    book.lose(record, shownId === 0 ? 0 : shownId - index, clientId ?? record.request.clientId);
  });
  return lost.length;
}

/** Whether client 0 may bind an order: a person placed it, or its client is lost. */
export function isUnbound({ lost, request }: OrderRecord): boolean {
  return lost === true || (request.clientId === 0 && request.orderId === 0);
}

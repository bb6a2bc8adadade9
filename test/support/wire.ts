/** What the gateway's journal says about orders. */
import type { GatewayHandle, JournalEntry } from 'ib-gateway';

export interface SentOrder {
  readonly orderId: number;
  readonly orderRef: string;
  /** The first frame of this id; later ones with the same id modify the same order. */
  readonly first: JournalEntry;
  readonly frames: readonly JournalEntry[];
}

/** Orders by order id, what-if requests left out: a modify belongs to the order that it modifies. */
export function sentOrders(gateway: GatewayHandle): readonly SentOrder[] {
  const byId = new Map<number, JournalEntry[]>();
  for (const entry of gateway.journal()) {
    if (entry.dir !== 'in' || entry.type !== 'PLACE_ORDER' || entry.fields.whatIf === true) continue;
    const id = Number(entry.fields.orderId);
    byId.set(id, [...(byId.get(id) ?? []), entry]);
  }
  return [...byId].flatMap(([orderId, frames]) => {
    const [first] = frames;
    return first === undefined ? [] : [{ orderId, orderRef: String(first.fields.orderRef), first, frames }];
  });
}

/** Orders of one position: its id is part of the orderRef. */
export function ordersOf(gateway: GatewayHandle, positionId: string): readonly SentOrder[] {
  return sentOrders(gateway).filter(({ orderRef }) => orderRef.includes(positionId));
}

/**
 * The broker's reports about orders in the present epoch. openOrder and orderStatus come apart, in any order, and are
 * joined here. They are dropped with the session, because order ids may be reused.
 */
import type { Contract, Order, OrderState } from '@stoqey/ib';
import type { BrokerOrder } from './api.js';
import { orderRow, type StatusRow, withStatus } from './order-rows.js';

interface Known {
  readonly order: BrokerOrder | undefined;
  readonly status: StatusRow | undefined;
  /** Cumulative quantity of its executions. */
  readonly executed: number;
}

/** An order written in this epoch, until the broker describes it. */
export type Placed = Omit<BrokerOrder, 'status' | 'filled' | 'remaining'>;

const NOTHING: Known = { order: undefined, status: undefined, executed: 0 };

export class OrderBook {
  private readonly known = new Map<string, Known>();
  private readonly placed = new Map<string, Placed>();
  /** The contract of each order as openOrder described it. */
  private readonly contracts = new Map<string, Contract>();
  /** Ids by permanent id, which is never reused. */
  private readonly identities = new Map<number, { readonly orderId: number; readonly clientId: number }>();

  clear(): void {
    this.known.clear();
    this.placed.clear();
    this.contracts.clear();
  }

  /** The contract of a client's order as the broker described it in this epoch; undefined until it has. */
  contractOf(orderId: number, clientId: number): Contract | undefined {
    return this.contracts.get(keyOf({ orderId, clientId, permId: 0 }));
  }

  /** Order id and client id of a permanent id; undefined for an unknown one. */
  identity(permId: number): { readonly orderId: number; readonly clientId: number } | undefined {
    return this.identities.get(permId);
  }

  notePlaced(order: Placed): void {
    this.placed.set(keyOf(order), order);
  }

  openOrder(orderId: number, contract: Contract, order: Order, state: OrderState): BrokerOrder {
    const key = this.note({ orderId, clientId: order.clientId ?? 0, permId: order.permId ?? 0 });
    this.contracts.set(key, contract);
    const before = this.known.get(key) ?? NOTHING;
    const filled = Math.max(before.status?.filled ?? 0, before.executed);
    const row = orderRow(orderId, contract, order, state, filled);
    const { whyHeld } = before.status ?? {};
    const result = whyHeld === undefined ? row : { ...row, whyHeld };
    this.known.set(key, { ...before, order: result });
    return result;
  }

  /** The order with its new status; undefined when nothing else is known about it. */
  orderStatus(orderId: number, row: StatusRow): BrokerOrder | undefined {
    const key = this.note({ orderId, clientId: row.clientId, permId: row.permId });
    const before = this.known.get(key) ?? NOTHING;
    const placed = this.placed.get(key);
    const base =
      before.order ??
      (placed && { ...placed, status: row.status, filled: before.executed, remaining: placed.quantity });
    const order = base && withStatus(base, row);
    this.known.set(key, { ...before, status: row, order });
    return order;
  }

  /** Whether an execution in this contract (0: a combination's summary) counts in units of the order itself. */
  isOwnUnit(of: { orderId: number; clientId: number; permId: number }, conId: number): boolean {
    const key = keyOf(of);
    return (this.known.get(key)?.order ?? this.placed.get(key))?.conId === conId;
  }

  executed(of: { orderId: number; clientId: number; permId: number }, cumulative: number): void {
    const key = this.note(of);
    const before = this.known.get(key) ?? NOTHING;
    this.known.set(key, { ...before, executed: Math.max(before.executed, cumulative) });
  }

  private note(of: { readonly orderId: number; readonly clientId: number; readonly permId: number }): string {
    const { orderId, clientId, permId } = of;
    if (permId > 0 && orderId > 0) this.identities.set(permId, { orderId, clientId });
    return keyOf(of);
  }
}

/** Ids are unique per client; orders made by hand have none but the permanent id. */
export function keyOf(of: { readonly orderId: number; readonly clientId: number; readonly permId: number }): string {
  return of.orderId > 0 ? `${of.clientId}:${of.orderId}` : `perm:${of.permId}`;
}

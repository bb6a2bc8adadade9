/** The broker's unrequested messages about orders, as events in the order of arrival. */

import type { Contract, Execution } from '@stoqey/ib';
import { defined } from '../domain/defined.js';
import type { Log } from '../domain/log.js';
import type { OrderEvent, SessionState, WrittenOrder } from './api.js';
import type { Connection } from './connection.js';
import { commissionOf, fillOf } from './fills.js';
import { Listeners } from './listeners.js';
import { OrderBook } from './order-book.js';
import { statusRow } from './order-rows.js';
import { requestIds } from './request-ids.js';
import type { SessionPart } from './session-part.js';

/** Executions of manual orders carry this id: the largest that the protocol allows. */
const NO_ORDER_ID = 2_147_483_647;

export class OrderFeed implements SessionPart {
  /**
   * Highest order id ever seen from any client, or written. After an answer with other clients' orders IB takes only ids above
   * all of theirs, and answers 103 to lower ones.
   */
  highestOrderId = 0;
  readonly book = new OrderBook();
  private readonly listeners: Listeners<OrderEvent>;
  /** Ids of what-if orders, which are reported to no listener. */
  private readonly silent = new Set<number>();
  private readonly told = new Set<string>();
  private held: OrderEvent[] | undefined;

  constructor(
    readonly ownClientId: number,
    readonly timeOf: (text: string) => number,
    log: Log,
  ) {
    this.listeners = new Listeners('orders', log);
  }

  on(listener: (event: OrderEvent) => void): () => void {
    return this.listeners.add(listener);
  }

  /** An order id that the broker showed, of any client. */
  seen(orderId: number): void {
    if (orderId < NO_ORDER_ID) this.highestOrderId = Math.max(this.highestOrderId, orderId);
  }

  sessionChanged(state: SessionState): void {
    this.emit({ kind: 'session', state });
  }

  /** Holds events back until `deliver`: a stepped clock has not announced the new time yet. */
  holdBack(): void {
    this.held ??= [];
  }

  deliver(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const event of held) this.listeners.notify(event);
  }

  silence(orderId: number): () => void {
    this.silent.add(orderId);
    this.seen(orderId);
    // Suppresses events a while longer: the broker may send more about it after the answer.
    return () => {
      if (this.silent.size > 1_000) this.silent.clear();
    };
  }

  notePlaced(
    connection: Connection,
    { payload, orderRef, orderId, account, parentId }: Omit<WrittenOrder, 'epoch'>,
  ): void {
    if (connection.ended) return;
    this.seen(orderId);
    const [first, ...more] = payload.legs;
    const single = more.length === 0 ? first : undefined;
    this.book.notePlaced({
      orderId,
      clientId: this.ownClientId,
      permId: 0,
      orderRef,
      account,
      conId: single?.contract.conId ?? 0,
      legs: single ? [] : payload.legs.map(({ contract, ratio, action }) => ({ conId: contract.conId, ratio, action })),
      action: single?.action ?? 'BUY',
      orderType: payload.orderType,
      quantity: payload.quantity,
      ...defined({ parentId, limitPrice: payload.limitPrice, stopPrice: payload.stopPrice }),
      ...(payload.conditions && { conditionPrices: payload.conditions.map(({ price }) => price) }),
    });
  }

  attach(connection: Connection): void {
    const { adapter, epoch } = connection;
    this.book.clear();
    this.told.clear();
    adapter.on('openOrder', (orderId, contract, order, state) => {
      if (order.whatIf === true || this.isSilent(orderId, order.clientId)) return;
      this.seen(orderId);
      this.emit({ kind: 'order', order: this.book.openOrder(orderId, contract, order, state), epoch });
    });
    adapter.on(
      'orderStatus',
      (orderId, status, filled, remaining, _average, permId, _parent, _last, clientId, whyHeld) => {
        if (this.isSilent(orderId, clientId)) return;
        const order = this.book.orderStatus(
          orderId,
          statusRow(status, { filled, remaining, permId, clientId, whyHeld }),
        );
        if (order !== undefined) this.emit({ kind: 'order', order, epoch });
      },
    );
    adapter.on('execDetails', (reqId, contract, execution) => {
      if (!requestIds.has(reqId)) this.execution(contract, execution, epoch);
    });
    adapter.on('commissionReport', (report) => {
      const row = commissionOf(report);
      if (row !== undefined) this.emit({ kind: 'commission', ...row, epoch });
    });
    adapter.on('error', (error, code, id) => {
      if (id > 0 && !requestIds.has(id) && !this.silent.has(id))
        this.emit({ kind: 'error', orderId: id, code, text: error.message, epoch });
    });
  }

  private execution(contract: Contract, execution: Execution, epoch: number): void {
    const fill = fillOf(contract, execution, this.timeOf);
    if (fill === undefined || this.told.has(fill.execId)) return;
    this.told.add(fill.execId);
    const { orderId, permId } = fill;
    const clientId = execution.clientId ?? 0;
    this.seen(orderId);
    // Legs of a combination count in their own units: only its summary says how much of the order is done.
    if (execution.cumQty !== undefined && this.book.isOwnUnit({ orderId, clientId, permId }, fill.conId))
      this.book.executed({ orderId, clientId, permId }, execution.cumQty);
    this.emit({ kind: 'fill', fill, epoch });
  }

  private isSilent(orderId: number, clientId: number | undefined): boolean {
    return clientId === this.ownClientId && this.silent.has(orderId);
  }

  private emit(event: OrderEvent): void {
    if (this.held) this.held.push(event);
    else this.listeners.notify(event);
  }
}

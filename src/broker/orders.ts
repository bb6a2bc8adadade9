/** The order path: writes in the tick of the call or not at all, and events in the order of their arrival. */

import { type Contract, OptionExerciseAction, SecType } from '@stoqey/ib';
import { defined } from '../domain/defined.js';
import { LegworkError } from '../domain/errors.js';
import type { Fill } from '../domain/order/fill.js';
import type { OrderPayload } from '../domain/order/order.js';
import { inDollars } from './account.js';
import type { BrokerOrder, BrokerOrders, Complete, ExerciseAnswer, OrderEvent, WhatIf } from './api.js';
import type { Connection } from './connection.js';
import { unreachable } from './failures.js';
import { contractOf, orderOf } from './ib-order.js';
import type { OrderFeed } from './order-feed.js';
import { readCompleted, readExecutions, readOpenOrders } from './order-queries.js';
import { LAST_ORDER_ID, requestIds } from './request-ids.js';
import type { Requests } from './requests.js';
import type { Session } from './session.js';
import { askWhatIf } from './what-if.js';

type Write = Parameters<BrokerOrders['place']>[0];
type Instruction = Parameters<BrokerOrders['exercise']>[0];

/** Order message: the order will be carried out after the close. */
const INSTRUCTION_TAKEN = 399;

export interface OrderPorts {
  readonly session: Session;
  readonly requests: Requests;
  readonly feed: OrderFeed;
  /** How much of the account's currency a dollar is. */
  readonly perDollar: () => Promise<number>;
}

export class Orders implements BrokerOrders {
  private lastAllocated = 0;

  constructor(private readonly ports: OrderPorts) {}

  on(listener: (event: OrderEvent) => void): () => void {
    return this.ports.feed.on(listener);
  }

  allocateOrderId(floor: number): number {
    const { session, feed } = this.ports;
    session.usable();
    const next = requestIds.clear(
      Math.max(session.nextValidId ?? 1, feed.highestOrderId + 1, floor + 1, this.lastAllocated + 1),
    );
    requestIds.noteOrder(next);
    if (next > LAST_ORDER_ID) throw new LegworkError('INVARIANT_BROKEN', `The order ids are used up at ${next}.`);
    this.lastAllocated = next;
    return next;
  }

  place(order: Write): void {
    const connection = this.writable(order.epoch, order.account);
    this.write(connection, order);
  }

  modify(order: Write): void {
    const connection = this.writable(order.epoch, order.account);
    if (this.ports.session.state().modifyBlocked)
      throw unreachable('No order may be modified before the open orders have been read again.');
    const contract = this.shownContract(order.orderId);
    if (contract === undefined)
      throw unreachable(`Order ${order.orderId} has not been shown in this session; nothing was written.`);
    this.write(connection, order, contract);
  }

  isDescribed(orderId: number): boolean {
    return this.shownContract(orderId) !== undefined;
  }

  private shownContract(orderId: number): Contract | undefined {
    const { feed } = this.ports;
    return feed.book.contractOf(orderId, feed.ownClientId);
  }

  cancel(orderId: number, epoch: number): void {
    const connection = this.writable(epoch);
    this.send(connection, `the cancel of order ${orderId}`, (api) => api.cancelOrder(orderId));
  }

  openOrders(): Promise<Complete<BrokerOrder>> {
    return readOpenOrders(this.ports.requests, this.ports.feed);
  }

  completedOrders(): Promise<Complete<BrokerOrder>> {
    return readCompleted(this.ports.requests, this.ports.feed);
  }

  executions(): Promise<Complete<Fill>> {
    return readExecutions(this.ports.requests, this.ports.feed);
  }

  async whatIf(payload: OrderPayload, account: string): Promise<WhatIf> {
    const connection = this.writable(this.ports.session.state().epoch, account);
    const orderId = this.allocateOrderId(0);
    const release = this.ports.feed.silence(orderId);
    try {
      const { timeoutMs } = this.ports.requests;
      const answer = await askWhatIf(connection, { payload, account, orderId, timeoutMs });
      return answer.initMarginChange === undefined ? answer : inDollars(answer, await this.ports.perDollar());
    } finally {
      release();
    }
  }

  exercise({ conId, symbol, contracts, account, epoch, override }: Instruction): Promise<ExerciseAnswer> {
    const connection = this.writable(epoch, account);
    const reqId = requestIds.next();
    return new Promise<ExerciseAnswer>((resolve, reject) => {
      const end = (answer: ExerciseAnswer): void => {
        clearTimeout(timer);
        off();
        resolve(answer);
      };
      const off = connection.adapter.on('error', (error, code, id) => {
        if (id !== reqId) return;
        end({ kind: code === INSTRUCTION_TAKEN ? 'accepted' : 'refused', code, text: error.message });
      });
      const timer = setTimeout(() => end({ kind: 'silent' }), this.ports.requests.timeoutMs);
      const contract = { conId, symbol, secType: SecType.OPT, exchange: 'SMART', currency: 'USD' };
      try {
        this.send(connection, `the exercise of contract ${conId}`, (api) =>
          api.exerciseOptions(reqId, contract, OptionExerciseAction.EXERCISE, contracts, account, override ? 1 : 0),
        );
      } catch (error) {
        clearTimeout(timer);
        off();
        reject(error);
      }
    });
  }

  /** The connection that may be written to now; throws LIVE_GUARD or BROKER_UNREACHABLE without writing. */
  private writable(epoch: number, account?: string): Connection {
    const connection = this.ports.session.usable();
    if (account !== undefined && !this.ports.session.state().accounts.includes(account))
      throw new LegworkError('LIVE_GUARD', 'The account of the order is not one that the guard has checked.');
    if (connection.epoch !== epoch)
      throw unreachable(`The session of epoch ${epoch} has ended; nothing was written.`, { epoch });
    return connection;
  }

  private write(
    connection: Connection,
    { payload, orderRef, orderId, account, ...family }: Write,
    contract = contractOf(payload),
  ): void {
    const order = orderOf(payload, orderRef, account, family);
    const { parentId } = family;
    this.ports.feed.notePlaced(connection, {
      ...{ payload, orderRef, orderId, account },
      ...defined({ parentId }),
    });
    this.send(connection, `order ${orderId}`, (api) => api.placeOrder(orderId, contract, order));
  }

  /** Writes or throws. After a throw the connection has ended, with everything the library held back in it. */
  private send(connection: Connection, what: string, call: Parameters<Connection['writeNow']>[0]): void {
    if (connection.writeNow(call)) return;
    throw unreachable(`The client library did not write ${what}; the session has ended.`);
  }
}

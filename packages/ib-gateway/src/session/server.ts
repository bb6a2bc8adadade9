/**
 * The gateway's API port: takes connections, keeps the sessions, and routes the exchange's events to their client.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Journal } from '../journal.js';
import type { ExchangeEvent, GatewayOrder } from '../model.js';
import { baseOf } from './account-rows.js';
import { ClientSession, type SessionHost } from './client-session.js';
import { Farms } from './farms.js';
import { Faults } from './faults.js';
import type { LineBudget } from './market-lines.js';
import { commissionValues, executionValues, openOrderValues, statusValues } from './order-values.js';
import type { GatewayParts } from './port.js';

/** IB's allowance without boosters. */
const MARKET_DATA_LINES = 100;
const LINES_LOST = 1101;

export interface ServerOptions {
  readonly accounts: readonly string[];
  /** Messages a second that a client may send; 0: any. */
  readonly messageRate: number;
}

export class SessionServer implements SessionHost {
  readonly market: GatewayParts['market'];
  readonly exchange: GatewayParts['exchange'];
  readonly clock: GatewayParts['clock'];
  readonly journal: Journal;
  readonly accounts: readonly string[];
  readonly messageRate: number;
  readonly budget: LineBudget = { used: 0, limit: MARKET_DATA_LINES };
  readonly faults: Faults;
  readonly farms = new Farms();
  readonly #server: Server;
  readonly #sessions = new Set<ClientSession>();
  readonly #byClient = new Map<number, ClientSession>();
  /** Executions of silenced orders, whose commissions are silent too. */
  readonly #silentExecutions = new Set<string>();
  readonly #unsubscribe: () => void;
  #connections = 0;

  constructor(parts: GatewayParts, journal: Journal, options: ServerOptions) {
    this.market = parts.market;
    this.exchange = parts.exchange;
    this.clock = parts.clock;
    this.journal = journal;
    this.accounts = options.accounts;
    this.messageRate = options.messageRate;
    this.faults = new Faults({
      clock: this.clock,
      dropAll: (reason) => this.dropAll(reason),
      endAll: (reason) => {
        for (const session of [...this.#sessions]) session.end(reason);
      },
      notice: (code, text) => this.notice(code, text),
      marketDataChanged: () => {
        for (const session of this.#ready()) session.lines.stateChanged();
      },
      refuseLines: (refusal) => {
        for (const session of this.#ready()) session.lines.refuse(refusal);
      },
      stall: (farm) => this.farms.stall(farm),
      unfrozen: () => {
        for (const session of [...this.#sessions]) session.unfrozen();
      },
      rollbackIds: (count) => this.exchange.faults?.rollbackIds(count),
      record: (type, fields) => this.record(type, fields),
    });
    this.#unsubscribe = this.exchange.on((event) => this.#route(event));
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens; resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.dropAll('the gateway stops');
    await closed;
  }

  /** The sessions as the control interface shows them. */
  sessions(): readonly { session: number; clientId: number; version: number; ready: boolean }[] {
    return [...this.#sessions].map((session) => ({
      session: session.number,
      clientId: session.clientId,
      version: session.serverVersion,
      ready: session.ready,
    }));
  }

  claim(clientId: number, session: ClientSession): boolean {
    if (this.#byClient.has(clientId) || this.faults.holdsId(clientId)) return false;
    this.#byClient.set(clientId, session);
    return true;
  }

  ended(session: ClientSession): void {
    this.#sessions.delete(session);
    if (this.#byClient.get(session.clientId) === session) this.#byClient.delete(session.clientId);
  }

  dropAll(reason: string): void {
    for (const session of [...this.#sessions]) session.cut(reason);
  }

  /** A system message to every client, with its effect on quotes. */
  notice(code: number, text: string): void {
    this.farms.hear(code, text);
    for (const session of this.#ready()) {
      if (code === LINES_LOST) session.forgetMarketData();
      session.error(-1, code, text);
      session.history.farmsChanged();
    }
  }

  /** Sends every change of a subscribed quote, balance or chart. */
  pump(): void {
    this.#guarded((session) => session.pump());
  }

  /**
   * Quotes were changed from outside at a time: subscribers are notified in this turn, with the quotes of that time. A fast
   * clock may be past a short change by the next pump, and even by the end of this one.
   */
  quotesChanged(at: number): void {
    this.#guarded((session) => session.lines.pump(at));
  }

  #guarded(action: (session: ClientSession) => void): void {
    for (const session of this.#ready()) {
      try {
        action(session);
      } catch (error) {
        // The pump runs on a timer: an error of one line must not end the gateway.
        this.record('INTERNAL_ERROR', {
          text: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      }
    }
  }

  #ready(): ClientSession[] {
    return [...this.#sessions].filter((session) => session.ready);
  }

  #accept(socket: Socket): void {
    if (this.faults.refusing) {
      socket.destroy();
      return;
    }
    this.#connections += 1;
    this.#sessions.add(new ClientSession(this, socket, this.#connections));
  }

  #owners(clientId: number): readonly ClientSession[] {
    if (clientId === -1) return this.#ready();
    const owner = this.#byClient.get(clientId);
    return owner ? [owner] : [];
  }

  #route(event: ExchangeEvent): void {
    if (event.kind === 'openOrder' || event.kind === 'orderStatus') this.#routeOrder(event, event.order);
    else if (event.kind === 'execution') {
      const { execution } = event;
      if (this.faults.answers.muteOf(execution.orderRef) === 'silent') {
        this.#silentExecutions.add(execution.execId);
        return;
      }
      for (const session of this.#owners(execution.clientId))
        session.send('EXECUTION_DATA', executionValues(execution, -1));
    } else if (event.kind === 'commission') {
      if (this.#silentExecutions.has(event.commission.execId)) return;
      for (const session of this.#owners(event.clientId))
        session.send('COMMISSION_REPORT', commissionValues(event.commission));
    } else if (event.kind === 'error') {
      for (const session of this.#owners(event.clientId))
        session.error(event.id, event.code, event.text, event.advancedReject);
    } else if (event.kind === 'script') {
      const { missed: text } = event;
      this.record(text === undefined ? 'EVENT' : 'EVENT_MISSED', {
        ...event.event,
        ...(text !== undefined && { text }),
      });
    } else for (const session of this.#ready()) session.positionChanged(event.position);
  }

  #routeOrder(event: Extract<ExchangeEvent, { kind: 'openOrder' | 'orderStatus' }>, order: GatewayOrder): void {
    const { orderRef, clientId, orderId } = order.request;
    if (this.faults.answers.muteOf(orderRef) === 'silent') {
      this.record('FAULT_HIT', { fault: 'mute', orderId, event: event.kind });
      return;
    }
    for (const session of this.#owners(clientId)) {
      if (event.kind === 'orderStatus') session.send('ORDER_STATUS', statusValues(order));
      else session.send('OPEN_ORDER', openOrderValues(order, this.market, { ...event, base: baseOf(this) }));
    }
  }

  /** Journals entries that belong to no single session. */
  record(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.journal.add({ session: 0, clientId: undefined, dir: 'sys', type, fields });
  }
}

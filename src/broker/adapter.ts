/**
 * One client object of the library for one connection, never used again after it.
 *
 * The library queues what is written while it is disconnected and sends it after a reconnect, and its rate limiter
 * survives as well. So an object lives for a single connection: `end` drops the listeners, closes the socket and makes
 * every later write a no-op. Its limiter is set so high that it never delays; pacing is done in pacing.ts.
 */

import {
  type CommissionReport,
  type Contract,
  type ContractDetails,
  type EventName,
  type Execution,
  IBApi,
  type Order,
  type OrderState,
} from '@stoqey/ib';
import { messageOf } from '../domain/errors.js';
import type { Log } from '../domain/log.js';

/** The events that have listeners, with their arguments. */
export interface WireEvents {
  connected: [];
  disconnected: [];
  /** Protocol version, and the gateway's own clock with the name of its zone. */
  server: [version: number, connectedAt: string];
  sent: [];
  /** The tokens of a message before decoding. */
  received: [tokens: readonly string[]];
  info: [text: string, code: number];
  error: [error: Error, code: number, id: number];
  nextValidId: [orderId: number];
  managedAccounts: [list: string];
  currentTime: [seconds: number];
  openOrder: [orderId: number, contract: Contract, order: Order, state: OrderState];
  openOrderEnd: [];
  orderStatus: [
    orderId: number,
    status: string,
    filled: number | undefined,
    remaining: number | undefined,
    averagePrice: number,
    permId?: number,
    parentId?: number,
    lastPrice?: number,
    clientId?: number,
    whyHeld?: string,
  ];
  completedOrder: [contract: Contract, order: Order, state: OrderState];
  completedOrdersEnd: [];
  execDetails: [reqId: number, contract: Contract, execution: Execution];
  execDetailsEnd: [reqId: number];
  commissionReport: [report: CommissionReport];
  contractDetails: [reqId: number, details: ContractDetails];
  contractDetailsEnd: [reqId: number];
  securityDefinitionOptionParameter: [
    reqId: number,
    exchange: string,
    underlyingConId: number,
    tradingClass: string,
    multiplier: string | number,
    expirations: string[],
    strikes: number[],
  ];
  securityDefinitionOptionParameterEnd: [reqId: number];
  marketRule: [ruleId: number, rows: { lowEdge?: number; increment?: number }[]];
  historicalData: [reqId: number, time: string, open: number, high: number, low: number, close: number];
  position: [account: string, contract: Contract, quantity: number, averageCost?: number];
  positionEnd: [];
  accountSummary: [reqId: number, account: string, tag: string, value: string, currency: string];
  accountSummaryEnd: [reqId: number];
  pnlSingle: [
    reqId: number,
    position: number,
    daily: number | undefined,
    unrealized: number | undefined,
    realized: number | undefined,
    value: number | undefined,
  ];
  marketDataType: [reqId: number, type: number];
  tickPrice: [reqId: number, type: number, price: number];
  tickSize: [reqId: number, type: number, size: number | undefined];
  tickGeneric: [reqId: number, type: number, value: number];
  tickString: [reqId: number, type: number, value: string];
  tickOptionComputation: [
    reqId: number,
    type: number,
    attribute: number | undefined,
    impliedVol?: number,
    delta?: number,
    price?: number,
    pvDividend?: number,
    gamma?: number,
    vega?: number,
    theta?: number,
  ];
}

export type WireEvent = keyof WireEvents;

/** Messages a second of the library's own limiter: so many that it never delays one. */
const UNLIMITED = 10_000_000;

export class Adapter {
  private readonly api: IBApi;
  private over = false;
  private written = 0;

  constructor(
    endpoint: { readonly host: string; readonly port: number; readonly clientId: number },
    private readonly log: Log,
    private readonly onBroken: (reason: string) => void,
  ) {
    this.api = new IBApi({ ...endpoint, maxReqPerSec: UNLIMITED });
    this.on('sent', () => {
      this.written += 1;
    });
    this.guardDecoder();
  }

  get ended(): boolean {
    return this.over;
  }

  get serverVersion(): number {
    return this.api.serverVersion;
  }

  connect(): void {
    this.api.connect();
  }

  /** Listens until the end of the connection or until the returned function is called. A listener that throws is logged. */
  on<E extends WireEvent>(event: E, listener: (...values: WireEvents[E]) => void): () => void {
    const safe = (...values: unknown[]): void => {
      if (this.over) return;
      try {
        listener(...(values as WireEvents[E]));
      } catch (error) {
        this.log('error', 'a listener of broker events failed', { event, error: String(error) });
      }
    };
    const name = event as unknown as EventName.all;
    this.api.on(name, safe);
    return () => {
      this.api.removeListener(name, safe);
    };
  }

  /**
   * Calls the library. True when bytes were handed to the socket before this returned; false when nothing was written and
   * nothing ever will be. A client object that holds a message back is reported as broken, which ends it.
   */
  write(call: (api: IBApi) => void): boolean {
    if (this.over || !this.api.isConnected) return false;
    const before = this.written;
    try {
      call(this.api);
    } catch (error) {
      // The library's queue stops for good after an exception in it.
      this.onBroken(`The client library failed to write: ${messageOf(error)}`);
    }
    if (this.written > before) return true;
    this.onBroken('The client library held a message back.');
    return false;
  }

  /** Ends the connection for good. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.api.removeAllListeners();
    this.api.disconnect();
  }

  /**
   * The library parses one field of error messages as JSON without a guard, inside the socket's handler: a malformed field
   * would end the process. An exception in its decoder ends this connection instead.
   */
  private guardDecoder(): void {
    const controller = Reflect.get(this.api, 'controller') as { processIngressQueue(): void };
    const process = controller.processIngressQueue.bind(controller);
    controller.processIngressQueue = () => {
      if (this.over) return;
      try {
        process();
      } catch (error) {
        this.onBroken(`A message of the broker could not be read: ${messageOf(error)}`);
      }
    };
  }
}

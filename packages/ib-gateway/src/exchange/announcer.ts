/**
 * What clients are sent, including irregularities: statuses that come twice, orders whose callbacks are lost.
 */
import { numberHash, uniformOf } from '../market/random.js';
import type { ExchangeEvent, GatewayMargin } from '../model.js';
import type { ExchangeScenario } from './config.js';
import { type OrderRecord, roundPrice, snapshot } from './order-record.js';
import type { Refusal } from './refusal.js';

type Listener = (event: ExchangeEvent) => void;

export class Announcer {
  readonly #seed: number;
  readonly #callbacks: ExchangeScenario['callbacks'];
  readonly #listeners = new Set<Listener>();
  readonly #muted = new Set<string>();
  /** Events of orders in transit, by permanent id. */
  readonly #withheld = new Map<number, ExchangeEvent[]>();
  readonly #statusCounts = new Map<number, number>();

  constructor(seed: number, callbacks: ExchangeScenario['callbacks']) {
    this.#seed = seed;
    this.#callbacks = callbacks;
  }

  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Orders whose reference begins with the prefix get no callbacks from now on. */
  mute(prefix: string): void {
    this.#muted.add(prefix);
  }

  unmute(prefix: string): void {
    this.#muted.delete(prefix);
  }

  isMuted(orderRef: string): boolean {
    for (const prefix of this.#muted) if (orderRef.startsWith(prefix)) return true;
    return false;
  }

  /** Sends an order's event, unless the order is muted. */
  publish(orderRef: string, event: ExchangeEvent): void {
    if (this.#muted.size === 0 || !this.isMuted(orderRef)) this.broadcast(event);
  }

  /** Sends an event that belongs to no order. */
  broadcast(event: ExchangeEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Holds the callbacks of an order, except its executions, until they are released. */
  withhold({ permId }: OrderRecord): void {
    this.#withheld.set(permId, []);
  }

  /** Sends the held callbacks of an order in order; if there were none, its present state. */
  release(record: OrderRecord): void {
    const kept = this.#withheld.get(record.permId);
    if (!kept) return;
    this.#withheld.delete(record.permId);
    for (const event of kept) this.publish(record.request.orderRef, event);
    if (kept.length === 0) this.order(record);
  }

  #send({ permId, request }: OrderRecord, event: ExchangeEvent): void {
    const kept = this.#withheld.get(permId);
    if (kept) kept.push(event);
    else this.publish(request.orderRef, event);
  }

  /** openOrder and orderStatus; the latter sometimes comes twice. */
  order(record: OrderRecord): void {
    this.#send(record, { kind: 'openOrder', order: snapshot(record) });
    this.status(record);
  }

  /** openOrder again, with the order's commission. */
  cost(record: OrderRecord): void {
    this.#send(record, { kind: 'openOrder', order: snapshot(record), commission: roundPrice(record.commission) });
  }

  status(record: OrderRecord): void {
    const count = (this.#statusCounts.get(record.permId) ?? 0) + 1;
    this.#statusCounts.set(record.permId, count);
    const event: ExchangeEvent = { kind: 'orderStatus', order: snapshot(record) };
    this.#send(record, event);
    if (this.draw(record.permId, count, 21) < this.#callbacks.duplicates) this.#send(record, event);
  }

  /** Answers a what-if. A warning comes first, in a row of its own, then the figures. */
  whatIf(record: OrderRecord, margin: GatewayMargin, warning: string | undefined): void {
    if (warning !== undefined)
      this.publish(record.request.orderRef, { kind: 'openOrder', order: snapshot(record), warning });
    this.publish(record.request.orderRef, { kind: 'openOrder', order: snapshot(record), margin });
  }

  /** Whether the status of this fill comes before its executions. */
  statusFirst(record: OrderRecord): boolean {
    return this.draw(record.permId, record.fills, 22) < this.#callbacks.statusFirst;
  }

  /** A message about a live or ended order, sent after the earlier ones about it. */
  message(record: OrderRecord, { code, text }: Refusal): void {
    const { clientId, orderId } = record.request;
    this.#send(record, { kind: 'error', clientId, id: orderId, code, text });
  }

  /** An error that answers a request at once. */
  refuse(request: { clientId: number; orderId: number; orderRef: string }, why: Refusal): void {
    const { clientId, orderId, orderRef } = request;
    const advanced = why.json === undefined ? {} : { advancedReject: why.json };
    this.publish(orderRef, { kind: 'error', clientId, id: orderId, code: why.code, text: why.text, ...advanced });
  }

  draw(first: number, second: number, salt: number): number {
    return uniformOf(numberHash(this.#seed, first, second, salt));
  }
}

/**
 * Every order of the day by its ids, and the order ids that clients have used.
 */
import { numberHash, textHash } from '../market/random.js';
import type { GatewayOrderRequest } from '../model.js';
import type { OrderRecord } from './order-record.js';

const FIRST_PERM_ID = 1_000_000_000;
const PERM_ID_RANGE = 1_000_000_000;
/** How many permanent ids a saved book remembers, so that a later run reuses none of them. */
const REMEMBERED_PERM_IDS = 10_000;

/** The saved part of the book. */
export interface BookState {
  readonly live: readonly OrderRecord[];
  readonly done: readonly OrderRecord[];
  readonly nextIds: readonly (readonly [number, number])[];
  readonly permIds: readonly number[];
}

export class OrderBook {
  readonly #seed: number;
  /** The latest order of each client and order id. */
  readonly #byId = new Map<string, OrderRecord>();
  readonly #live = new Set<OrderRecord>();
  #done: OrderRecord[] = [];
  readonly #permIds = new Set<number>();
  readonly #nextIds = new Map<number, number>();

  /** `generation` is the number of earlier runs of the account. */
  constructor(seed: number, generation = 0) {
    this.#seed = generation === 0 ? seed : numberHash(seed, generation, 13);
  }

  /** Orders that are not transmitted are unknown to all, and are not saved. */
  state(): BookState {
    return {
      live: this.live().filter(({ phase }) => phase !== 'held'),
      done: this.#done,
      nextIds: [...this.#nextIds],
      permIds: [...this.#permIds].slice(-REMEMBERED_PERM_IDS),
    };
  }

  restore({ live, done, nextIds, permIds }: BookState): void {
    for (const record of [...done, ...live]) this.add(restored(record));
    for (const record of this.live()) if (record.phase === 'done') this.finish(record);
    for (const [clientId, next] of nextIds) this.#nextIds.set(clientId, next);
    for (const id of permIds) this.#permIds.add(id);
  }

  find(clientId: number, orderId: number): OrderRecord | undefined {
    return this.#byId.get(`${clientId} ${orderId}`);
  }

  /** Orders that are not final, in the order they were placed. */
  live(): readonly OrderRecord[] {
    return [...this.#live];
  }

  done(): readonly OrderRecord[] {
    return this.#done;
  }

  add(record: OrderRecord): void {
    const { clientId, orderId } = record.request;
    if (!record.lost) this.#byId.set(`${clientId} ${orderId}`, record);
    this.#live.add(record);
  }

  /** Detaches an order from its client: it is shown with other ids, and its own id is free again. */
  lose(record: OrderRecord, orderId: number, clientId: number): void {
    const { request } = record;
    this.#byId.delete(`${request.clientId} ${request.orderId}`);
    this.#nextIds.set(request.clientId, Math.min(this.nextOrderId(request.clientId), request.orderId));
    record.lost = true;
    record.request = { ...request, orderId, clientId };
  }

  /** Gives an order to a client under an id. */
  bind(record: OrderRecord, clientId: number, orderId: number): void {
    record.lost = false;
    record.request = { ...record.request, clientId, orderId };
    this.add(record);
  }

  finish(record: OrderRecord): void {
    if (this.#live.delete(record)) this.#done.push(record);
  }

  /** Drops orders that became final before a time. */
  forgetBefore(at: number): void {
    const old = this.#done.filter((record) => (record.completedAt ?? 0) < at);
    this.#done = this.#done.filter((record) => (record.completedAt ?? 0) >= at);
    for (const record of old) {
      const id = `${record.request.clientId} ${record.request.orderId}`;
      if (this.#byId.get(id) === record) this.#byId.delete(id);
    }
  }

  nextOrderId(clientId: number): number {
    return this.#nextIds.get(clientId) ?? 1;
  }

  useOrderId(clientId: number, orderId: number): void {
    this.#nextIds.set(clientId, Math.max(this.nextOrderId(clientId), orderId + 1));
  }

  /** Lowers the next order id of every client by a count, as a gateway does that lost its last writes. */
  rollbackIds(count: number): void {
    for (const [clientId, next] of this.#nextIds) this.#nextIds.set(clientId, Math.max(1, next - count));
  }

  /**
   * A permanent id from the seed and the order's own reference, so that it does not depend on which of two orders came
   * first; a reference used again gets another.
   */
  newPermId(request: Pick<GatewayOrderRequest, 'orderRef' | 'clientId' | 'orderId'>): number {
    const { orderRef, clientId, orderId } = request;
    const key = orderRef === '' ? `${clientId} ${orderId}` : orderRef;
    let number = numberHash(this.#seed, textHash(key)) % PERM_ID_RANGE;
    while (this.#permIds.has(number)) number = (number + 1) % PERM_ID_RANGE;
    this.#permIds.add(number);
    return FIRST_PERM_ID + number;
  }
}

/** A copy of a record. JSON has no infinity, which is the next sample time of an order without another session. */
function restored(record: OrderRecord): OrderRecord {
  const legTotals = record.legTotals.map((total) => ({ ...total }));
  return {
    ...record,
    legTotals,
    // States of earlier versions lack it.
    commission: record.commission ?? 0,
    sightings: { ...record.sightings },
    nextLookAt: record.nextLookAt ?? Number.POSITIVE_INFINITY,
  };
}

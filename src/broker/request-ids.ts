/**
 * Ids of requests. Requests and orders share one space of ids in the broker's error messages, up to 2^31 - 1. Other clients may use
 * any part of it for their orders, and our order ids must lie above all of theirs. So request ids come from a band in which no
 * order id was ever seen, and move to another band when one turns up there. An order id is never one that a request of this process
 * had.
 */
import { LegworkError } from '../domain/errors.js';

const BAND = 2 ** 24;
const BANDS = 2 ** 31 / BAND;
/** The first band lies around 900 million; the others follow upwards, then downwards. The lowest is left to orders. */
const PREFERRED = 54;
const ORDER: readonly number[] = [
  ...Array.from({ length: BANDS - PREFERRED }, (_, index) => PREFERRED + index),
  ...Array.from({ length: PREFERRED - 1 }, (_, index) => PREFERRED - 1 - index),
];
/** Order ids grow: a band is left to them when they come this close. */
const ROOM = 1_000_000;

/** The highest order id; 2^31 - 1 itself stands for an order by hand. */
export const LAST_ORDER_ID = 2 ** 31 - 2;
/** When this few order ids are left, a person should know. */
const FEW = 100_000;

export class RequestIds {
  /** Bands in which an order id was seen, or soon may be. */
  private readonly taken = new Set<number>();
  /** First and last id given out, by band. */
  private readonly given = new Map<number, { readonly from: number; to: number }>();
  private band = PREFERRED;
  private highestOrderId = 0;

  /** An id that no request of this process had before, and no known order. Throws INVARIANT_BROKEN when there is none. */
  next(): number {
    const range = this.given.get(this.band);
    if (this.taken.has(this.band) || (range !== undefined && range.to + 1 >= (this.band + 1) * BAND)) {
      const free = ORDER.find((band) => !this.taken.has(band) && !this.given.has(band));
      if (free === undefined)
        throw new LegworkError('INVARIANT_BROKEN', 'The request ids are used up; restart the worker.');
      this.band = free;
    }
    const current = this.given.get(this.band);
    if (current === undefined) {
      const from = this.band * BAND + 1;
      this.given.set(this.band, { from, to: from });
      return from;
    }
    current.to += 1;
    return current.to;
  }

  /** Whether a request of this process had the id. */
  has(id: number): boolean {
    const range = this.given.get(Math.floor(id / BAND));
    return range !== undefined && id >= range.from && id <= range.to;
  }

  /** An order id of any client was seen, or is used from now on. */
  noteOrder(id: number): void {
    if (!(id > 0) || id > LAST_ORDER_ID) return;
    this.highestOrderId = Math.max(this.highestOrderId, id);
    for (const near of [id, Math.min(id + ROOM, LAST_ORDER_ID)]) this.taken.add(Math.floor(near / BAND));
  }

  /** The id itself for an order, or the next one that no request had. */
  clear(id: number): number {
    const range = this.given.get(Math.floor(id / BAND));
    return range !== undefined && this.has(id) ? range.to + 1 : id;
  }

  /** A sentence for a person when order ids run out. */
  get shortage(): string | undefined {
    const left = LAST_ORDER_ID - this.highestOrderId;
    if (left >= FEW) return undefined;
    return `Only ${left} order ids are left above ${this.highestOrderId}, the highest that any API client has used. While no order works, press "Reset API order ID sequence" in the gateway or TWS, under Global Configuration > API > Settings, have the other API clients use lower ids, and restart the worker.`;
  }
}

/** Ids of this process. */
export const requestIds = new RequestIds();

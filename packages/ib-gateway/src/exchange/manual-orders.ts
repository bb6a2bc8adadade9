/**
 * Orders that a person places in TWS.
 *
 * They belong to client 0 and have the order id 0, so nobody can change them through the API, until client 0 has them bound
 * to itself: then each gets a negative id of its own. The same goes for orders that lost their client.
 */
import type { GatewayOrderRequest } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import { isUnbound } from './lost-orders.js';
import type { OrderEntry } from './order-entry.js';
import type { OrderRecord } from './order-record.js';

const CLIENT = 0;
const UNBOUND = 0;

export interface ManualOrder {
  readonly conId: number;
  /** Above zero bought, below sold. */
  readonly quantity: number;
  readonly limitPrice: number;
  readonly tif: 'DAY' | 'GTC';
}

export class ManualOrders {
  readonly #parts: DeskParts;
  readonly #entry: OrderEntry;
  #bound = false;
  #lastId = 0;

  constructor(parts: DeskParts, entry: OrderEntry) {
    this.#parts = parts;
    this.#entry = entry;
  }

  /** Places an order; false when the contract is not listed, there is no quantity, or it is refused. */
  place({ conId, quantity, limitPrice, tif }: ManualOrder): boolean {
    const { market, book, account } = this.#parts;
    const contract = market.contract(conId);
    if (!contract || quantity === 0) return false;
    const { symbol, secType, currency } = contract;
    const before = book.live().length;
    this.#entry.placeByHand({
      ...{ orderId: this.#bound ? this.#nextId() : UNBOUND, clientId: CLIENT, orderRef: '', account },
      ...{ contract: { conId, symbol, secType, exchange: 'SMART', currency }, comboLegs: [] },
      ...{ action: quantity > 0 ? 'BUY' : 'SELL', quantity: Math.abs(quantity) },
      ...{ orderType: 'LMT', limitPrice, tif, transmit: true, whatIf: false, extra: {} },
    } satisfies GatewayOrderRequest);
    return book.live().length > before;
  }

  /** Binds manual orders, and those that lost their client, to client 0 from now on, including existing ones. */
  bind(): void {
    this.#bound = true;
    for (const record of this.bindPresent()) this.#parts.announcer.order(record);
  }

  /** Binds the existing ones silently, and returns them. */
  bindPresent(): readonly OrderRecord[] {
    const { book } = this.#parts;
    const unbound = book.live().filter(isUnbound);
    for (const record of unbound) book.bind(record, CLIENT, this.#nextId());
    return unbound;
  }

  /** Below every id in use, including those of an earlier run. */
  #nextId(): number {
    const used = this.#parts.book.live().map(({ request }) => request.orderId);
    this.#lastId = Math.min(this.#lastId, ...used) - 1;
    return this.#lastId;
  }
}

/**
 * Requests from clients: new orders, changes, what-ifs and cancels.
 */
import type { GatewayMargin, GatewayOrderRequest } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import { marginPreviewOf, newRecord } from './new-record.js';
import { changeRefusal } from './order-changes.js';
import { admissionRefusal, resolveOrder } from './order-checks.js';
import type { OrderDesk } from './order-desk.js';
import { childrenOf } from './order-family.js';
import type { OrderRecord } from './order-record.js';
import { type Refusal, refusal } from './refusal.js';
import { collisionRefusal, payoffRefusal } from './risk-checks.js';
import { cannotCancel, previewWarning } from './warnings.js';

/** A fault: the exchange refuses every order. */
export interface ScriptedRejections {
  take(): Refusal | undefined;
}

const MISSING_PARENT = (id: number): Refusal => refusal(10006, `Missing parent order: ${id}`);

/** How long a cancel of an ended order is answered with its state; afterwards the order is not found. */
const REMEMBERED_MS = 80_000;

export class OrderEntry {
  readonly #parts: DeskParts;
  readonly #desk: OrderDesk;
  readonly #rejections: ScriptedRejections;

  constructor(parts: DeskParts, desk: OrderDesk, rejections: ScriptedRejections) {
    this.#parts = parts;
    this.#desk = desk;
    this.#rejections = rejections;
  }

  place(request: GatewayOrderRequest): void {
    const { book, announcer } = this.#parts;
    if (request.whatIf) {
      this.#whatIf(request);
      return;
    }
    // Manual orders have id 0; no client may change one until it is bound to the client.
    const existing = request.orderId === 0 ? undefined : book.find(request.clientId, request.orderId);
    if (existing && existing.phase !== 'done') {
      this.#modify(existing, request);
      return;
    }
    if (request.orderId < book.nextOrderId(request.clientId)) {
      const filled = existing?.status === 'Filled';
      announcer.refuse(
        request,
        filled ? refusal(104, 'Cannot modify a filled order.') : refusal(103, 'Duplicate order id'),
      );
      return;
    }
    book.useOrderId(request.clientId, request.orderId);
    this.#placeNew(request, this.#rejections.take());
  }

  /** An order that a person places in TWS. */
  placeByHand(request: GatewayOrderRequest): void {
    this.#placeNew(request, undefined);
  }

  #placeNew(request: GatewayOrderRequest, scripted: Refusal | undefined): void {
    const { book, announcer, clock } = this.#parts;
    const resolved = scripted ?? resolveOrder(this.#parts, request);
    if ('code' in resolved) {
      announcer.refuse(request, resolved);
      return;
    }
    const parent = request.parentId === undefined ? undefined : book.find(request.clientId, request.parentId);
    if (request.parentId !== undefined && (!parent || parent.status === 'Cancelled')) {
      announcer.refuse(request, MISSING_PARENT(request.parentId));
      return;
    }
    const record = newRecord(request, resolved, book.newPermId(request), clock.now());
    book.add(record);
    if (request.transmit) this.#transmitFamily(record);
  }

  /** Transmits an order with its held parents and siblings, parents first. */
  #transmitFamily(record: OrderRecord): void {
    const { book } = this.#parts;
    let root = record;
    for (let parent = this.#parentOf(root); parent?.phase === 'held'; parent = this.#parentOf(root)) root = parent;
    const family = [root];
    for (const member of family) {
      const children = childrenOf(member, book.live()).filter((child) => child.phase === 'held');
      family.push(...[...children].sort((left, right) => left.request.orderId - right.request.orderId));
    }
    for (const member of family) if (member.phase === 'held') this.#transmit(member);
  }

  #parentOf({ request }: OrderRecord): OrderRecord | undefined {
    return request.parentId === undefined ? undefined : this.#parts.book.find(request.clientId, request.parentId);
  }

  #transmit(record: OrderRecord): void {
    const parent = this.#parentOf(record);
    const orphan = parent?.phase === 'done' && parent.status !== 'Filled';
    const why = orphan ? MISSING_PARENT(parent.request.orderId) : admissionRefusal(this.#parts, record);
    if (why) this.#turnDown(record, why);
    else this.#desk.transmit(record, parent);
  }

  #turnDown(record: OrderRecord, why: Refusal): void {
    const { announcer, config } = this.#parts;
    if (why.inactive && config.inactiveOrders === 'listed') {
      this.#desk.deactivate(record, why);
      return;
    }
    this.#desk.drop(record, why.inactive ? 'Inactive' : 'Cancelled', 'Cancelled by Trader');
    if (why.inactive) announcer.order(record);
    announcer.refuse(record.request, why);
  }

  #modify(record: OrderRecord, request: GatewayOrderRequest): void {
    const { announcer, book } = this.#parts;
    const why = changeRefusal(this.#parts, record, request);
    if (why) {
      announcer.refuse(request, why);
      return;
    }
    const before = record.request;
    const wasRemaining = record.remaining;
    record.request = { ...request, contract: before.contract, comboLegs: before.comboLegs };
    record.remaining = request.quantity - record.filled;
    if (record.phase === 'held') {
      if (request.transmit) this.#transmitFamily(record);
      return;
    }
    // A refused change leaves the order as it was.
    const refused = this.#rejections.take() ?? admissionRefusal(this.#parts, record);
    if (refused) {
      record.request = before;
      record.remaining = wasRemaining;
      announcer.refuse(request, { code: refused.code, text: refused.text });
      return;
    }
    book.useOrderId(request.clientId, request.orderId);
    this.#desk.changed(record);
  }

  #whatIf(request: GatewayOrderRequest): void {
    const { announcer, book, clock } = this.#parts;
    const resolved = resolveOrder(this.#parts, request);
    if ('code' in resolved) {
      announcer.refuse(request, resolved);
      return;
    }
    const record = newRecord(request, resolved, 0, clock.now());
    record.status = 'PreSubmitted';
    const why = payoffRefusal(record) ?? collisionRefusal(record, book.live());
    if (why) announcer.refuse(request, why);
    else announcer.whatIf(record, this.#preview(record), previewWarning(this.#parts, record));
  }

  /** The figures of a what-if; a fault leaves out the commission, and perhaps its range as well. */
  #preview(record: OrderRecord): GatewayMargin {
    const figures = marginPreviewOf(this.#parts, record);
    const hidden = this.#parts.injected.takeHiddenCommission();
    if (!hidden) return figures;
    const { commission: _, ...ranged } = figures;
    const { minCommission: _least, maxCommission: _most, ...margins } = ranged;
    return hidden.range ? ranged : margins;
  }

  cancel(clientId: number, orderId: number): void {
    const { book, announcer } = this.#parts;
    const record = orderId === 0 ? undefined : book.find(clientId, orderId);
    const now = this.#parts.clock.now();
    const isForgotten = record?.phase === 'done' && now - (record.completedAt ?? now) >= REMEMBERED_MS;
    if (!record || isForgotten) {
      const text = `OrderId ${orderId} that needs to be cancelled is not found.`;
      announcer.refuse({ clientId, orderId, orderRef: record?.request.orderRef ?? '' }, refusal(10147, text));
    } else if (record.phase === 'done') announcer.refuse(record.request, cannotCancel(record));
    else this.#desk.requestCancel(record);
  }

  globalCancel(): void {
    for (const record of this.#parts.book.live()) this.#desk.requestCancel(record);
  }
}

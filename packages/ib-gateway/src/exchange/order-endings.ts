/**
 * How orders end: filled, cancelled on request, ended by time, group, parent or condition, or refused.
 */
import type { GatewayOrderStatus } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import { INSTANT } from './instant.js';
import { OrderExpiries } from './order-expiries.js';
import { childrenOf } from './order-family.js';
import type { OrderRecord } from './order-record.js';
import type { Refusal } from './refusal.js';
import { cannotCancel } from './warnings.js';

const CANCELLED_TEXT = 'Order Canceled - reason:';
/** Share of cancels that are confirmed without a PendingCancel before. */
const SILENT_CANCELS = 0.1;

export class OrderEndings {
  readonly expiries: OrderExpiries;
  readonly #parts: DeskParts;
  readonly #ended: () => void;

  /** `ended` is called after orders have ended other than by their own fill. */
  constructor(parts: DeskParts, ended: () => void) {
    this.#parts = parts;
    this.#ended = ended;
    this.expiries = new OrderExpiries(parts, (record) => this.kill(record, ''));
  }

  /** Resumes an order that an earlier run left in the book at a time. */
  resume(record: OrderRecord, savedAt: number): void {
    this.expiries.set(record, savedAt);
    if (record.cancelling) this.#confirmCancel(record);
  }

  /** Requests the cancel of an order that is not final; it is confirmed after the usual time. */
  requestCancel(record: OrderRecord): void {
    const { announcer } = this.#parts;
    if (record.cancelling) return;
    record.cancelling = true;
    if (record.phase === 'held') {
      this.kill(record, '');
      return;
    }
    if (announcer.draw(record.permId, 0, 23) >= SILENT_CANCELS) {
      record.status = 'PendingCancel';
      announcer.status(record);
    }
    this.#confirmCancel(record);
  }

  #confirmCancel(record: OrderRecord): void {
    const { clock, announcer, cancelMs } = this.#parts;
    // The cancel of an order in transit follows it.
    const at = Math.max(clock.now() + cancelMs, record.acknowledgement?.at ?? 0);
    clock.schedule(at, `${INSTANT.cancel} ${record.key}`, () => {
      if (record.phase !== 'done') this.kill(record, '');
      else announcer.refuse(record.request, cannotCancel(record));
    });
  }

  /** Ends an order unfilled, with the message that confirms it, and the children that wait for it. */
  kill(record: OrderRecord, reason: string, completedStatus = reason || 'Cancelled by Trader'): void {
    const { announcer } = this.#parts;
    this.close(record, 'Cancelled', completedStatus);
    announcer.status(record);
    announcer.message(record, { code: 202, text: CANCELLED_TEXT + reason });
    this.#killChildren(record);
    this.#ended();
  }

  /** Ends an accepted order as refused, with the children that wait for it. */
  refuse(record: OrderRecord, why: Refusal, completedStatus: string): void {
    const { announcer } = this.#parts;
    announcer.message(record, why);
    this.close(record, 'Cancelled', completedStatus);
    announcer.status(record);
    this.#killChildren(record);
    this.#ended();
  }

  #killChildren(record: OrderRecord): void {
    for (const child of childrenOf(record, this.#parts.book.live()))
      if (child.phase === 'child' || child.phase === 'held') this.kill(child, '');
  }

  /** Ends an order silently. */
  drop(record: OrderRecord, status: GatewayOrderStatus, completedStatus: string): void {
    this.close(record, status, completedStatus);
    this.#ended();
  }

  /** Makes an order final; the caller notifies the clients. */
  close(record: OrderRecord, status: GatewayOrderStatus, completedStatus: string): void {
    record.phase = 'done';
    record.status = status;
    record.whyHeld = '';
    record.completedAt = this.#parts.clock.now();
    record.completedStatus = completedStatus;
    this.expiries.clear(record);
    this.#parts.book.finish(record);
  }
}

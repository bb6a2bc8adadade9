/**
 * Orders that the system ends after it has accepted them: cancelled for a reason (error 202), refused late (201), or refused and
 * left Inactive in the lists.
 *
 * IB's considerations for automated systems say that an order which fails a price check gets the status Cancelled and error
 * 202; an options client logs `[202] Limit price too far outside of NBBO`. Rejected orders stay listed as Inactive
 * (rust-ibapi issue 709, erdewit/ib_insync issue 559).
 */

import type { DeskParts } from './desk-parts.js';
import type { SystemEnding } from './injected-faults.js';
import { INSTANT } from './instant.js';
import { isBeyondMarket } from './order-checks.js';
import type { OrderEndings } from './order-endings.js';
import type { OrderRecord } from './order-record.js';
import type { Refusal } from './refusal.js';
import { TOO_FAR } from './risk-checks.js';

export class SystemEndings {
  readonly #parts: DeskParts;
  readonly #endings: OrderEndings;
  readonly #timers = new Map<OrderRecord, { cancel(): void }>();

  constructor(parts: DeskParts, endings: OrderEndings) {
    this.#parts = parts;
    this.#endings = endings;
  }

  /** Checks an order that was just accepted: a fault may end it, or a limit too far from the market. */
  accepted(record: OrderRecord): void {
    const fault = this.#parts.injected.takeEnding();
    // An order that ends as soon as it is accepted has no time to fill.
    if (fault) this.#set(record, fault, fault.ms, fault.ms === 0);
    else this.#endIfTooFar(record);
  }

  /** Checks a changed order again: at another price it may live after all. */
  changed(record: OrderRecord): void {
    if (record.ending?.blocked) this.#clear(record);
    if (!record.ending) this.#endIfTooFar(record);
  }

  #endIfTooFar(record: OrderRecord): void {
    const { config, latencyMs } = this.#parts;
    if (config.tooFarAnswer === 'cancelled' && isBeyondMarket(this.#parts, record))
      this.#set(record, { as: 'cancelled', text: TOO_FAR }, latencyMs, true);
  }

  /** Ends an order after this many market ms, but not before its acknowledgement; `blocked`: it does not match until then. */
  #set(record: OrderRecord, { as, text }: SystemEnding, ms: number, blocked: boolean): void {
    const from = Math.max(this.#parts.clock.now(), record.acknowledgement?.at ?? 0);
    record.ending = { as, text, at: from + ms, blocked };
    this.resume(record);
  }

  #clear(record: OrderRecord): void {
    this.#timers.get(record)?.cancel();
    this.#timers.delete(record);
    delete record.ending;
  }

  /** Sets the timer of an order, even one from an earlier run. */
  resume(record: OrderRecord): void {
    const { ending } = record;
    if (!ending) return;
    this.#timers.get(record)?.cancel();
    const timer = this.#parts.clock.schedule(ending.at, `${INSTANT.cancel} ${record.key} system`, () => {
      this.#clear(record);
      if (record.phase !== 'done') this.#end(record, ending);
    });
    this.#timers.set(record, timer);
  }

  #end(record: OrderRecord, { as, text }: SystemEnding): void {
    const why = { code: 201, text: `Order rejected - reason:${text}` };
    if (as === 'cancelled') this.#endings.kill(record, text, `Cancelled by System:${text}`);
    else if (as === 'inactive') this.deactivate(record, why);
    else this.#endings.refuse(record, why, `Rejected by System:${text}`);
  }

  /** Refuses an order and leaves it Inactive in the lists, until it is cancelled, changed or its day ends. */
  deactivate(record: OrderRecord, why: Refusal): void {
    const { announcer } = this.#parts;
    record.phase = 'inactive';
    record.status = 'Inactive';
    record.whyHeld = '';
    this.#endings.expiries.set(record);
    announcer.order(record);
    announcer.message(record, why);
  }
}

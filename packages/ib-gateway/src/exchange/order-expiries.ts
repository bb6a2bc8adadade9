/** The timers at which orders expire. */
import type { DeskParts } from './desk-parts.js';
import { INSTANT } from './instant.js';
import type { OrderRecord } from './order-record.js';
import { expiresAt } from './order-times.js';

export class OrderExpiries {
  readonly #parts: DeskParts;
  readonly #kill: (record: OrderRecord) => void;
  readonly #timers = new Map<OrderRecord, { cancel(): void }>();

  constructor(parts: DeskParts, kill: (record: OrderRecord) => void) {
    this.#parts = parts;
    this.#kill = kill;
  }

  /** Resets the timer of an order from its current request; a day is the one of `since`, by default the present one. */
  set(record: OrderRecord, since = this.#parts.clock.now()): void {
    const { clock, market } = this.#parts;
    this.clear(record);
    const at = expiresAt(market, record.request, record.legs, since);
    if (at === undefined || record.phase === 'done') return;
    const timer = clock.schedule(at, `${INSTANT.expire} ${record.key}`, () => this.#kill(record));
    this.#timers.set(record, timer);
  }

  clear(record: OrderRecord): void {
    this.#timers.get(record)?.cancel();
    this.#timers.delete(record);
  }
}

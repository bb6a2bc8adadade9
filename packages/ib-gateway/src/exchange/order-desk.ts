/**
 * Working orders: activation and sampling of the market.
 *
 * One scheduled action samples every order that is due, in the order of (order reference, permanent id), so that what
 * happens at an instant does not depend on which order arrived first.
 */
import type { GatewayOrderStatus } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import { DisplayedSize } from './displayed-size.js';
import { needsStop, orderTypeOf } from './form-checks.js';
import { INSTANT } from './instant.js';
import { isReducing } from './margin-preview.js';
import { lookInterval, matchOrder } from './matching.js';
import { netQuote } from './net-quote.js';
import { cancelsOnConditions, conditionsMet, waitsForConditions } from './order-conditions.js';
import { OrderEndings } from './order-endings.js';
import { OrderFills } from './order-fills.js';
import { byKey, type OrderRecord } from './order-record.js';
import { beginsAt, isOpen, nextOpen } from './order-times.js';
import type { Refusal } from './refusal.js';
import { SystemEndings } from './system-endings.js';
import { elects } from './triggers.js';
import { heldUntilOpen, OUTSIDE_RTH_IGNORED } from './warnings.js';

export class OrderDesk {
  readonly #parts: DeskParts;
  readonly #sizes = new DisplayedSize();
  readonly #endings: OrderEndings;
  readonly #fills: OrderFills;
  readonly #system: SystemEndings;
  #wake: { readonly at: number; readonly handle: { cancel(): void } } | undefined;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#endings = new OrderEndings(parts, () => this.#rearm());
    this.#system = new SystemEndings(parts, this.#endings);
    this.#fills = new OrderFills(parts, this.#endings, (child) => this.#enter(child));
  }

  /** Resumes the orders that an earlier run left in the book at a time, each in its state. */
  resume(savedAt: number): void {
    for (const record of this.#parts.book.live()) {
      this.#parts.acknowledgements.resume(record);
      this.#endings.resume(record, savedAt);
      this.#system.resume(record);
    }
    this.#rearm();
  }

  /** Makes a transmitted order known and activates it, or lets it wait for its parent. */
  transmit(record: OrderRecord, parent: OrderRecord | undefined): void {
    record.status = 'PreSubmitted';
    this.#parts.acknowledgements.begin(record);
    if (parent && parent.status !== 'Filled') {
      record.phase = 'child';
      record.whyHeld = 'child';
      this.#parts.announcer.order(record);
    } else {
      this.#enter(record);
    }
    if (record.isCombo && record.request.outsideRth) this.#parts.announcer.message(record, OUTSIDE_RTH_IGNORED);
    this.#endings.expiries.set(record);
    this.#system.accepted(record);
  }

  /** Resumes an order whose request was changed; an Inactive order becomes active again. */
  changed(record: OrderRecord): void {
    record.touchedAt = this.#parts.clock.now();
    if (record.phase === 'inactive') record.status = 'PreSubmitted';
    this.#system.changed(record);
    this.#endings.expiries.set(record);
    if (record.phase === 'child') this.#parts.announcer.order(record);
    else this.#enter(record);
  }

  /** Refuses an order and leaves it in the lists. */
  deactivate(record: OrderRecord, why: Refusal): void {
    this.#system.deactivate(record, why);
  }

  /** Requests the cancel of an order that is not final; it is confirmed after the usual time. */
  requestCancel(record: OrderRecord): void {
    this.#endings.requestCancel(record);
  }

  /** Ends an order silently. */
  drop(record: OrderRecord, status: GatewayOrderStatus, completedStatus: string): void {
    this.#endings.drop(record, status, completedStatus);
  }

  #enter(record: OrderRecord): void {
    const { clock, market, announcer, latencyMs } = this.#parts;
    const now = clock.now();
    record.touchedAt = now;
    record.lastLookAt = now;
    record.nextLookAt = now + latencyMs;
    record.whyHeld = '';
    const begin = beginsAt(record.request) ?? now;
    const open = isOpen(market, record.legs, now);
    if (begin > now || !open || waitsForConditions(record)) {
      record.phase = 'waiting';
      record.nextLookAt = Math.max(begin, open ? now + latencyMs : nextOpen(market, record.legs, now));
      record.status = 'PreSubmitted';
      announcer.order(record);
      if (!open) announcer.message(record, heldUntilOpen(record, nextOpen(market, record.legs, now)));
    } else {
      this.#activate(record, record.filled === 0 && record.status === 'PreSubmitted');
    }
    this.#rearm();
  }

  /** Activates an order at once; `fresh` when it was not acknowledged yet. */
  #activate(record: OrderRecord, fresh: boolean): void {
    const { announcer } = this.#parts;
    const waitsForStop = needsStop(orderTypeOf(record.request)) && !record.triggered;
    if (fresh || waitsForStop) {
      record.status = 'PreSubmitted';
      record.whyHeld = waitsForStop ? 'trigger' : '';
      announcer.order(record);
    }
    record.phase = waitsForStop ? 'stop' : 'working';
    if (waitsForStop) return;
    record.status = 'Submitted';
    announcer.order(record);
  }

  #rearm(): void {
    const { book, clock } = this.#parts;
    let next = Number.POSITIVE_INFINITY;
    for (const record of book.live()) if (isSampled(record)) next = Math.min(next, record.nextLookAt);
    if (this.#wake && this.#wake.at === next) return;
    this.#wake?.handle.cancel();
    this.#wake = Number.isFinite(next)
      ? { at: next, handle: clock.schedule(next, INSTANT.look, () => this.#look()) }
      : undefined;
  }

  #look(): void {
    this.#wake = undefined;
    const { book, clock } = this.#parts;
    const now = clock.now();
    const due = book.live().filter((record) => isSampled(record) && record.nextLookAt <= now);
    for (const record of [...due].sort(byKey)) {
      if (isSampled(record) && record.nextLookAt <= now) this.#sample(record, now);
    }
    this.#rearm();
  }

  #sample(record: OrderRecord, now: number): void {
    const { market } = this.#parts;
    if (!isOpen(market, record.legs, now)) {
      const open = nextOpen(market, record.legs, now);
      if (Number.isFinite(open)) record.nextLookAt = open;
      else this.#endings.kill(record, 'Contract expired');
      return;
    }
    const interval = lookInterval(now - record.touchedAt);
    record.nextLookAt = (Math.floor(now / interval) + 1) * interval;
    if (record.legs.some((leg) => market.isHalted(leg.contract.conId, now))) return;
    if (cancelsOnConditions(record) && conditionsMet(this.#parts, record)) this.#endings.kill(record, 'Condition met');
    else if (record.phase === 'waiting') this.#lookWaiting(record, now);
    else if (record.phase === 'stop') this.#lookStop(record, now);
    else this.#lookWorking(record, now);
    record.lastLookAt = now;
  }

  #lookWaiting(record: OrderRecord, now: number): void {
    const begin = beginsAt(record.request);
    if (begin !== undefined && begin > now) {
      record.nextLookAt = begin;
      return;
    }
    if (waitsForConditions(record) && !conditionsMet(this.#parts, record)) return;
    this.#activate(record, false);
    record.nextLookAt = now + this.#parts.latencyMs;
  }

  #lookStop(record: OrderRecord, now: number): void {
    const { market, latencyMs } = this.#parts;
    if (!elects(record, netQuote(market, record.legs, now))) return;
    record.triggered = true;
    record.whyHeld = '';
    this.#activate(record, false);
    record.touchedAt = now;
    record.nextLookAt = now + latencyMs;
  }

  #lookWorking(record: OrderRecord, now: number): void {
    const { market, config, seed, ledger, injected } = this.#parts;
    const isMarket = orderTypeOf(record.request) === 'MKT';
    if (record.ending?.blocked || injected.isHeld({ legs: record.legs, isMarket })) return;
    const { fills } = config;
    const quote = netQuote(market, record.legs, now);
    const reducing = isReducing(ledger, record);
    const fill = matchOrder(record, quote, {
      seed,
      fills,
      at: now,
      quiet: nextOpen(market, record.legs, now - fills.quietOpenSeconds * 1000) <= now,
      planned: fills.partialOn === 'any' || (fills.partialOn === 'close') === reducing,
      size: this.#sizes.available(record, quote),
    });
    const { tif } = record.request;
    if (fill && (tif !== 'FOK' || fill.quantity === record.remaining)) {
      this.#sizes.take(record, quote, fill.quantity);
      this.#fills.fill(record, fill, quote);
    }
    if (record.phase !== 'done' && (tif === 'IOC' || tif === 'FOK')) this.#endings.kill(record, '');
  }
}

function isSampled({ phase }: OrderRecord): boolean {
  return phase === 'waiting' || phase === 'stop' || phase === 'working';
}

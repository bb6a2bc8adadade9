/**
 * Orders at work: activation, looks at the market, fills, cancels and the end of each.
 *
 * One scheduled action looks at every order that is due, in the order of (order reference, permanent id), so that what
 * happens at an instant does not depend on which order arrived first.
 */
import type { GatewayOrderStatus } from '../model.js';
import { type DeskParts, INSTANT } from './desk-parts.js';
import { DisplayedSize } from './displayed-size.js';
import { needsStop, orderTypeOf } from './form-checks.js';
import { isReducing } from './margin-preview.js';
import { type Fill, lookInterval, matchOrder } from './matching.js';
import { type NetQuote, netQuote } from './net-quote.js';
import { afterGroupFill, groupMembers, isUnblocked } from './oca.js';
import { cancelsOnConditions, conditionsMet, waitsForConditions } from './order-conditions.js';
import { OrderExpiries } from './order-expiries.js';
import { byKey, type OrderRecord } from './order-record.js';
import { beginsAt, isOpen, nextOpen } from './order-times.js';
import { elects } from './triggers.js';
import { cannotCancel, heldUntilOpen } from './warnings.js';

const CANCELLED_TEXT = 'Order Canceled - reason:';
/** Share of cancels that are confirmed without a PendingCancel before. */
const SILENT_CANCELS = 0.1;

export class OrderDesk {
  readonly #parts: DeskParts;
  readonly #sizes = new DisplayedSize();
  readonly #expiries: OrderExpiries;
  #wake: { readonly at: number; readonly handle: { cancel(): void } } | undefined;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#expiries = new OrderExpiries(parts, (record) => this.kill(record, ''));
  }

  /** Takes up the orders that an earlier run left in the book at a time, each where it was. */
  resume(savedAt: number): void {
    for (const record of this.#parts.book.live()) {
      this.#expiries.set(record, savedAt);
      if (record.cancelling) this.#confirmCancel(record);
    }
    this.#rearm();
  }

  /** Makes a transmitted order known and puts it to work, or to wait for its parent. */
  transmit(record: OrderRecord, parent: OrderRecord | undefined): void {
    record.status = 'PreSubmitted';
    if (parent && parent.status !== 'Filled') {
      record.phase = 'child';
      record.whyHeld = 'child';
      this.#parts.announcer.order(record);
    } else {
      this.#enter(record);
    }
    this.#expiries.set(record);
  }

  /** Takes up an order whose request was changed. */
  changed(record: OrderRecord): void {
    record.touchedAt = this.#parts.clock.now();
    this.#expiries.set(record);
    if (record.phase === 'child') this.#parts.announcer.order(record);
    else this.#enter(record);
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
      if (!open) announcer.refuse(record.request, heldUntilOpen(record, nextOpen(market, record.legs, now)));
    } else {
      this.#activate(record, record.filled === 0 && record.status === 'PreSubmitted');
    }
    this.#rearm();
  }

  /** Puts an order to work at once; `fresh` when clients have not heard of it yet. */
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
    for (const record of book.live()) if (isLookedAt(record)) next = Math.min(next, record.nextLookAt);
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
    const due = book.live().filter((record) => isLookedAt(record) && record.nextLookAt <= now);
    for (const record of [...due].sort(byKey)) {
      if (isLookedAt(record) && record.nextLookAt <= now) this.#lookAt(record, now);
    }
    this.#rearm();
  }

  #lookAt(record: OrderRecord, now: number): void {
    const { market } = this.#parts;
    if (!isOpen(market, record.legs, now)) {
      const open = nextOpen(market, record.legs, now);
      if (Number.isFinite(open)) record.nextLookAt = open;
      else this.kill(record, 'Contract expired');
      return;
    }
    const interval = lookInterval(now - record.touchedAt);
    record.nextLookAt = (Math.floor(now / interval) + 1) * interval;
    if (record.legs.some((leg) => market.isHalted(leg.contract.conId, now))) return;
    if (cancelsOnConditions(record) && conditionsMet(this.#parts, record)) this.kill(record, 'Condition met');
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
    const { market, config, seed, ledger } = this.#parts;
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
    if (fill && (tif !== 'FOK' || fill.quantity === record.remaining)) this.#fill(record, fill, quote);
    if (record.phase !== 'done' && (tif === 'IOC' || tif === 'FOK')) this.kill(record, '');
  }

  #fill(record: OrderRecord, fill: Fill, quote: NetQuote): void {
    const { announcer, booking, book, ledger } = this.#parts;
    const before = record.remaining;
    this.#sizes.take(record, quote, fill.quantity);
    const executions = booking.book(record, fill, quote);
    const complete = record.remaining <= 0;
    if (complete) {
      this.#close(record, 'Filled', `Filled Size: ${record.filled}`);
    } else if (record.status !== 'PendingCancel') {
      record.status = 'Submitted';
    }
    const { orderRef } = record.request;
    const statusFirst = announcer.statusFirst(record);
    if (statusFirst) announcer.order(record);
    for (const execution of executions) announcer.tell(orderRef, { kind: 'execution', execution });
    if (!statusFirst) announcer.order(record);
    for (const { contract } of record.legs) {
      announcer.broadcast({ kind: 'position', position: ledger.position(contract) });
    }
    this.#groupFilled(record, fill.quantity, before);
    if (complete) this.#releaseChildren(record, book.live());
  }

  #groupFilled(record: OrderRecord, quantity: number, before: number): void {
    const { book, clock } = this.#parts;
    const members = groupMembers(record, book.live());
    if (members.length === 0) return;
    const apply = (): void => {
      for (const member of members) {
        if (member.phase === 'done') continue;
        const change = afterGroupFill(record, member, quantity, before);
        if (change.kind === 'cancel') this.kill(member, '');
        else {
          member.remaining = change.remaining;
          member.request = { ...member.request, quantity: member.filled + change.remaining };
          this.#parts.announcer.order(member);
        }
      }
    };
    if (isUnblocked(record)) clock.schedule(clock.now(), INSTANT.oca, apply);
    else apply();
  }

  #releaseChildren(parent: OrderRecord, live: readonly OrderRecord[]): void {
    for (const child of childrenOf(parent, live)) if (child.phase === 'child') this.#enter(child);
  }

  /** Asks for the cancel of an order that is not final; confirmed after the usual time. */
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
    clock.schedule(clock.now() + cancelMs, `${INSTANT.cancel} ${record.key}`, () => {
      if (record.phase !== 'done') this.kill(record, '');
      else announcer.refuse(record.request, cannotCancel(record));
    });
  }

  /** Ends an order unfilled, with the message that confirms it, and the children that wait for it. */
  kill(record: OrderRecord, reason: string): void {
    const { announcer, book } = this.#parts;
    this.#close(record, 'Cancelled', reason || 'Cancelled by Trader');
    announcer.status(record);
    announcer.refuse(record.request, { code: 202, text: CANCELLED_TEXT + reason });
    for (const child of childrenOf(record, book.live()))
      if (child.phase === 'child' || child.phase === 'held') this.kill(child, '');
    this.#rearm();
  }

  /** Ends an order without a word. */
  drop(record: OrderRecord, status: GatewayOrderStatus, completedStatus: string): void {
    this.#close(record, status, completedStatus);
    this.#rearm();
  }

  #close(record: OrderRecord, status: GatewayOrderStatus, completedStatus: string): void {
    record.phase = 'done';
    record.status = status;
    record.whyHeld = '';
    record.completedAt = this.#parts.clock.now();
    record.completedStatus = completedStatus;
    this.#expiries.clear(record);
    this.#parts.book.finish(record);
  }
}

function isLookedAt({ phase }: OrderRecord): boolean {
  return phase === 'waiting' || phase === 'stop' || phase === 'working';
}

/** Orders that name this one as their parent. */
export function childrenOf(parent: OrderRecord, live: readonly OrderRecord[]): readonly OrderRecord[] {
  const { clientId, orderId } = parent.request;
  return live.filter(({ request }) => request.parentId === orderId && request.clientId === clientId);
}

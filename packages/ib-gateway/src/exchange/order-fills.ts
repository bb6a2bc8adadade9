/**
 * The effects of a fill: on the order, on the clients' callbacks, on the others of its group, and on its waiting children.
 */
import type { GatewayExecution } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import { INSTANT } from './instant.js';
import type { Fill } from './matching.js';
import type { NetQuote } from './net-quote.js';
import { afterGroupFill, groupMembers, isUnblocked } from './oca.js';
import type { OrderEndings } from './order-endings.js';
import { childrenOf } from './order-family.js';
import type { OrderRecord } from './order-record.js';

export class OrderFills {
  readonly #parts: DeskParts;
  readonly #endings: OrderEndings;
  readonly #release: (child: OrderRecord) => void;

  /** `release` activates a child whose parent is filled. */
  constructor(parts: DeskParts, endings: OrderEndings, release: (child: OrderRecord) => void) {
    this.#parts = parts;
    this.#endings = endings;
    this.#release = release;
  }

  /** Books a fill and reports it, then handles the group and the children. */
  fill(record: OrderRecord, fill: Fill, quote: NetQuote): void {
    const { announcer, booking, book, ledger } = this.#parts;
    const before = record.remaining;
    const executions = booking.book(record, fill, quote);
    const complete = record.remaining <= 0;
    if (complete) {
      this.#endings.close(record, 'Filled', `Filled Size: ${record.filled}`);
    } else if (record.status !== 'PendingCancel') {
      record.status = 'Submitted';
    }
    const { orderRef } = record.request;
    const statusFirst = announcer.statusFirst(record);
    if (statusFirst) announcer.order(record);
    for (const execution of executions) this.#publishExecution(orderRef, execution);
    if (!statusFirst) announcer.order(record);
    for (const { contract } of record.legs) {
      announcer.broadcast({ kind: 'position', position: ledger.position(contract) });
    }
    this.#groupFilled(record, fill.quantity, before);
    if (complete) {
      this.#publishCost(record, executions);
      this.#releaseChildren(record, book.live());
    }
  }

  /** Reports an execution when its time comes: those of a combo's legs may lie apart. */
  #publishExecution(orderRef: string, execution: GatewayExecution): void {
    const { announcer, clock } = this.#parts;
    const publish = (): void => announcer.publish(orderRef, { kind: 'execution', execution });
    if (execution.at > clock.now()) clock.schedule(execution.at, `execution ${execution.execId}`, publish);
    else publish();
  }

  /** A filled order is shown once more with its commission, just before the report of its last execution. */
  #publishCost(record: OrderRecord, executions: readonly GatewayExecution[]): void {
    const { announcer, clock, commissionMs } = this.#parts;
    const last = Math.max(...executions.map(({ at }) => at));
    clock.schedule(last + commissionMs, `commission -${record.key}`, () => announcer.cost(record));
  }

  #groupFilled(record: OrderRecord, quantity: number, before: number): void {
    const { book, clock, injected } = this.#parts;
    const members = groupMembers(record, book.live());
    if (members.length === 0 || injected.takeRace()) return;
    const apply = (): void => {
      for (const member of members) {
        if (member.phase === 'done') continue;
        const change = afterGroupFill(record, member, quantity, before);
        if (change.kind === 'cancel') this.#endings.kill(member, '');
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
    for (const child of childrenOf(parent, live)) if (child.phase === 'child') this.#release(child);
  }
}

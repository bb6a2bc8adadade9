/**
 * The tracker: what the broker says about our orders is written to the database first and passed to waiters second.
 *
 * Events are handled one after another in the order of their arrival. The state of an order is its fills (ledger) and the
 * broker's latest word on it; neither is taken from a count of callbacks, so duplicates and missing ones do no harm.
 */

import type { BrokerOrder, OrderEvent } from '../../broker/api.js';
import { defined } from '../../domain/defined.js';
import { LegworkError, notFound } from '../../domain/errors.js';
import { errorClass } from '../../domain/ib-codes.js';
import { parseOrderRef } from '../../domain/ids.js';
import type { Micros } from '../../domain/money.js';
import { LISTED_INACTIVE } from '../../domain/order/ended-by-broker.js';
import type { Fill } from '../../domain/order/fill.js';
import type { IntentState } from '../../domain/order/intent-state.js';
import { isProtective } from '../../domain/order/protection.js';
import { brokersReason } from '../../domain/order/refusal.js';
import type { IntentRow, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { alertInactive, endInactiveAlert, InactiveOrders } from './inactive-orders.js';
import { type Prices, samePrices } from './order-prices.js';
import { filledCombos, isEnd } from './progress.js';
import { projectPosition } from './project.js';
import { alertOutOfReach, endOutOfReach, isReachable } from './reach.js';

/** The broker's latest word on one order that this process has received. */
export interface TrackedOrder {
  readonly orderRef: string;
  readonly orderId: number;
  readonly order?: BrokerOrder;
  /** The session in which the broker last showed the order alive; absent once it is dead. */
  readonly liveEpoch?: number;
  /** An execution of it was reported, which proves that it exists; it may come first or alone. */
  readonly executed?: true;
  /** Broker time at which it was first shown dead, epoch ms. */
  readonly deadAt?: number;
  /** Errors that named this order, in order of arrival. */
  readonly errors: readonly OrderError[];
}

export interface OrderError {
  readonly code: number;
  readonly text: string;
  readonly epoch: number;
  /** Broker time, epoch ms. */
  readonly at: number;
  /** The error answers a change of the order, which goes on as it was. */
  readonly aboutChange?: true;
  /**
   * No answer was awaited: the broker had shown the change, or refused it before, or an earlier process wrote it. Its lists show the
   * state and the price.
   */
  readonly late?: true;
  /** The broker has shown the order alive since. */
  readonly survived?: true;
}

/** A change of a live order as it was written, the session of the write, and the broker's answer once there is one. */
export interface WrittenChange {
  readonly epoch: number;
  readonly payloadHash: string;
  readonly prices: Prices;
  readonly answer?:
    | { readonly kind: 'taken' }
    | { readonly kind: 'refused'; readonly code: number; readonly text: string };
}

type CommissionEvent = OrderEvent & { readonly kind: 'commission' };

const figuresOf = ({ commission, realizedPnl }: CommissionEvent): string => `${commission} ${realizedPnl}`;

const DEAD: ReadonlySet<string> = new Set(['Cancelled', 'ApiCancelled', 'Filled', 'Inactive']);

/** Broker time between the refusal of a change and the end of the order, within which the order died of it. */
const DIED_WITHIN_MS = 10_000;
/** Tolerance between our reading of the broker's clock and the clock itself. */
const CLOCK_SLACK_MS = 1_000;

/** Wall time between two tries to record an event while the database is away. */
const RETRY_MS = { first: 50, most: 1_000 };

export class OrderTracker {
  private readonly byRef = new Map<string, TrackedOrder>();
  private readonly refById = new Map<number, string>();
  /** Executions that this process has recorded, with the commission known then. */
  private readonly recorded = new Map<string, Micros | undefined>();
  /** The last commission report of each execution that was accepted for recording. */
  private readonly reported = new Map<string, string>();
  /** The order as last recorded. */
  private readonly noted = new Map<string, BrokerOrder>();
  /** Orders that this process placed: it knows every change of them. */
  private readonly placedHere = new Set<string>();
  /** What this process last wrote to change the order. */
  private readonly changes = new Map<string, WrittenChange>();
  /** Orders that this process has asked the broker to cancel, with the reason where the broker cannot know it. */
  private readonly cancelling = new Map<string, string | undefined>();
  /** Orders that the broker shows alive under ids other than their own. */
  private readonly outOfReach = new Set<string>();
  /** Orders about which `order_inactive` was raised. */
  private readonly alerted = new Set<string>();
  /** Inactive orders whose cancel the broker does not answer. */
  private readonly unanswered = new Set<string>();
  private readonly inactive = new InactiveOrders((orderRef) => this.doubt(orderRef));
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly sessionListeners = new Set<() => void>();
  private readonly commissionListeners = new Set<() => void>();
  private readonly foreignListeners = new Set<() => void>();
  private readonly lossListeners = new Set<() => void>();
  private readonly unfollowedListeners = new Set<(positionId: string) => void>();
  private readonly fillListeners = new Set<(orderRef: string) => Promise<void>>();
  /** The position of each known execution, for commissions that come later. */
  private readonly positionOfExec = new Map<string, string>();
  private tail: Promise<void> = Promise.resolve();
  private stop: (() => void) | undefined;
  private closed = false;

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'log' | 'store'>) {}

  start(): void {
    this.stop = this.deps.broker.orders.on((event) => this.enqueue(event));
  }

  close(): void {
    this.closed = true;
    this.stop?.();
    this.inactive.clear();
  }

  /** Announces an order before it is written, so that its first callback finds it. */
  track(orderRef: string, orderId: number): void {
    this.placedHere.add(orderRef);
    this.byRef.set(orderRef, { orderRef, orderId, errors: [] });
    this.refById.set(orderId, orderRef);
  }

  /** A change of the order is being written: the next error about it answers the change. */
  wrote(orderRef: string, change: Omit<WrittenChange, 'answer'>): void {
    this.changes.set(orderRef, change);
  }

  /** A cancel of the order is being written: its end is ours from here on, and `why` is its reason. */
  cancels(orderRef: string, why?: string): void {
    this.cancelling.set(orderRef, why);
  }

  lastWritten(orderRef: string): WrittenChange | undefined {
    return this.changes.get(orderRef);
  }

  get(orderRef: string): TrackedOrder | undefined {
    return this.byRef.get(orderRef);
  }

  /** Whether the broker shows the order as Inactive, or as what our cancel of it is about to end. */
  isInactive(orderRef: string): boolean {
    const status = this.byRef.get(orderRef)?.order?.status;
    return status === 'Inactive' || (status === 'PendingCancel' && this.cancelling.has(orderRef));
  }

  /** Calls back after anything about the order was recorded. */
  onChange(orderRef: string, listener: () => void): () => void {
    const all = this.listeners.get(orderRef) ?? new Set();
    all.add(listener);
    this.listeners.set(orderRef, all);
    return () => {
      all.delete(listener);
      if (all.size === 0) this.listeners.delete(orderRef);
    };
  }

  /**
   * Resolves when the condition holds, which is checked after every event about the order or the session, or after
   * `timeoutMs` of wall time.
   */
  until(orderRef: string, holds: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (holds()) end();
      };
      const end = () => {
        clearTimeout(timer);
        offOrder();
        offSession();
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      const offOrder = this.onChange(orderRef, look);
      const offSession = this.onSession(look);
      look();
    });
  }

  onSession(listener: () => void): () => void {
    this.sessionListeners.add(listener);
    return () => this.sessionListeners.delete(listener);
  }

  onCommission(listener: () => void): () => void {
    this.commissionListeners.add(listener);
    return () => this.commissionListeners.delete(listener);
  }

  /** A fill of an order that nobody follows, or doubt about one: its position must look at it. */
  onUnfollowed(listener: (positionId: string) => void): () => void {
    this.unfollowedListeners.add(listener);
    return () => this.unfollowedListeners.delete(listener);
  }

  /** A fill that was new, after it was folded into its position. */
  onFill(listener: (orderRef: string) => Promise<void>): () => void {
    this.fillListeners.add(listener);
    return () => this.fillListeners.delete(listener);
  }

  /** An event could not be recorded: only the broker's own lists show the present state. */
  onLoss(listener: () => void): () => void {
    this.lossListeners.add(listener);
    return () => this.lossListeners.delete(listener);
  }

  /** An execution without a reference of ours: somebody else traded in the account. */
  onForeignFill(listener: () => void): () => void {
    this.foreignListeners.add(listener);
    return () => this.foreignListeners.delete(listener);
  }

  /** Resolves when everything heard so far is in the database. */
  drained(): Promise<void> {
    return this.tail;
  }

  /** Folds a position's ledger again, in turn with the events, so that no older fold overwrites a newer one. */
  async projectNow(positionId: string): Promise<PositionRow> {
    const folded = this.tail.then(() => this.project(positionId));
    this.tail = folded.then(
      () => undefined,
      () => undefined,
    );
    const row = await folded;
    if (row === undefined) throw notFound('position', positionId);
    return row;
  }

  /** Passes requested evidence (open orders, executions) along the same path as events. */
  async ingest(orders: readonly BrokerOrder[], fills: readonly Fill[]): Promise<void> {
    const { epoch } = this.deps.broker.state();
    // A day has many executions; known ones must not delay new ones.
    for (const fill of fills) if (!this.isRecorded(fill)) this.enqueue({ kind: 'fill', fill, epoch });
    for (const order of orders) if (!this.isKnown(order, epoch)) this.enqueue({ kind: 'order', order, epoch });
    await this.tail;
  }

  private isRecorded({ execId, commission }: Fill): boolean {
    return this.recorded.has(execId) && (commission === undefined || this.recorded.get(execId) === commission);
  }

  private isKnown(order: BrokerOrder, epoch: number): boolean {
    const { orderRef, status, filled, permId } = order;
    const known = this.byRef.get(orderRef);
    const noted = this.noted.get(orderRef);
    const same = noted?.status === status && noted.filled === filled && noted.permId === permId;
    return same && (DEAD.has(status) || (known?.liveEpoch === epoch && samePrices(noted, order)));
  }

  /** The broker repeats every report of the day for each request of executions: thousands on a busy day. */
  private isRepeated(event: CommissionEvent): boolean {
    const figures = figuresOf(event);
    if (this.reported.get(event.execId) === figures) return true;
    this.reported.set(event.execId, figures);
    return false;
  }

  private enqueue(told: OrderEvent): void {
    if (told.kind === 'commission' && this.isRepeated(told)) return;
    const event = told.kind === 'order' ? { ...told, order: this.withoutLoss(told.order) } : told;
    const orderRef = this.refOf(event);
    const positionId = this.positionOf(event, orderRef);
    // A step that waits for the acknowledgement gets it at once; it is stored in its turn.
    if (event.kind === 'order' && orderRef !== undefined && parseOrderRef(orderRef) !== undefined) {
      this.take(orderRef, event.order, event.epoch);
      for (const listener of [...(this.listeners.get(orderRef) ?? [])]) listener();
    }
    const known = orderRef === undefined ? undefined : this.byRef.get(orderRef);
    if (event.kind === 'fill' && orderRef !== undefined && known !== undefined && !known.executed) {
      this.byRef.set(orderRef, { ...known, executed: true });
    }
    // A stepped clock must not move while something it caused is still being recorded.
    const release = positionId === undefined ? undefined : this.deps.broker.clock.hold(positionId);
    this.tail = this.tail
      .then(() => this.record(event, orderRef))
      .catch((error: unknown) => {
        this.deps.log('error', 'an order event could not be recorded', { orderRef, error: String(error) });
        if (event.kind === 'commission') this.reported.delete(event.execId);
        for (const listener of [...this.lossListeners]) listener();
      })
      .finally(() => release?.());
  }

  /** The broker does not repeat its events, so they wait out an outage of the database in the order of arrival. */
  private async record(event: OrderEvent, orderRef: string | undefined): Promise<void> {
    for (let wait = RETRY_MS.first; ; wait = Math.min(wait * 2, RETRY_MS.most)) {
      try {
        await this.handle(event, orderRef);
        return;
      } catch (error) {
        const outage = error instanceof LegworkError && error.code === 'DATABASE_UNREACHABLE';
        if (!outage || this.closed) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** The order with its known fills: completed orders may come without a count. */
  private withoutLoss(order: BrokerOrder): BrokerOrder {
    const known = this.byRef.get(order.orderRef)?.order;
    const isSame = known !== undefined && known.permId > 0 && known.permId === order.permId;
    return isSame && known.filled > order.filled ? { ...order, filled: known.filled } : order;
  }

  private positionOf(event: OrderEvent, orderRef: string | undefined): string | undefined {
    if (event.kind === 'commission') return this.positionOfExec.get(event.execId);
    const positionId = orderRef === undefined ? undefined : parseOrderRef(orderRef)?.positionId;
    if (event.kind === 'fill' && positionId !== undefined) this.positionOfExec.set(event.fill.execId, positionId);
    return positionId;
  }

  private refOf(event: OrderEvent): string | undefined {
    if (event.kind === 'order') return event.order.orderRef;
    if (event.kind === 'fill') return event.fill.orderRef || this.refById.get(event.fill.orderId);
    if (event.kind === 'error') return this.refById.get(event.orderId);
    return undefined;
  }

  private async handle(event: OrderEvent, orderRef: string | undefined): Promise<void> {
    if (event.kind === 'session') {
      for (const listener of [...this.sessionListeners]) listener();
      return;
    }
    if (event.kind === 'commission') {
      await this.deps.store.fills.setCommission(event.execId, event.commission, event.realizedPnl);
      if (this.recorded.has(event.execId)) this.recorded.set(event.execId, event.commission);
      await this.project(this.positionOfExec.get(event.execId));
      for (const listener of [...this.commissionListeners]) listener();
      return;
    }
    if (orderRef === undefined || parseOrderRef(orderRef) === undefined) {
      if (event.kind === 'fill') for (const listener of [...this.foreignListeners]) listener();
      return;
    }
    if (event.kind === 'error') {
      this.noteError(orderRef, event);
      await this.reclassify(orderRef);
    }
    if (event.kind === 'fill') await this.noteFill(orderRef, event.fill);
    if (event.kind === 'order') await this.noteOrder(orderRef, event.order);
    for (const listener of [...(this.listeners.get(orderRef) ?? [])]) listener();
  }

  private noteError(orderRef: string, error: OrderEvent & { kind: 'error' }): void {
    const known = this.byRef.get(orderRef);
    if (known === undefined) return;
    const { code, text, epoch } = error;
    const change = this.changes.get(orderRef);
    const aboutChange = refusesChange(code) && this.mayHaveChanged(known);
    const late = aboutChange && (change === undefined || change.answer !== undefined);
    if (aboutChange && change !== undefined && change.answer?.kind !== 'refused') {
      this.changes.set(orderRef, { ...change, answer: { kind: 'refused', code, text } });
    }
    const told = { code, text, epoch, at: this.deps.broker.clock.now() };
    this.byRef.set(orderRef, {
      ...known,
      errors: [...known.errors, { ...told, ...(aboutChange && { aboutChange }), ...(late && { late }) }],
    });
  }

  /**
   * Whether an error about the order may answer a change of it. Answers can be late, come twice, or in a later session, so a change
   * explains every one that follows. An order of an earlier process may have been changed by it.
   */
  private mayHaveChanged({ orderRef, liveEpoch }: TrackedOrder): boolean {
    return this.changes.has(orderRef) || (liveEpoch !== undefined && !this.placedHere.has(orderRef));
  }

  /** A rejection, or the reason of a cancel, may come after the status that it explains. */
  private async reclassify(orderRef: string): Promise<void> {
    const order = this.byRef.get(orderRef)?.order;
    if (order === undefined || !['Inactive', 'Cancelled', 'ApiCancelled'].includes(order.status)) return;
    const intent = await this.deps.store.intents.get(orderRef);
    if (intent !== undefined) await this.advance(intent, order.permId, order);
  }

  private async noteFill(orderRef: string, fill: Fill): Promise<void> {
    const positionId = parseOrderRef(orderRef)?.positionId;
    const added = await this.deps.store.fills.append([{ ...fill, orderRef }]);
    // Also for a known fill: its fold may have been lost with the answer of an earlier try.
    await this.project(positionId);
    if (added.length > 0) for (const listener of [...this.fillListeners]) await listener(orderRef);
    // Nobody follows a late fill, a correction or a protective order, so the position's watch must be notified.
    if (added.length > 0 && positionId !== undefined) this.noteUnfollowed(orderRef, positionId);
    const intent = await this.deps.store.intents.get(orderRef);
    if (intent !== undefined) await this.advance(intent, fill.permId, this.byRef.get(orderRef)?.order);
    // Only now: what failed on the way is done when the broker's lists show the execution again.
    this.recorded.set(fill.execId, fill.commission);
  }

  private async project(positionId: string | undefined): Promise<PositionRow | undefined> {
    if (positionId === undefined) return undefined;
    return await projectPosition(this.deps.store, positionId, this.deps.broker.clock.now());
  }

  private take(orderRef: string, order: BrokerOrder, epoch: number): void {
    const known = this.byRef.get(orderRef);
    const change = this.changes.get(orderRef);
    if (
      change !== undefined &&
      change.answer === undefined &&
      !DEAD.has(order.status) &&
      samePrices(order, change.prices)
    ) {
      this.changes.set(orderRef, { ...change, answer: { kind: 'taken' } });
    }
    const isDead = DEAD.has(order.status);
    const errors = known?.errors ?? [];
    this.byRef.set(orderRef, {
      orderRef,
      orderId: order.orderId,
      order,
      errors: isDead ? errors : errors.map((error) => ({ ...error, survived: true })),
      ...(known?.executed && { executed: known.executed }),
      ...(isDead ? { deadAt: known?.deadAt ?? this.deps.broker.clock.now() } : { liveEpoch: epoch }),
    });
    // Ids belong to a client, and completed orders come without one.
    if (order.orderId > 0 && order.clientId === this.deps.broker.state().clientId) {
      this.refById.set(order.orderId, orderRef);
    }
  }

  private async noteOrder(orderRef: string, order: BrokerOrder): Promise<void> {
    const intent = await this.deps.store.intents.get(orderRef);
    await this.deps.store.orders.upsert({
      orderRef,
      permId: order.permId,
      orderId: order.orderId,
      clientId: order.clientId,
      status: order.status,
      // A completed order may come without its quantity.
      quantity: order.quantity || (intent?.payload.quantity ?? 0),
      filled: order.filled,
      ...defined({ limitPrice: order.limitPrice, text: order.text }),
      updatedAt: this.deps.broker.clock.now(),
    });
    if (intent !== undefined) await this.advance(intent, order.permId, order);
    this.noted.set(orderRef, order);
  }

  /** An order that was proved absent works after all. Its step has gone on with another order, so this one must not fill. */
  private async cancelReappeared(intent: IntentRow, order: BrokerOrder): Promise<void> {
    const { broker, store, log } = this.deps;
    const { orderRef, positionId, payload } = intent;
    let followUp = 'It is being cancelled: check that it is gone.';
    if (!isReachable(intent, order, broker.state().clientId)) {
      followUp =
        `It is under order id ${order.orderId} of client ${order.clientId}, which Legwork cannot cancel: cancel it in TWS or the client ` +
        'portal now, since its step has gone on without it.';
    } else {
      try {
        this.cancels(orderRef);
        broker.orders.cancel(order.orderId, broker.state().epoch);
      } catch (error) {
        followUp = 'Its cancel could not be sent: cancel it in TWS or the client portal.';
        log('error', 'an order that came back could not be cancelled', { orderRef, error: String(error) });
      }
    }
    await store.alerts.raise({
      type: 'CRITICAL',
      severity: 'IMMEDIATE',
      title: 'Order reported absent is live at the broker',
      message: `${orderRef} was reported absent and now works at the broker. ${followUp}`,
      rule: 'order_came_back',
      symbol: payload.symbol,
      positionId,
      metadata: { orderRef },
      createdAt: broker.clock.now(),
    });
  }

  private async noteReach(
    intent: IntentRow,
    order: BrokerOrder | undefined,
    state: IntentState | undefined,
  ): Promise<void> {
    const { orderRef } = intent;
    if (
      order !== undefined &&
      !DEAD.has(order.status) &&
      !isReachable(intent, order, this.deps.broker.state().clientId)
    ) {
      this.outOfReach.add(orderRef);
      await alertOutOfReach(this.deps, intent, order);
    } else if (this.outOfReach.delete(orderRef) || (state !== undefined && isEnd(state))) {
      await endOutOfReach(this.deps, intent);
    }
  }

  /** An order that works again, or an order of a step that has ended, needs nobody's eye; a protective one until it is placed again. */
  private async noteInactive(
    { orderRef, positionId, role, state: before }: IntentRow,
    order: BrokerOrder | undefined,
    state: IntentState | undefined,
  ): Promise<void> {
    if (order?.status === 'Inactive' && before === 'WORKING' && state === undefined) return this.inactive.add(orderRef);
    this.inactive.remove(orderRef);
    const isEnding = state !== undefined && isEnd(state);
    // A pending cancel is the end that was asked for.
    const works = !isEnding && order !== undefined && !DEAD.has(order.status) && order.status !== 'PendingCancel';
    const wasInactive = before === 'UNKNOWN' || this.alerted.has(orderRef);
    if (wasInactive && (works || (isEnding && !isProtective(role)))) {
      this.alerted.delete(orderRef);
      this.unanswered.delete(orderRef);
      await endInactiveAlert(this.deps, positionId, orderRef);
    }
  }

  /** The broker leaves the Inactive order as it is, whatever is asked: a person must end it, and its position is watched meanwhile. */
  leaveInactive(orderRef: string): Promise<void> {
    const left = this.tail.then(async () => {
      const { store, broker } = this.deps;
      const intent = await store.intents.get(orderRef);
      if (intent?.state !== 'UNKNOWN' || this.byRef.get(orderRef)?.order?.status !== 'Inactive') return;
      this.unanswered.add(orderRef);
      this.alerted.add(orderRef);
      await alertInactive(this.deps, intent, false);
      await store.intents.mark(orderRef, 'WORKING', { at: broker.clock.now() });
    });
    this.tail = left.catch(() => undefined);
    return left;
  }

  /** The order is still Inactive, and no reason has come: evidence must decide, in turn with the events. */
  private doubt(orderRef: string): void {
    this.tail = this.tail
      .then(() => this.noteDoubt(orderRef))
      .catch((error: unknown) => {
        this.deps.log('error', 'an inactive order could not be noted', { orderRef, error: String(error) });
        if (!this.closed) this.inactive.add(orderRef);
      });
  }

  private async noteDoubt(orderRef: string): Promise<void> {
    const intent = await this.deps.store.intents.get(orderRef);
    const order = this.byRef.get(orderRef)?.order;
    if (this.closed || intent?.state !== 'WORKING' || order?.status !== 'Inactive') return;
    if (this.unanswered.has(orderRef)) return;
    const canCancel = isReachable(intent, order, this.deps.broker.state().clientId);
    this.alerted.add(orderRef);
    await alertInactive(this.deps, intent, canCancel);
    if (!canCancel) return;
    await this.deps.store.intents.mark(orderRef, 'UNKNOWN', {
      at: this.deps.broker.clock.now(),
      reason: LISTED_INACTIVE,
    });
    for (const listener of [...(this.listeners.get(orderRef) ?? [])]) listener();
    this.noteUnfollowed(orderRef, intent.positionId);
  }

  private noteUnfollowed(orderRef: string, positionId: string): void {
    if (this.listeners.has(orderRef)) return;
    for (const listener of [...this.unfollowedListeners]) listener(positionId);
  }

  /** Moves the intent to the state that the evidence shows; without proof it stays as it is. */
  private async advance(intent: IntentRow, permId: number, order: BrokerOrder | undefined): Promise<void> {
    const filled = filledCombos(intent.payload, await this.deps.store.fills.ofOrder(intent.orderRef));
    const { errors = [], deadAt } = this.byRef.get(intent.orderRef) ?? {};
    const ours = this.cancelling.has(intent.orderRef);
    const told = { errors, ours, ...defined({ deadAt, goodTill: intent.payload.goodTill }) };
    const state = nextState(intent, filled, order, told);
    await this.noteInactive(intent, order, state);
    if (state === undefined) return await this.noteReach(intent, order, state);
    if (state === 'WORKING' && intent.state === 'EXPIRED' && order !== undefined)
      await this.cancelReappeared(intent, order);
    // A reason that comes later does not move the end.
    const at = state === intent.state ? intent.updatedAt : this.deps.broker.clock.now();
    const inactive = intent.reason === LISTED_INACTIVE && isEnd(state) ? LISTED_INACTIVE : undefined;
    const reason =
      (state === 'CANCELLED' ? this.cancelling.get(intent.orderRef) : undefined) ?? reasonOf(order, told) ?? inactive;
    await this.deps.store.intents.mark(intent.orderRef, state, {
      at,
      ...(permId > 0 && { permId }),
      ...defined({ reason }),
    });
    // The broker has cancelled it, or our cancel of an Inactive one ends after the step that asked for it: the watch places another.
    if (isProtective(intent.role) && isEnd(state) && !isEnd(intent.state))
      this.noteUnfollowed(intent.orderRef, intent.positionId);
    await this.noteReach(intent, order, state);
  }
}

/** Codes that refuse a change: the order goes on as it was. */
function refusesChange(code: number): boolean {
  return ['rejection', 'ambiguous'].includes(errorClass(code));
}

/** Errors about an order, and what else may have ended it. */
interface OrderErrors {
  readonly errors: readonly OrderError[];
  /** This process has asked for its cancel. */
  readonly ours: boolean;
  readonly deadAt?: number;
  readonly goodTill?: number;
}

/** Whether the error refuses the order itself. The answer to a change does so too, where the order died of it. */
function refusesOrder(error: OrderError, told: OrderErrors): boolean {
  if (errorClass(error.code) !== 'rejection') return false;
  return !error.aboutChange || isCauseOfDeath(error, told);
}

/** An order that goes on after a refused change ends later, for another reason: its time, a cancel, its group. */
function isCauseOfDeath({ survived, at }: OrderError, { ours, deadAt, goodTill }: OrderErrors): boolean {
  if (ours || survived || deadAt === undefined) return false;
  const isOver = goodTill !== undefined && deadAt >= goodTill - CLOCK_SLACK_MS;
  return !isOver && Math.abs(deadAt - at) <= DIED_WITHIN_MS;
}

/** The broker's reason: the error that refused or cancelled the order, else the text beside its status. */
function reasonOf(order: BrokerOrder | undefined, told: OrderErrors): string | undefined {
  const named = told.errors.findLast(
    (error) => refusesOrder(error, told) || (error.code === 202 && brokersReason(error.text) !== undefined),
  );
  return named === undefined ? order?.text : `${named.code}: ${named.text}`;
}

/**
 * The state that evidence proves. Filled comes from executions, never from a status. A dead status with an unfilled part is
 * CANCELLED only when the broker's own count of fills is in the ledger: otherwise executions are still to come.
 */
function nextState(
  intent: IntentRow,
  filled: number,
  order: BrokerOrder | undefined,
  told: OrderErrors,
): IntentState | undefined {
  if (filled >= intent.payload.quantity) return intent.state === 'FILLED' ? undefined : 'FILLED';
  const isDead = order !== undefined && DEAD.has(order.status);
  // It was proved absent, and works after all.
  if (intent.state === 'EXPIRED') return order !== undefined && !isDead ? 'WORKING' : undefined;
  // The broker's reason may come after the end that it explains.
  if (intent.state === 'CANCELLED' && intent.reason === undefined) {
    return reasonOf(order, told) === undefined ? undefined : 'CANCELLED';
  }
  if (['FILLED', 'CANCELLED', 'REJECTED', 'PARKED'].includes(intent.state)) return undefined;
  const refused = told.errors.some((error) => refusesOrder(error, told));
  // Inactive alone proves nothing, since it may be a hold; together with an error that rejects the order it is the end.
  if (order?.status === 'Inactive') {
    if (refused) return filled > 0 ? 'CANCELLED' : 'REJECTED';
    return undefined;
  }
  // Filled says that executions are to come, whatever count stands beside it: completed orders come without one.
  if (isDead && order.status !== 'Filled' && order.filled <= filled)
    return refused && filled === 0 ? 'REJECTED' : 'CANCELLED';
  return intent.state === 'WORKING' ? undefined : 'WORKING';
}

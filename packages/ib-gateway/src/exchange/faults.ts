/**
 * Faults of the exchange, live or by script.
 */
import type { GatewayContract } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import type { HeldCombos, HiddenCommission, LateAcknowledgement, LateEnding } from './injected-faults.js';
import { type LostOrders, loseOrders } from './lost-orders.js';
import type { ManualOrder, ManualOrders } from './manual-orders.js';
import { type Refusal, refusal } from './refusal.js';
import type { Settlement } from './settlement.js';

export interface ExchangeFaults {
  /** Refuses the next `count` orders and changes of orders. */
  rejectNext(count: number, code: number, text: string): void;
  /** Orders whose reference begins with the prefix keep working, but no client gets callbacks about them. */
  mute(orderRefPrefix: string): void;
  unmute(orderRefPrefix: string): void;
  /** Sends an execution once more with another price and the next id suffix; false: no such execution today. */
  correctExecution(execId: string, newPrice: number): boolean;
  /** The next `count` commission reports come `delayMs` of market time later than usual, or never. */
  lateCommission(count: number, delayMs?: number): void;
  /** A person trades in TWS: above zero buys. Without a price at the quote. False: no contract or no price. */
  manualTrade(conId: number, quantity: number, price?: number): boolean;
  /** A person places a limit order in TWS. False: nothing was placed. */
  manualOrder(order: ManualOrder): boolean;
  /** The broker closes up to `quantity` of a position at the quote; its execution is marked. */
  liquidate(conId: number, quantity?: number): boolean;
  /** Owners exercise against a short stock option now; by default all of it. False: no such short position. */
  assign(conId: number, quantity?: number): boolean;
  /** Lowers the next order id of every client, as after a restart that lost its last writes. */
  rollbackIds(count: number): void;
  /** Orders on this single contract rest without filling, until switched off. */
  hold(conId: number, on: boolean): void;
  /** Combinations rest without filling, until undefined. */
  holdCombos(held: HeldCombos | undefined): void;
  /** The next `fills` of orders in OCA groups do not affect the others of the group. */
  raceGroups(fills: number): void;
  /** The system ends the next `count` orders after it has accepted them. */
  endNext(count: number, ending: LateEnding): void;
  /** The next `count` what-ifs lack the commission. */
  hideCommission(count: number, hidden: HiddenCommission): void;
  /** Orders lose their client. False: there were none. */
  loseOrders(orders: LostOrders): boolean;
  /** The next `count` orders are acknowledged late. */
  acknowledgeLate(count: number, late: LateAcknowledgement): void;
  /** Refuses combinations with this text; without a text it accepts them again. */
  refuseCombos(refusal: Refusal | undefined, previews?: boolean): void;
  /** Multiplies every margin requirement from now on. */
  marginFactor(factor: number): void;
}

export class Faults implements ExchangeFaults {
  readonly #parts: DeskParts;
  readonly #settlement: Settlement;
  readonly #rejections: Refusal[];
  readonly #manual: ManualOrders;
  #externalTrades = 0;

  constructor(parts: DeskParts, settlement: Settlement, rejections: Refusal[], manual: ManualOrders) {
    this.#parts = parts;
    this.#settlement = settlement;
    this.#rejections = rejections;
    this.#manual = manual;
  }

  rejectNext(count: number, code: number, text: string): void {
    for (let index = 0; index < count; index += 1) this.#rejections.push(refusal(code, text));
  }

  mute(orderRefPrefix: string): void {
    this.#parts.announcer.mute(orderRefPrefix);
  }

  unmute(orderRefPrefix: string): void {
    this.#parts.announcer.unmute(orderRefPrefix);
  }

  correctExecution(execId: string, newPrice: number): boolean {
    const { log, ledger, announcer } = this.#parts;
    const corrected = log.correct(execId, newPrice);
    if (!corrected) return false;
    const { before, after } = corrected;
    if (after.contract.secType !== 'BAG') {
      const sign = after.side === 'BOT' ? 1 : -1;
      ledger.correct(after.contract, sign * after.shares, after.price - before.price);
      announcer.broadcast({ kind: 'position', position: ledger.position(after.contract) });
    }
    announcer.publish(after.orderRef, { kind: 'execution', execution: after });
    return true;
  }

  lateCommission(count: number, delayMs?: number): void {
    this.#parts.booking.reports.delay(count, delayMs);
  }

  manualTrade(conId: number, quantity: number, price?: number): boolean {
    return this.#externalTrade(conId, quantity, price, 0);
  }

  manualOrder(order: ManualOrder): boolean {
    return this.#manual.place(order);
  }

  liquidate(conId: number, quantity?: number): boolean {
    const held = this.#parts.ledger.quantity(conId);
    const size = Math.min(Math.abs(held), quantity ?? Math.abs(held));
    return this.#externalTrade(conId, -Math.sign(held) * size, undefined, 1);
  }

  assign(conId: number, quantity?: number): boolean {
    return this.#settlement.assign(conId, quantity ?? Number.POSITIVE_INFINITY);
  }

  rollbackIds(count: number): void {
    this.#parts.book.rollbackIds(count);
  }

  hold(conId: number, on: boolean): void {
    this.#parts.injected.hold(conId, on);
  }

  holdCombos(held: HeldCombos | undefined): void {
    this.#parts.injected.holdCombos(held);
  }

  raceGroups(fills: number): void {
    this.#parts.injected.raceGroups(fills);
  }

  endNext(count: number, ending: LateEnding): void {
    this.#parts.injected.endNext(count, ending);
  }

  hideCommission(count: number, hidden: HiddenCommission): void {
    this.#parts.injected.hideCommission(count, hidden);
  }

  loseOrders(orders: LostOrders): boolean {
    return loseOrders(this.#parts.book, orders) > 0;
  }

  acknowledgeLate(count: number, late: LateAcknowledgement): void {
    this.#parts.injected.acknowledgeLate(count, late);
  }

  refuseCombos(refused: Refusal | undefined, previews?: boolean): void {
    this.#parts.injected.refuseCombos(refused, previews);
  }

  marginFactor(factor: number): void {
    this.#parts.view.marginFactor = factor;
  }

  #externalTrade(conId: number, quantity: number, price: number | undefined, liquidation: 0 | 1): boolean {
    const { market, booking, book, announcer, ledger, clock } = this.#parts;
    const contract = market.contract(conId);
    if (!contract || quantity === 0 || !Number.isInteger(quantity)) return false;
    const at = price ?? this.#natural(contract, quantity, clock.now());
    if (at === undefined) return false;
    this.#externalTrades += 1;
    const permId = book.newPermId({ orderRef: `external ${this.#externalTrades}`, clientId: 0, orderId: 0 });
    const execution = booking.bookExternal(contract, quantity, at, permId, liquidation);
    this.#settlement.watch(contract);
    announcer.broadcast({ kind: 'execution', execution });
    announcer.broadcast({ kind: 'position', position: ledger.position(contract) });
    return true;
  }

  #natural(contract: GatewayContract, quantity: number, at: number): number | undefined {
    const quote = this.#parts.market.quote(contract.conId, at);
    // A worthless option can be given away.
    return quantity > 0 ? quote?.ask : (quote?.bid ?? (contract.secType === 'OPT' && quote ? 0 : undefined));
  }
}

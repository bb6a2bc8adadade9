/**
 * Changes of positions without an order: expiry, exercise and assignment.
 *
 * Options on an index settle in cash at their settlement time: the close, or for AM-settled classes the next open. Options on a stock
 * that are worth a cent or more at the close are exercised (the OCC's exercise by exception); the shares appear, and the option
 * disappears, at 02:00 New York time of the next day; the holder's instructions for long options take precedence. The owner of a call
 * exercises it the night before an ex-date when its remaining time value is less than the dividend. Holders of the stock at the open of
 * the ex-date get the dividend; accounts that are short of it pay it.
 */
import { easternDay, easternTime } from 'market-time';
import type { ExerciseRequest, GatewayContract, GatewayPosition } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import { isIndexOption } from './fill-booking.js';
import type { Refusal } from './refusal.js';

const MORNING_MINUTE = 120;
const DEEPEST_CENT = 0.01;

/** The first 02:00 in New York after a time. */
export function nextMorning(at: number): number {
  const today = morningOf(easternDay(at));
  return today > at ? today : morningOf(easternDay(at) + 1);
}

// The clocks may change before 03:00, so the hour is counted from midnight with the day's own offset.
const morningOf = (day: number): number => easternTime(day, MORNING_MINUTE);

export class Settlement {
  readonly #parts: DeskParts;
  readonly #scheduled = new Set<number>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Schedules the expiry of a contract that is or may become a position. */
  watch(contract: GatewayContract): void {
    const { clock, market } = this.#parts;
    const settles = market.settlementTime(contract.conId);
    if (contract.secType !== 'OPT' || settles === undefined || this.#scheduled.has(contract.conId)) return;
    this.#scheduled.add(contract.conId);
    const cash = isIndexOption(market, contract);
    const at = cash ? settles : nextMorning(settles);
    clock.schedule(Math.max(at, clock.now()), `settle ${contract.conId}`, () => this.#expire(contract, settles, cash));
  }

  #expire(contract: GatewayContract, settles: number, cash: boolean): void {
    const { market, ledger, exercises } = this.#parts;
    this.#scheduled.delete(contract.conId);
    const lapsed = Math.min(exercises.lapsed(contract), Math.max(0, ledger.quantity(contract.conId)));
    if (lapsed > 0) this.#move([contract, -lapsed, 0]);
    const quantity = ledger.quantity(contract.conId);
    if (quantity === 0) return;
    const payoff = Math.max(0, market.fairValue(contract.conId, settles) ?? 0);
    if (cash) this.#move([contract, -quantity, Math.round(payoff * 100) / 100]);
    else if (payoff < DEEPEST_CENT - 1e-9) this.#move([contract, -quantity, 0]);
    else this.#deliver(contract, quantity);
  }

  /** Takes the holder's instruction for long options; returns why it is refused. */
  instruct(request: ExerciseRequest): Refusal | undefined {
    const { market, ledger, account, exercises } = this.#parts;
    const contract = market.contract(request.conId);
    const inner = contract === undefined ? 0 : this.#inner(contract);
    return exercises.take(request, { market, ledger, account, inner });
  }

  /** Carries out the instructions to exercise, for options that are still held. */
  exerciseForHolder(): void {
    for (const { conId, quantity } of this.#parts.exercises.exercised()) {
      const contract = this.#parts.market.contract(conId);
      const most = Math.min(quantity, this.#parts.ledger.quantity(conId));
      if (contract && most > 0) this.#deliver(contract, most);
    }
  }

  /** Pays the dividends whose ex-date begins now. */
  payDividends(): void {
    const { market, ledger, clock } = this.#parts;
    const now = clock.now();
    for (const { contract, quantity } of ledger.positions()) {
      if (contract.secType !== 'STK') continue;
      const dividend = market.nextDividend(contract.conId, now - 1);
      if (dividend?.exAt === now) ledger.receive(contract, quantity * dividend.amount);
    }
  }

  /**
   * Assigns up to `most` contracts of a short option now: the option leaves, the shares come at the strike. False: no short position in an
   * option on shares.
   */
  assign(conId: number, most: number): boolean {
    const contract = this.#parts.market.contract(conId);
    const held = this.#parts.ledger.quantity(conId);
    if (contract?.secType !== 'OPT' || held >= 0 || !(most > 0)) return false;
    if (isIndexOption(this.#parts.market, contract)) return false;
    this.#deliver(contract, Math.max(held, -most));
    return true;
  }

  /** Exercise of `quantity` (signed as held) of a stock option. */
  #deliver(contract: GatewayContract, quantity: number): void {
    const stock =
      contract.underlyingConId === undefined ? undefined : this.#parts.market.contract(contract.underlyingConId);
    if (!stock) return;
    const shares = quantity * (contract.multiplier ?? 100) * (contract.right === 'C' ? 1 : -1);
    this.#move([contract, -quantity, 0], [stock, shares, contract.strike ?? 0]);
  }

  /** Books [contract, signed quantity, price] together and reports it only then: no client sees one without the other. */
  #move(...moves: readonly (readonly [GatewayContract, number, number])[]): void {
    const { ledger, announcer } = this.#parts;
    for (const [contract, quantity, price] of moves) ledger.book({ contract, quantity, price, commission: 0 });
    for (const [contract] of moves) announcer.broadcast({ kind: 'position', position: ledger.position(contract) });
  }

  /** Assigns the short calls whose owners exercise for the dividend that goes ex at the next open. */
  exerciseForDividends(): void {
    const { market, ledger, clock } = this.#parts;
    const now = clock.now();
    for (const position of ledger.positions()) {
      const { contract } = position;
      const underlying = contract.underlyingConId;
      if (contract.right !== 'C' || position.quantity >= 0 || underlying === undefined) continue;
      const dividend = market.nextDividend(underlying, now);
      if (!dividend || dividend.exAt > market.nextOpen(underlying, now) || isIndexOption(market, contract)) continue;
      const inner = this.#inner(contract);
      const extrinsic = this.#timeValue(position, inner);
      if (inner > 0 && extrinsic < dividend.amount) this.assign(contract.conId, -position.quantity);
    }
  }

  /** Dollars by which an option is in the money; below zero when it is out of it. */
  #inner({ underlyingConId, strike, right }: GatewayContract): number {
    const spot = underlyingConId === undefined ? 0 : this.#parts.view.mark(underlyingConId);
    return (spot - (strike ?? 0)) * (right === 'C' ? 1 : -1);
  }

  #timeValue({ contract }: GatewayPosition, inner: number): number {
    return this.#parts.view.mark(contract.conId) - Math.max(0, inner);
  }
}

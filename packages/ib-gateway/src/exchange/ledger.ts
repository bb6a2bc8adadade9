/**
 * Cash and positions of the account: the fold of its trades.
 *
 * Average cost includes the multiplier and the commissions of opening, as IB reports it; realised profit therefore includes the
 * commissions of both sides.
 */
import type { GatewayContract, GatewayPosition } from '../model.js';

export interface Trade {
  readonly contract: GatewayContract;
  /** Signed: bought above zero. */
  readonly quantity: number;
  /** Dollars per share. */
  readonly price: number;
  readonly commission: number;
}

/** One contract of the account; it stays until the day ends, even when nothing is left of it. */
export interface Holding {
  readonly contract: GatewayContract;
  quantity: number;
  averageCost: number;
  /** Since the day began: money paid less money received, and profit realised. */
  paidToday: number;
  realizedToday: number;
  valueAtDayStart: number;
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;

export class Ledger {
  readonly #account: string;
  readonly #holdings = new Map<number, Holding>();
  #cash: number;

  constructor(account: string, cash: number) {
    this.#account = account;
    this.#cash = cash;
  }

  /** The saved part. */
  state(): { readonly cash: number; readonly holdings: readonly Holding[] } {
    return { cash: this.#cash, holdings: [...this.#holdings.values()] };
  }

  restore({ cash, holdings }: { readonly cash: number; readonly holdings: readonly Holding[] }): void {
    this.#cash = cash;
    for (const holding of holdings) this.#holdings.set(holding.contract.conId, { ...holding });
  }

  get cash(): number {
    return this.#cash;
  }

  quantity(conId: number): number {
    return this.#holdings.get(conId)?.quantity ?? 0;
  }

  /** Positions held, by contract id. */
  positions(): readonly GatewayPosition[] {
    return [...this.#holdings.values()]
      .filter((holding) => holding.quantity !== 0)
      .sort((left, right) => left.contract.conId - right.contract.conId)
      .map((holding) => this.#position(holding));
  }

  /** The position of a contract, even when nothing is left of it. */
  position(contract: GatewayContract): GatewayPosition {
    const holding = this.#holdings.get(contract.conId);
    return holding ? this.#position(holding) : { account: this.#account, contract, quantity: 0, averageCost: 0 };
  }

  #position({ contract, quantity, averageCost }: Holding): GatewayPosition {
    return { account: this.#account, contract, quantity, averageCost: quantity === 0 ? 0 : round(averageCost) };
  }

  #holding(contract: GatewayContract): Holding {
    let holding = this.#holdings.get(contract.conId);
    if (!holding) {
      holding = { contract, quantity: 0, averageCost: 0, paidToday: 0, realizedToday: 0, valueAtDayStart: 0 };
      this.#holdings.set(contract.conId, holding);
    }
    return holding;
  }

  /** Books a trade; returns the realised profit in dollars, or undefined when it closed nothing. */
  book(trade: Trade): number | undefined {
    const { contract, quantity, price, commission } = trade;
    const holding = this.#holding(contract);
    const multiplier = contract.multiplier ?? 1;
    const paid = quantity * price * multiplier + commission;
    this.#cash = round(this.#cash - paid);
    holding.paidToday += paid;
    const closing = holding.quantity * quantity < 0 ? Math.min(Math.abs(quantity), Math.abs(holding.quantity)) : 0;
    const opening = Math.abs(quantity) - closing;
    const perUnit = commission / Math.abs(quantity);
    let realized: number | undefined;
    if (closing > 0) {
      const direction = Math.sign(holding.quantity);
      realized = round(closing * (direction * (price * multiplier - holding.averageCost) - perUnit));
      holding.quantity -= direction * closing;
      holding.realizedToday += realized;
    }
    if (opening > 0) {
      const direction = Math.sign(quantity);
      // The commission lowers what a short received and raises what a long paid.
      const unitCost = price * multiplier + direction * perUnit;
      const held = Math.abs(holding.quantity);
      holding.averageCost = (holding.averageCost * held + unitCost * opening) / (held + opening);
      holding.quantity += direction * opening;
    }
    return realized;
  }

  /** Changes the price of a past trade: cash and the cost of the remaining holding move by the difference. */
  correct(contract: GatewayContract, quantity: number, priceChange: number): void {
    const holding = this.#holding(contract);
    const paid = quantity * priceChange * (contract.multiplier ?? 1);
    this.#cash = round(this.#cash - paid);
    holding.paidToday += paid;
    if (holding.quantity * quantity > 0) holding.averageCost += paid / holding.quantity;
    else holding.realizedToday -= paid;
  }

  /** Money that a holding brings or costs without a trade: a dividend. */
  receive(contract: GatewayContract, dollars: number): void {
    this.#cash = round(this.#cash + dollars);
    this.#holding(contract).paidToday -= dollars;
  }

  realizedToday(conId?: number): number {
    return this.#sum(conId, (holding) => holding.realizedToday);
  }

  /** Profit since the day began, given the present values of the positions. */
  dailyPnl(value: (position: GatewayPosition) => number, conId?: number): number {
    return this.#sum(conId, (holding) => value(this.#position(holding)) - holding.valueAtDayStart - holding.paidToday);
  }

  #sum(conId: number | undefined, of: (holding: Holding) => number): number {
    let sum = 0;
    for (const holding of this.#holdings.values()) {
      if (conId === undefined || holding.contract.conId === conId) sum += of(holding);
    }
    return Math.round(sum * 100) / 100;
  }

  /** Begins a day: positions that are gone are dropped, the others counted from their present value. */
  beginDay(value: (position: GatewayPosition) => number): void {
    for (const [conId, holding] of this.#holdings) {
      if (holding.quantity === 0) {
        this.#holdings.delete(conId);
        continue;
      }
      holding.paidToday = 0;
      holding.realizedToday = 0;
      holding.valueAtDayStart = value(this.#position(holding));
    }
  }
}

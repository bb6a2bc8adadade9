/** The exchange's active faults. A restart of the gateway clears them, as every fault. */
import type { GatewayOrderRequest } from '../model.js';
import type { Refusal } from './refusal.js';

/** An order is acknowledged after `ms` of market time; `shown` says whether lists have it before. */
export interface LateAcknowledgement {
  readonly ms: number;
  readonly shown: boolean;
}

/** How the system ends an order that it accepted, and with which text. */
export interface SystemEnding {
  readonly as: 'cancelled' | 'refused' | 'inactive';
  readonly text: string;
}

/** The system ends an order `ms` of market time after its acknowledgement. */
export interface LateEnding extends SystemEnding {
  readonly ms: number;
}

/** A what-if without the commission; `range`: it has the least and the most that the commission may be. */
export interface HiddenCommission {
  readonly range: boolean;
}

/** Combinations fill at no limit; `market`: not even as market orders. */
export interface HeldCombos {
  readonly market: boolean;
}

export class InjectedFaults {
  readonly #held = new Set<number>();
  readonly #endings: LateEnding[] = [];
  readonly #lateAcknowledgements: LateAcknowledgement[] = [];
  readonly #hiddenCommissions: HiddenCommission[] = [];
  #races = 0;
  #heldCombos: HeldCombos | undefined;
  #combos: { readonly refusal: Refusal; readonly previews: boolean } | undefined;

  /** Orders on this single contract rest at any price; combinations with it fill as usual. */
  hold(conId: number, on: boolean): void {
    if (on) this.#held.add(conId);
    else this.#held.delete(conId);
  }

  /** Combinations rest at any price; a market order on one fills, unless `market` says otherwise. Undefined: all fill. */
  holdCombos(held: HeldCombos | undefined): void {
    this.#heldCombos = held;
  }

  isHeld(order: {
    readonly legs: readonly { readonly contract: { readonly conId: number } }[];
    isMarket: boolean;
  }): boolean {
    const [leg, second] = order.legs;
    if (second !== undefined) return this.#heldCombos !== undefined && (!order.isMarket || this.#heldCombos.market);
    return leg !== undefined && this.#held.has(leg.contract.conId);
  }

  /** The next orders are acknowledged late. */
  acknowledgeLate(count: number, late: LateAcknowledgement): void {
    for (let index = 0; index < count; index += 1) this.#lateAcknowledgements.push(late);
  }

  /** The delay of the next order's acknowledgement; each call uses one up. */
  takeLateAcknowledgement(): LateAcknowledgement | undefined {
    return this.#lateAcknowledgements.shift();
  }

  /** The next what-ifs lack the commission. */
  hideCommission(count: number, hidden: HiddenCommission): void {
    for (let index = 0; index < count; index += 1) this.#hiddenCommissions.push(hidden);
  }

  /** How this what-if lacks it; each call uses one up. */
  takeHiddenCommission(): HiddenCommission | undefined {
    return this.#hiddenCommissions.shift();
  }

  /** The system ends the next orders after it has accepted them. */
  endNext(count: number, ending: LateEnding): void {
    for (let index = 0; index < count; index += 1) this.#endings.push(ending);
  }

  /** How the system ends the next order; each call uses one up. */
  takeEnding(): LateEnding | undefined {
    return this.#endings.shift();
  }

  /** The next fills of an order in a group leave the group's others at work, as when exchanges do not see each other's fills. */
  raceGroups(fills: number): void {
    this.#races += fills;
  }

  /** Whether this fill is one of them; each call uses one up. */
  takeRace(): boolean {
    if (this.#races === 0) return false;
    this.#races -= 1;
    return true;
  }

  /** Combinations are refused with this text; their previews only with `previews`; undefined: they are accepted again. */
  refuseCombos(refusal: Refusal | undefined, previews = true): void {
    this.#combos = refusal && { refusal, previews };
  }

  /** The refusal of a combination that is not taken. */
  refusalOf({ contract, whatIf }: GatewayOrderRequest): Refusal | undefined {
    if (contract.secType !== 'BAG' || (whatIf && this.#combos?.previews === false)) return undefined;
    return this.#combos?.refusal;
  }
}

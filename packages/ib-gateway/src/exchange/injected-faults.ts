/** What the exchange does not do at present, by a fault. Forgotten, as every fault is, when the gateway starts again. */
import type { GatewayOrderRequest } from '../model.js';
import type { Refusal } from './refusal.js';

/** An order is acknowledged after `ms` of market time; `shown` says whether lists have it before. */
export interface LateAcknowledgement {
  readonly ms: number;
  readonly shown: boolean;
}

/** How the system ends an order that it accepted, and with which words. */
export interface SystemEnding {
  readonly as: 'cancelled' | 'refused' | 'inactive';
  readonly text: string;
}

/** An order that the system ends `ms` of market time after it was acknowledged. */
export interface LateEnding extends SystemEnding {
  readonly ms: number;
}

/** A what-if lacks the commission; `range`: the least and the most that it may be are there. */
export interface HiddenCommission {
  readonly range: boolean;
}

export class InjectedFaults {
  readonly #held = new Set<number>();
  readonly #endings: LateEnding[] = [];
  readonly #lateAcknowledgements: LateAcknowledgement[] = [];
  readonly #hiddenCommissions: HiddenCommission[] = [];
  #races = 0;
  #combos: { readonly refusal: Refusal; readonly previews: boolean } | undefined;

  /** Orders on this contract alone rest, whatever their price; combinations with it fill as ever. */
  hold(conId: number, on: boolean): void {
    if (on) this.#held.add(conId);
    else this.#held.delete(conId);
  }

  isHeld(legs: readonly { readonly contract: { readonly conId: number } }[]): boolean {
    const [leg, second] = legs;
    return leg !== undefined && second === undefined && this.#held.has(leg.contract.conId);
  }

  /** The next orders are acknowledged late. */
  acknowledgeLate(count: number, late: LateAcknowledgement): void {
    for (let index = 0; index < count; index += 1) this.#lateAcknowledgements.push(late);
  }

  /** How late the next order is acknowledged; each question uses one up. */
  takeLateAcknowledgement(): LateAcknowledgement | undefined {
    return this.#lateAcknowledgements.shift();
  }

  /** The next what-ifs lack the commission. */
  hideCommission(count: number, hidden: HiddenCommission): void {
    for (let index = 0; index < count; index += 1) this.#hiddenCommissions.push(hidden);
  }

  /** How this what-if lacks it; each question uses one up. */
  takeHiddenCommission(): HiddenCommission | undefined {
    return this.#hiddenCommissions.shift();
  }

  /** The system ends the next orders after it has accepted them. */
  endNext(count: number, ending: LateEnding): void {
    for (let index = 0; index < count; index += 1) this.#endings.push(ending);
  }

  /** How the system ends the next order; each question uses one up. */
  takeEnding(): LateEnding | undefined {
    return this.#endings.shift();
  }

  /** The next fills of an order of a group leave the others of it at work, as when exchanges do not see each other's fills. */
  raceGroups(fills: number): void {
    this.#races += fills;
  }

  /** Whether this fill is one of them; each question uses one up. */
  takeRace(): boolean {
    if (this.#races === 0) return false;
    this.#races -= 1;
    return true;
  }

  /** Combinations are refused with this text, their previews only with `previews`; undefined: they are accepted again. */
  refuseCombos(refusal: Refusal | undefined, previews = true): void {
    this.#combos = refusal && { refusal, previews };
  }

  /** The refusal of a combination that is not taken. */
  refusalOf({ contract, whatIf }: GatewayOrderRequest): Refusal | undefined {
    if (contract.secType !== 'BAG' || (whatIf && this.#combos?.previews === false)) return undefined;
    return this.#combos?.refusal;
  }
}

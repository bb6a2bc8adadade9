/** The faults that really happened, and when. Wall ms. */
import type { Action } from './actions.js';
import type { DrawnFault, FaultKind } from './fault-draw.js';

/** `shock`: the market's own move, which a plan makes and no fault. */
export type DeedKind = FaultKind | 'shock';

export interface Deed {
  readonly kind: DeedKind;
  /** Message that it falls on, of a fault of the gateway's messages. */
  readonly message?: string;
  readonly from: number;
  /** Undefined while it lasts. */
  to: number | undefined;
}

export class Deeds {
  readonly list: Deed[] = [];

  /** Begins a deed. */
  begin({ name, action }: DrawnFault): Deed {
    const message = messageOf(action);
    return this.#add({ kind: name, ...(message !== undefined && { message }), from: Date.now(), to: undefined });
  }

  /** The market was moved. */
  shock(): void {
    const now = Date.now();
    this.#add({ kind: 'shock', from: now, to: now });
  }

  /** It could not happen. */
  drop(deed: Deed): void {
    this.list.splice(this.list.indexOf(deed), 1);
  }

  #add(deed: Deed): Deed {
    this.list.push(deed);
    return deed;
  }
}

function messageOf(action: Action): string | undefined {
  return action.kind === 'gateway' && 'message' in action.fault ? action.fault.message : undefined;
}

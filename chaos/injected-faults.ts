/** The faults that really happened, and when. Wall ms. */
import type { Action } from './actions.js';
import type { DrawnFault, FaultKind } from './fault-draw.js';

/** `shock`: the market's own move, which a plan makes and no fault. */
export type InjectedKind = FaultKind | 'shock';

export interface InjectedFault {
  readonly kind: InjectedKind;
  /** Message that it falls on, of a fault of the gateway's messages. */
  readonly message?: string;
  readonly from: number;
  /** Undefined while it lasts. */
  to: number | undefined;
}

export class InjectedFaults {
  readonly list: InjectedFault[] = [];

  /** Begins an injected fault. */
  begin({ name, action }: DrawnFault): InjectedFault {
    const message = messageOf(action);
    return this.#add({ kind: name, ...(message !== undefined && { message }), from: Date.now(), to: undefined });
  }

  /** The market was moved. */
  shock(): void {
    const now = Date.now();
    this.#add({ kind: 'shock', from: now, to: now });
  }

  /** It could not be injected. */
  drop(injection: InjectedFault): void {
    this.list.splice(this.list.indexOf(injection), 1);
  }

  #add(injection: InjectedFault): InjectedFault {
    this.list.push(injection);
    return injection;
  }
}

function messageOf(action: Action): string | undefined {
  return action.kind === 'gateway' && 'message' in action.fault ? action.fault.message : undefined;
}

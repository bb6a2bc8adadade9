/**
 * Messages that are lost, doubled, late, out of order or damaged on their way to a client.
 */
import type { GatewayClock } from '../model.js';
import type { Values } from '../protocol/index.js';
import { numberOf, textOf } from '../protocol/values.js';
import type { FaultOf } from './fault-schema.js';

type MessageFault = FaultOf<'omit' | 'duplicate' | 'delay' | 'reorder' | 'corrupt'>;
/** Changes the tokens of a message. */
export type Damage = (tokens: readonly string[]) => readonly string[];
/** Writes the message, damaged or not. */
export type Deliver = (damage?: Damage) => void;

interface Waiting {
  readonly session: number;
  readonly after: string;
  readonly release: () => void;
}

const DAMAGES: Readonly<Record<FaultOf<'corrupt'>['how'], Damage>> = {
  short: (tokens) => tokens.slice(0, -1),
  long: (tokens) => [...tokens, 'surplus'],
  garbled: ([id = '', ...rest]) => [id, ...rest.map((token) => (/^-?\d/.test(token) ? 'garbled' : token))],
};

/** The pending faults, in the order of their requests. */
export class MessageFaults {
  readonly #clock: GatewayClock;
  readonly #hit: (fault: string, message: string) => void;
  #pending: { readonly fault: MessageFault; left: number }[] = [];
  #waiting: Waiting[] = [];

  constructor(clock: GatewayClock, hit: (fault: string, message: string) => void) {
    this.#clock = clock;
    this.#hit = hit;
  }

  add(fault: MessageFault): void {
    this.#pending.push({ fault, left: fault.n });
  }

  clear(): void {
    this.#pending = [];
  }

  /** Sends a session's message through the first fault that matches it; `deliver` writes it. */
  outbound(session: number, name: string, values: Values, deliver: Deliver): void {
    const entry = this.#pending.find(({ fault }) => concerns(fault, name, values));
    if (!entry) deliver();
    else {
      entry.left -= 1;
      if (entry.left <= 0) this.#pending = this.#pending.filter((other) => other !== entry);
      this.#hit(entry.fault.kind, name);
      this.#apply(entry.fault, session, name, deliver);
    }
    if (this.#waiting.length > 0) this.#release(session, name);
  }

  #apply(fault: MessageFault, session: number, name: string, deliver: Deliver): void {
    if (fault.kind === 'duplicate') {
      deliver();
      deliver();
    } else if (fault.kind === 'corrupt') deliver(DAMAGES[fault.how]);
    else if (fault.kind === 'delay') this.#later(name, fault.ms, () => deliver());
    else if (fault.kind === 'reorder') this.#hold(fault, session, name, deliver);
  }

  #hold(fault: FaultOf<'reorder'>, session: number, name: string, deliver: Deliver): void {
    const timer = this.#later(name, fault.ms, () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      deliver();
    });
    const release = (): void => {
      timer.cancel();
      deliver();
    };
    const waiting: Waiting = { session, after: fault.after, release };
    this.#waiting.push(waiting);
  }

  #release(session: number, name: string): void {
    const due = this.#waiting.filter((entry) => entry.session === session && entry.after === name);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((entry) => !due.includes(entry));
    for (const entry of due) entry.release();
  }

  #later(name: string, ms: number, action: () => void): { cancel(): void } {
    return this.#clock.schedule(this.#clock.now() + ms, `fault:${name}`, action);
  }
}

function concerns(fault: MessageFault, name: string, values: Values): boolean {
  if (fault.message !== name) return false;
  if (fault.status !== undefined && textOf(values, 'status') !== fault.status) return false;
  const id = numberOf(values, 'orderId') ?? numberOf(values, 'id') ?? numberOf(values, 'reqId');
  return fault.orderId === undefined || fault.orderId === id;
}

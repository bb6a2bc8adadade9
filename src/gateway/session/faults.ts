/**
 * Faults between the sessions and their sockets: what is lost, delayed, doubled, refused or held back on purpose.
 */
import { z } from 'zod';
import type { GatewayClock } from '../model.js';
import type { Values } from '../protocol/index.js';
import { numberOf } from '../protocol/values.js';

const count = z.number().int().min(1).default(1);

/** What can be asked for; every kind is described where it takes effect. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('drop') }).describe('cuts every connection at once'),
  z
    .strictObject({
      kind: z.literal('freeze'),
      /**
       * `discard`: a half-open connection; bytes are lost both ways, and connections that lost some are cut in the end.
       * `queue`: a stalled process; both ways are made up for afterwards.
       * `process`: requests are acted on, and the answers are lost.
       */
      input: z.enum(['discard', 'queue', 'process']).default('discard'),
    })
    .describe('stops answering but keeps the sockets; new connections are taken and not answered either'),
  z.strictObject({ kind: z.literal('unfreeze') }).describe('ends `freeze`'),
  z
    .strictObject({ kind: z.literal('refuse'), on: z.boolean().default(true) })
    .describe('closes new connections before the handshake, until called with on = false'),
  z
    .strictObject({ kind: z.literal('restart'), rollback: z.number().int().min(0).default(0) })
    .describe('cuts every connection; afterwards next valid ids are lower by `rollback`'),
  z
    .strictObject({ kind: z.literal('notice'), code: z.number().int(), text: z.string().optional() })
    .describe('a system message with id -1; 1100 and 2103 stop quotes, 1101, 1102 and 2104 resume, 1101 forgets lines'),
  z
    .strictObject({
      kind: z.literal('rejectNext'),
      n: count,
      code: z.number().int(),
      text: z.string(),
      json: z.string().optional(),
    })
    .describe('the next n orders are refused with this error'),
  z
    .strictObject({
      kind: z.literal('mute'),
      orderRefPrefix: z.string(),
      place: z.boolean().default(false),
      off: z.boolean().default(false),
    })
    .describe('orders whose reference begins so get no answer; with place they reach the exchange all the same'),
  z
    .strictObject({ kind: z.literal('omit'), message: z.string(), n: count, orderId: z.number().int().optional() })
    .describe('the next n messages of this name are not sent'),
  z
    .strictObject({ kind: z.literal('duplicate'), message: z.string(), n: count, orderId: z.number().int().optional() })
    .describe('the next n messages of this name are sent twice'),
  z
    .strictObject({
      kind: z.literal('delay'),
      message: z.string(),
      n: count,
      orderId: z.number().int().optional(),
      /** Market time, ms. */
      ms: z.number().int().min(1),
    })
    .describe('the next n messages of this name are sent later'),
]);

/** A fault, complete. */
export type Fault = z.infer<typeof faultSchema>;
/** A fault as it may be written, with what has a default left out. */
export type FaultInput = z.input<typeof faultSchema>;

type MessageFault = Extract<Fault, { kind: 'omit' | 'duplicate' | 'delay' }>;
type Freeze = 'discard' | 'queue' | 'process';

/** What the faults act on. */
export interface FaultHost {
  readonly clock: GatewayClock;
  dropAll(reason: string): void;
  notice(code: number, text: string): void;
  unfrozen(): void;
  /** Takes the next order id of every client back. */
  rollbackIds(count: number): void;
  record(type: string, fields: Readonly<Record<string, unknown>>): void;
}

const NOTICES: Readonly<Record<number, string>> = {
  1100: 'Connectivity between IBKR and Trader Workstation has been lost.',
  1101: 'Connectivity between IBKR and Trader Workstation has been restored - data lost.',
  1102: 'Connectivity between IBKR and Trader Workstation has been restored - data maintained.',
  2103: 'Market data farm connection is broken:usfarm',
  2104: 'Market data farm connection is OK:usfarm',
  2105: 'HMDS data farm connection is broken:ushmds',
  2106: 'HMDS data farm connection is OK:ushmds',
  2110: 'Connectivity between Trader Workstation and server is broken. It will be restored automatically.',
  2158: 'Sec-def data farm connection is OK:secdefil',
};

export class Faults {
  readonly #host: FaultHost;
  readonly #mutes = new Map<string, boolean>();
  #messages: { readonly fault: MessageFault; left: number }[] = [];
  #rejects: { readonly code: number; readonly text: string; readonly json: string | undefined; left: number }[] = [];
  frozen: Freeze | undefined;
  refusing = false;

  constructor(host: FaultHost) {
    this.#host = host;
  }

  apply(fault: Fault): void {
    const { kind, ...fields } = fault;
    this.#host.record('FAULT', { fault: kind, ...fields });
    if (fault.kind === 'drop') this.#host.dropAll('fault: drop');
    else if (fault.kind === 'freeze') this.frozen = fault.input;
    else if (fault.kind === 'unfreeze') this.#unfreeze();
    else if (fault.kind === 'refuse') this.refusing = fault.on;
    else if (fault.kind === 'restart') this.#restart(fault.rollback);
    else if (fault.kind === 'notice')
      this.#host.notice(fault.code, fault.text ?? NOTICES[fault.code] ?? `Notice ${fault.code}`);
    else if (fault.kind === 'rejectNext')
      this.#rejects.push({ code: fault.code, text: fault.text, json: fault.json, left: fault.n });
    else if (fault.kind === 'mute') this.#mute(fault);
    else this.#messages.push({ fault, left: fault.n });
  }

  /** The error that the next order gets instead of being placed. */
  nextReject(): { readonly code: number; readonly text: string; readonly json: string | undefined } | undefined {
    const [reject] = this.#rejects;
    if (!reject) return undefined;
    reject.left -= 1;
    if (reject.left <= 0) this.#rejects = this.#rejects.slice(1);
    return reject;
  }

  /** `swallow`: not even placed; `silent`: placed, but nothing is told unasked. */
  muteOf(orderRef: string): 'swallow' | 'silent' | undefined {
    for (const [prefix, place] of this.#mutes) if (orderRef.startsWith(prefix)) return place ? 'silent' : 'swallow';
    return undefined;
  }

  /** Sends a message through the faults that concern its name; `deliver` writes it. */
  outbound(name: string, values: Values, deliver: () => void): void {
    const entry = this.#messages.find(({ fault }) => concerns(fault, name, values));
    if (!entry) {
      deliver();
      return;
    }
    entry.left -= 1;
    if (entry.left <= 0) this.#messages = this.#messages.filter((other) => other !== entry);
    const { fault } = entry;
    this.#host.record('FAULT_HIT', { fault: fault.kind, message: name });
    if (fault.kind === 'omit') return;
    if (fault.kind === 'delay') {
      const { clock } = this.#host;
      clock.schedule(clock.now() + fault.ms, `fault:${name}`, deliver);
      return;
    }
    deliver();
    deliver();
  }

  #unfreeze(): void {
    this.frozen = undefined;
    this.#host.unfrozen();
  }

  #restart(rollback: number): void {
    this.frozen = undefined;
    this.#host.rollbackIds(rollback);
    this.#host.dropAll('fault: restart');
  }

  #mute(fault: Extract<Fault, { kind: 'mute' }>): void {
    if (fault.off) this.#mutes.delete(fault.orderRefPrefix);
    else this.#mutes.set(fault.orderRefPrefix, fault.place);
  }
}

function concerns(fault: MessageFault, name: string, values: Values): boolean {
  if (fault.message !== name) return false;
  return fault.orderId === undefined || fault.orderId === (numberOf(values, 'orderId') ?? numberOf(values, 'id'));
}

/**
 * Faults between the sessions and their sockets: what is lost, delayed, doubled, refused or held back on purpose. What can
 * be asked for is in fault-schema.ts.
 */
import type { GatewayClock } from '../model.js';
import type { Values } from '../protocol/index.js';
import type { Fault, FaultOf } from './fault-schema.js';
import { type Deliver, MessageFaults } from './message-faults.js';

export { type Fault, type FaultInput, faultSchema } from './fault-schema.js';

type Freeze = FaultOf<'freeze'>['input'];
export type EmptyAnswer = FaultOf<'falseEmpty'>['answer'];
export type MarketDataState = FaultOf<'marketData'>['state'];

/** What the faults act on. */
export interface FaultHost {
  readonly clock: GatewayClock;
  /** Cuts every connection; what was written but has not left is lost. */
  dropAll(reason: string): void;
  /** Ends every connection after what was written has left. */
  endAll(reason: string): void;
  notice(code: number, text: string): void;
  unfrozen(): void;
  /** The state of quotes has changed. */
  marketDataChanged(): void;
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
  2157: 'Sec-def data farm connection is broken:secdefil',
  2158: 'Sec-def data farm connection is OK:secdefil',
};
const LOST = 1100;
const RESTORED = 1102;

/** Something that happens to the next `left` of a kind. */
interface Counted<F> {
  readonly fault: F;
  left: number;
}

export class Faults {
  readonly #host: FaultHost;
  readonly #mutes = new Map<string, boolean>();
  readonly #messages: MessageFaults;
  #rejects: Counted<FaultOf<'rejectNext'>>[] = [];
  #cancelAnswers: Counted<FaultOf<'cancelAnswer'>>[] = [];
  #empty: Counted<FaultOf<'falseEmpty'>>[] = [];
  #failures: Counted<FaultOf<'failNext'>>[] = [];
  /** Client ids that sessions hold which are gone. */
  readonly #heldIds = new Set<number>();
  frozen: Freeze | undefined;
  refusing = false;
  marketData: MarketDataState = 'live';
  /** Messages a second that replace the gateway's own limit. */
  messageRate: number | undefined;
  /** The last false roll of the date, epoch ms. */
  rolledAt = Number.NEGATIVE_INFINITY;

  constructor(host: FaultHost) {
    this.#host = host;
    this.#messages = new MessageFaults(host.clock, (fault, message) => host.record('FAULT_HIT', { fault, message }));
  }

  apply(fault: Fault): void {
    const { kind, ...fields } = fault;
    this.#host.record('FAULT', { fault: kind, ...fields });
    switch (fault.kind) {
      case 'drop':
        this.#host.dropAll('fault: drop');
        return;
      case 'freeze':
        this.frozen = fault.input;
        return;
      case 'unfreeze':
        this.#unfreeze();
        return;
      case 'refuse':
        this.#refuse(fault.on, fault.ms);
        return;
      case 'idInUse':
        this.#heldIds.add(fault.clientId);
        this.#after(fault.ms, () => this.#heldIds.delete(fault.clientId));
        return;
      case 'restart':
        this.#restart(fault.rollback);
        return;
      case 'nightlyReset':
        this.#notice(LOST);
        this.#refuse(true, fault.ms);
        this.frozen = undefined;
        this.#host.rollbackIds(fault.rollback);
        this.#host.endAll('fault: nightlyReset');
        // Whoever connects afterwards finds the link to the broker up, and quotes flowing.
        this.#after(fault.ms, () => this.#notice(RESTORED));
        return;
      case 'pacing':
        this.messageRate = fault.perSecond;
        return;
      case 'notice':
        this.#notice(fault.code, fault.text);
        return;
      case 'connectivity':
        this.#notice(LOST);
        this.#after(fault.ms, () => this.#notice(fault.dataLost ? 1101 : 1102));
        return;
      case 'marketData':
        this.marketData = fault.state;
        this.#host.marketDataChanged();
        return;
      case 'dateRoll':
        this.rolledAt = this.#host.clock.now();
        return;
      default:
        this.#applyToMessages(fault);
    }
  }

  #applyToMessages(
    fault: FaultOf<
      | 'falseEmpty'
      | 'failNext'
      | 'rejectNext'
      | 'cancelAnswer'
      | 'mute'
      | 'omit'
      | 'duplicate'
      | 'delay'
      | 'reorder'
      | 'corrupt'
      | 'clear'
    >,
  ): void {
    if (fault.kind === 'falseEmpty') this.#empty.push({ fault, left: fault.n });
    else if (fault.kind === 'failNext') this.#failures.push({ fault, left: fault.n });
    else if (fault.kind === 'rejectNext') this.#rejects.push({ fault, left: fault.n });
    else if (fault.kind === 'cancelAnswer') this.#cancelAnswers.push({ fault, left: fault.n });
    else if (fault.kind === 'mute') this.#mute(fault);
    else if (fault.kind === 'clear') this.#clear();
    else this.#messages.add(fault);
  }

  /** The error that the next order gets; `isChange` tells a change of a working order from a new one. */
  nextReject(isChange: () => boolean): FaultOf<'rejectNext'> | undefined {
    return take(this.#rejects, ({ on }) => on === 'any' || (on === 'modify') === isChange());
  }

  /** What the next request of a name gets instead of its answer. */
  nextFailure(request: string): FaultOf<'failNext'> | undefined {
    const failure = take(this.#failures, (fault) => fault.request === request);
    if (failure) this.#host.record('FAULT_HIT', { fault: 'failNext', request });
    return failure;
  }

  /** The error that the next cancel gets. */
  nextCancelAnswer(): FaultOf<'cancelAnswer'> | undefined {
    return take(this.#cancelAnswers, () => true);
  }

  holdsId(clientId: number): boolean {
    return this.#heldIds.has(clientId);
  }

  /** Whether the next answer of a kind lies by being empty. */
  nextIsEmpty(answer: EmptyAnswer): boolean {
    const hit = take(this.#empty, (fault) => fault.answer === answer) !== undefined;
    if (hit) this.#host.record('FAULT_HIT', { fault: 'falseEmpty', answer });
    return hit;
  }

  /** `swallow`: not even placed; `silent`: placed, but nothing is told unasked. */
  muteOf(orderRef: string): 'swallow' | 'silent' | undefined {
    for (const [prefix, place] of this.#mutes) if (orderRef.startsWith(prefix)) return place ? 'silent' : 'swallow';
    return undefined;
  }

  /** Sends a message of a session through the faults that concern its name; `deliver` writes it. */
  outbound(session: number, name: string, values: Values, deliver: Deliver): void {
    this.#messages.outbound(session, name, values, deliver);
  }

  #notice(code: number, text?: string): void {
    this.#host.notice(code, text ?? NOTICES[code] ?? `Notice ${code}`);
  }

  #refuse(on: boolean, ms: number | undefined): void {
    this.refusing = on;
    if (on && ms !== undefined) {
      this.#after(ms, () => {
        this.refusing = false;
      });
    }
  }

  #after(ms: number, action: () => void): void {
    const { clock } = this.#host;
    clock.schedule(clock.now() + ms, 'fault:end', action);
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

  #mute(fault: FaultOf<'mute'>): void {
    if (fault.off) this.#mutes.delete(fault.orderRefPrefix);
    else this.#mutes.set(fault.orderRefPrefix, fault.place);
  }

  #clear(): void {
    this.#messages.clear();
    this.#mutes.clear();
    this.#rejects = [];
    this.#cancelAnswers = [];
    this.#empty = [];
    this.#failures = [];
  }
}

/** Counts the first entry that fits and takes it away when it is used up. */
function take<F>(entries: Counted<F>[], fits: (fault: F) => boolean): F | undefined {
  const index = entries.findIndex(({ fault }) => fits(fault));
  const entry = entries[index];
  if (!entry) return undefined;
  entry.left -= 1;
  if (entry.left <= 0) entries.splice(index, 1);
  return entry.fault;
}

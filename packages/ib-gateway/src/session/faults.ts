/**
 * Faults between the sessions and their sockets: messages lost, delayed, doubled, refused or held back on purpose. Their
 * kinds are in fault-schema.ts.
 */
import type { GatewayClock } from '../model.js';
import type { Values } from '../protocol/index.js';
import { AnswerFaults } from './answer-faults.js';
import { DataFaults } from './data-faults.js';
import type { Farm } from './farms.js';
import type { Fault, FaultOf } from './fault-schema.js';
import type { LineRefusal } from './line-refusals.js';
import { type Deliver, MessageFaults } from './message-faults.js';
import { breakFarm, type OutageHost, resetServers } from './outages.js';

export type { FaultInput } from './fault-schema.js';

type Freeze = FaultOf<'freeze'>['input'];

/** The parts that the faults act on. */
export interface FaultHost {
  readonly clock: GatewayClock;
  /** Cuts every connection; written bytes that have not left are lost. */
  dropAll(reason: string): void;
  /** Ends every connection after what was written has left. */
  endAll(reason: string): void;
  notice(code: number, text: string): void;
  unfrozen(): void;
  /** The state of quotes has changed. */
  marketDataChanged(): void;
  /** Existing lines are refused from now on. */
  refuseLines(refusal: LineRefusal): void;
  /** The subscriptions of a farm are dead from now on. */
  stall(farm: Farm): void;
  /** Lowers the next order id of every client. */
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
  2119: 'Market data farm is connecting:usfarm',
  2157: 'Sec-def data farm connection is broken:secdefil',
  2158: 'Sec-def data farm connection is OK:secdefil',
};
const LOST = 1100;
const RESTORED = 1102;

export class Faults {
  readonly #host: FaultHost;
  readonly #messages: MessageFaults;
  /** Faults in answers to requests and orders. */
  readonly answers: AnswerFaults;
  /** Client ids that ended sessions still hold, and until when, epoch ms. */
  readonly #heldIds = new Map<number, number>();
  /** Faults of quotes, history and contract details. */
  readonly data = new DataFaults();
  frozen: Freeze | undefined;
  refusing = false;
  /** The API takes no orders and shows none. */
  readOnly = false;
  #badHandshakes: FaultOf<'badHandshake'>['how'][] = [];
  /** Messages per second, instead of the gateway's own limit. */
  messageRate: number | undefined;
  /** The last false date change, epoch ms. */
  rolledAt = Number.NEGATIVE_INFINITY;

  constructor(host: FaultHost) {
    this.#host = host;
    this.answers = new AnswerFaults((fields) => host.record('FAULT_HIT', fields));
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
        this.#heldIds.set(fault.clientId, this.#host.clock.now() + fault.ms);
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
        // A client that connects afterwards finds the link to the broker up and quotes flowing.
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
      case 'farm':
        breakFarm(this.#outageHost(), fault);
        return;
      case 'serverReset':
        resetServers(this.#outageHost(), fault);
        return;
      case 'badHandshake':
        this.#badHandshakes.push(...Array.from({ length: fault.n }, () => fault.how));
        return;
      case 'readOnly':
        this.readOnly = !fault.off;
        return;
      case 'marketData':
        this.data.apply(fault, this.#host.clock.now());
        this.#host.marketDataChanged();
        return;
      case 'refuseLines':
        this.data.apply(fault, this.#host.clock.now());
        if (fault.running && !fault.off) this.#host.refuseLines(fault);
        return;
      case 'partialData':
      case 'adviseHistory':
      case 'throttleDetails':
        this.data.apply(fault, this.#host.clock.now());
        return;
      case 'dateRoll':
        this.rolledAt = this.#host.clock.now();
        return;
      case 'clear':
        this.#messages.clear();
        this.answers.clear();
        return;
      case 'omit':
      case 'duplicate':
      case 'delay':
      case 'reorder':
      case 'corrupt':
        this.#messages.add(fault);
        return;
      default:
        this.answers.add(fault);
    }
  }

  /** The fault of the next handshake. */
  nextBadHandshake(): FaultOf<'badHandshake'>['how'] | undefined {
    return this.#badHandshakes.shift();
  }

  holdsId(clientId: number): boolean {
    return this.#host.clock.now() < (this.#heldIds.get(clientId) ?? Number.NEGATIVE_INFINITY);
  }

  /** Sends a session's message through the faults for its name; `deliver` writes it. */
  outbound(session: number, name: string, values: Values, deliver: Deliver): void {
    this.#messages.outbound(session, name, values, deliver);
  }

  #notice(code: number, text?: string): void {
    this.#host.notice(code, text ?? NOTICES[code] ?? `Notice ${code}`);
  }

  #outageHost(): OutageHost {
    const { clock } = this.#host;
    return { clock, notice: (code, text) => this.#notice(code, text), stall: (farm) => this.#host.stall(farm) };
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
}

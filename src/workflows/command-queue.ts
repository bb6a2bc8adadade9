/**
 * The commands a position has been given. Handlers only put here; the position's one loop takes out.
 *
 * A request id is accepted once, whatever the number of times and ways it arrives (ids of recent requests are carried
 * over a continue-as-new). While an exit is under way, a request that it already serves joins it and may raise its
 * urgency; it never becomes a second order. A command whose requester chose no id joins an equal one: two clicks are one request.
 */
import type { Accepted } from '../contract/messages.js';
import type { CarriedState, ExitCommand, ExitProgress, Pricing } from '../contract/requests.js';
import { URGENCY_RANK, type Urgency } from '../domain/rules/decision.js';

const REMEMBERED_IDS = 200;

export class CommandQueue {
  private readonly waiting: ExitCommand[];
  private readonly seen: string[];
  /** Requests that wait for the outcome of the exit under way. */
  private joined: ExitCommand[] = [];
  private present: ExitCommand | undefined;
  private raisedUrgency: Urgency | undefined;
  /** Reductions that ended a moment ago: an equal click after them was meant to be the same. */
  private readonly ended: ExitCommand[];

  constructor(carried: CarriedState | undefined) {
    this.waiting = [...(carried?.queue ?? [])];
    this.ended = [...(carried?.ended ?? [])];
    this.seen = [...(carried?.recentRequestIds ?? [])];
  }

  /** Puts a command, or joins it to the exit under way. `named`: the requester chose its id. */
  put(command: ExitCommand, named = true): Accepted {
    const { requestId } = command;
    if (this.seen.includes(requestId)) return { requestId, joined: true };
    const equal = named ? undefined : this.asked().find((other) => isEqual(other, command));
    if (equal !== undefined) return { requestId: equal.requestId, joined: true };
    this.seen.push(requestId);
    if (this.seen.length > REMEMBERED_IDS) this.seen.shift();
    const joins = this.present !== undefined && serves(this.present, command);
    const { by, rule } = command;
    // A rule decides the same at every poll: once is enough.
    if (!joins && by === 'rule' && this.waiting.some((other) => other.by === 'rule' && other.rule === rule)) {
      return { requestId, joined: true };
    }
    if (joins) {
      this.joined.push(command);
      this.raise(command.urgency);
    } else {
      this.waiting.push(command);
      // A close overtakes what waits: nothing that reduces less should delay it.
      this.waiting.sort((a, b) => Number(b.action === 'CLOSE') - Number(a.action === 'CLOSE'));
    }
    return { requestId, joined: joins };
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Whether something waits that the present exit should give way to: a full close behind a partial one. */
  get overtaken(): boolean {
    const { present } = this;
    if (present === undefined || this.closeAsked === undefined) return false;
    return present.action !== 'CLOSE' || present.pricing.kind === 'limit';
  }

  /** A full close that waits. */
  get closeAsked(): ExitCommand | undefined {
    return this.waiting.find(({ action }) => action === 'CLOSE');
  }

  get current(): ExitCommand | undefined {
    return this.present;
  }

  /** Rules of the present exit and of every request that it serves. */
  get rules(): readonly string[] {
    return [...new Set([...(this.present ? [this.present] : []), ...this.joined].map(({ rule }) => rule))];
  }

  begin(): ExitCommand | undefined {
    this.present = this.waiting.shift();
    this.raisedUrgency = this.present?.urgency;
    this.joined = [];
    return this.present;
  }

  /** Ends the present exit; returns every request it answers, its own first. */
  finish(): readonly ExitCommand[] {
    const answered = this.present ? [this.present, ...this.joined] : [];
    this.present = undefined;
    this.joined = [];
    return answered;
  }

  /** Remembers a reduction that has ended, until it is forgotten. */
  remember(command: ExitCommand): void {
    this.ended.push(command);
  }

  forget(command: ExitCommand): void {
    const at = this.ended.indexOf(command);
    if (at >= 0) this.ended.splice(at, 1);
  }

  /** Reductions of the last minute. */
  get remembered(): readonly ExitCommand[] {
    return [...this.ended];
  }

  /** Takes all that still wait: the position is over, and each must be answered. */
  drain(): readonly ExitCommand[] {
    return this.waiting.splice(0);
  }

  raise(urgency: Urgency): void {
    if (this.raisedUrgency === undefined || URGENCY_RANK[urgency] < URGENCY_RANK[this.raisedUrgency]) {
      this.raisedUrgency = urgency;
    }
  }

  urgency(): Urgency {
    return this.raisedUrgency ?? 'NORMAL';
  }

  carried(): Pick<CarriedState, 'queue' | 'recentRequestIds' | 'ended'> {
    const ended = this.remembered;
    return { queue: [...this.waiting], recentRequestIds: [...this.seen], ...(ended.length > 0 && { ended }) };
  }

  /** The same with the exit under way in front: the next run goes on with what it has done so far. */
  carriedExit(progress: ExitProgress): Pick<CarriedState, 'queue' | 'recentRequestIds' | 'ended'> {
    const { present } = this;
    const exit = present === undefined ? [] : [{ ...present, urgency: this.urgency(), progress }];
    const asked = this.joined.filter(({ by }) => by === 'person');
    return { ...this.carried(), queue: [...exit, ...asked, ...this.waiting] };
  }

  /** Commands under way, waiting and just ended. */
  private asked(): readonly ExitCommand[] {
    return [...(this.present ? [this.present] : []), ...this.joined, ...this.waiting, ...this.ended];
  }

  /** For the status query. */
  snapshot(): readonly ExitCommand[] {
    return this.present ? [this.present, ...this.waiting] : [...this.waiting];
  }
}

/** Asks for the same, by a person. */
function isEqual(other: ExitCommand, command: ExitCommand): boolean {
  const what = ({ by, action, urgency, overrideHalt, ratio, dte, orClose, pricing }: ExitCommand) =>
    JSON.stringify([by, action, urgency, overrideHalt, ratio, dte, orClose, pricing.kind, ...limitOf(pricing)]);
  return what(other) === what(command);
}

function limitOf(pricing: Pricing): readonly unknown[] {
  return pricing.kind === 'limit' ? [pricing.price, pricing.side] : [];
}

/** A close serves closes and reductions; a roll serves rolls; a reduction serves none but rules' repeats of itself. */
function serves(present: ExitCommand, command: ExitCommand): boolean {
  // A command that may do more than the present exit is evaluated by itself: the present one may be refused.
  if (command.overrideHalt && !present.overrideHalt) return false;
  // An exit at a fixed price does not satisfy a request for the market's.
  if (present.pricing.kind === 'limit' && command.pricing.kind !== 'limit') return false;
  if (present.action === 'CLOSE') return command.action !== 'ROLL' || command.by === 'rule';
  if (present.action === 'ROLL') return command.action === 'ROLL';
  return command.by === 'rule' && command.rule === present.rule;
}

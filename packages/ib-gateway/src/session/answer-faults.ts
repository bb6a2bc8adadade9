/**
 * Faults in answers to requests and orders: errors, empty lists, silence.
 */
import type { FaultOf } from './fault-schema.js';

export type EmptyAnswer = FaultOf<'falseEmpty'>['answer'];
type AnswerFault = FaultOf<'falseEmpty' | 'bareCompleted' | 'failNext' | 'rejectNext' | 'cancelAnswer' | 'mute'>;

/** Affects the next `left` of a kind. */
interface Counted<F> {
  readonly fault: F;
  left: number;
}

export class AnswerFaults {
  readonly #hit: (fields: Readonly<Record<string, unknown>>) => void;
  readonly #mutes = new Map<string, boolean>();
  #rejects: Counted<FaultOf<'rejectNext'>>[] = [];
  #cancelAnswers: Counted<FaultOf<'cancelAnswer'>>[] = [];
  #empty: Counted<FaultOf<'falseEmpty'>>[] = [];
  #bare: Counted<FaultOf<'bareCompleted'>>[] = [];
  #failures: Counted<FaultOf<'failNext'>>[] = [];

  /** `hit` records a fault that has happened. */
  constructor(hit: (fields: Readonly<Record<string, unknown>>) => void) {
    this.#hit = hit;
  }

  add(fault: AnswerFault): void {
    switch (fault.kind) {
      case 'falseEmpty':
        this.#empty.push({ fault, left: fault.n });
        return;
      case 'bareCompleted':
        this.#bare.push({ fault, left: fault.n });
        return;
      case 'failNext':
        this.#failures.push({ fault, left: fault.n });
        return;
      case 'rejectNext':
        this.#rejects.push({ fault, left: fault.n });
        return;
      case 'cancelAnswer':
        this.#cancelAnswers.push({ fault, left: fault.n });
        return;
      case 'mute':
        if (fault.off) this.#mutes.delete(fault.orderRefPrefix);
        else this.#mutes.set(fault.orderRefPrefix, fault.place);
    }
  }

  clear(): void {
    this.#mutes.clear();
    this.#rejects = [];
    this.#cancelAnswers = [];
    this.#empty = [];
    this.#bare = [];
    this.#failures = [];
  }

  /** The error that the next order gets; `kindOf` distinguishes a new order, a change of a working one and a what-if. */
  nextReject(orderRef: string, kindOf: () => 'new' | 'modify' | 'preview'): FaultOf<'rejectNext'> | undefined {
    return take(
      this.#rejects,
      ({ on, orderRefIncludes }) => orderRef.includes(orderRefIncludes) && (on === 'any' || on === kindOf()),
    );
  }

  /** The replacement for the answer to the next request of a name. */
  nextFailure(request: string): FaultOf<'failNext'> | undefined {
    const failure = take(this.#failures, (fault) => fault.request === request);
    if (failure) this.#hit({ fault: 'failNext', request });
    return failure;
  }

  /** The error that the next cancel gets. */
  nextCancelAnswer(): FaultOf<'cancelAnswer'> | undefined {
    return take(this.#cancelAnswers, () => true);
  }

  /** Whether the next answer of a kind is empty by a fault. */
  nextIsEmpty(answer: EmptyAnswer): boolean {
    const hit = take(this.#empty, (fault) => fault.answer === answer) !== undefined;
    if (hit) this.#hit({ fault: 'falseEmpty', answer });
    return hit;
  }

  /** Whether the next answer about completed orders lacks the filled quantities. */
  nextIsBare(): boolean {
    const hit = take(this.#bare, () => true) !== undefined;
    if (hit) this.#hit({ fault: 'bareCompleted' });
    return hit;
  }

  /** `swallow`: not even placed; `silent`: placed, but without callbacks. */
  muteOf(orderRef: string): 'swallow' | 'silent' | undefined {
    for (const [prefix, place] of this.#mutes) if (orderRef.startsWith(prefix)) return place ? 'silent' : 'swallow';
    return undefined;
  }
}

/** Counts the first entry that matches and removes it when it is used up. */
function take<F>(entries: Counted<F>[], fits: (fault: F) => boolean): F | undefined {
  const index = entries.findIndex(({ fault }) => fits(fault));
  const entry = entries[index];
  if (!entry) return undefined;
  entry.left -= 1;
  if (entry.left <= 0) entries.splice(index, 1);
  return entry.fault;
}

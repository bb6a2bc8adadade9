/** Which injected faults of a seed can have affected a span of time: while they lasted, and while their effects did. */

import type { Evidence } from '../evidence.js';
import type { InjectedFault } from '../injected-faults.js';
import { wallOf } from './frames.js';

/** Wall ms from the end of a fault until the part that it stopped must work again: a standby has the session within 20 s. */
const RECOVERY_MS = 20_000;
/** From the end of a halt to the next read of the trading state. */
const HALT_MS = 1_000;
/** How the journal names a fault of messages or answers that has happened. */
const HIT: Readonly<Partial<Record<InjectedFault['kind'], string>>> = {
  omit: 'omit',
  duplicate: 'duplicate',
  delay: 'delay',
  reorder: 'reorder',
  corrupt: 'corrupt',
  'false-empty': 'falseEmpty',
};

/** Injected faults that can have had an effect in [from, to]. */
export function injectionsIn(
  { injections, journal }: Pick<Evidence, 'injections' | 'journal'>,
  from: number,
  to: number,
) {
  return injections.filter((injection) => {
    if (injection.from > to) return false;
    const fault = HIT[injection.kind];
    if (fault !== undefined) {
      return journal.some((entry) => isHit(entry, fault, injection) && near(wallOf(entry), from, to));
    }
    // What waits for the next orders waits for as long as none comes; a market that has moved stays.
    if (injection.kind.startsWith('reject-') || injection.kind === 'shock') return true;
    const lasts = injection.kind === 'halt' ? HALT_MS : RECOVERY_MS;
    return (injection.to ?? to) + lasts >= from;
  });
}

function near(at: number, from: number, to: number): boolean {
  return at <= to && at >= from - RECOVERY_MS;
}

function isHit({ type, fields }: Evidence['journal'][number], fault: string, { message }: InjectedFault): boolean {
  return type === 'FAULT_HIT' && fields.fault === fault && (message === undefined || fields.message === message);
}

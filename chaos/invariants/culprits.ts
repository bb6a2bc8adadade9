/** Which deeds of a seed can have reached a span of time: their own time, and what they leave behind. */
import type { Deed } from '../deeds.js';
import type { Evidence } from '../evidence.js';
import { wallOf } from './frames.js';

/** Wall ms from the end of a deed until what it took away must work again: a standby has the session within 20 s. */
const RECOVERY_MS = 20_000;
/** From the end of a halt to the next look at the trading state. */
const HALT_MS = 1_000;
/** How the journal names a fault of messages or answers that has happened. */
const HIT: Readonly<Partial<Record<Deed['kind'], string>>> = {
  omit: 'omit',
  duplicate: 'duplicate',
  delay: 'delay',
  reorder: 'reorder',
  corrupt: 'corrupt',
  'false-empty': 'falseEmpty',
};

/** Deeds that can have had an effect in [from, to]. */
export function deedsIn({ deeds, journal }: Pick<Evidence, 'deeds' | 'journal'>, from: number, to: number) {
  return deeds.filter((deed) => {
    if (deed.from > to) return false;
    const fault = HIT[deed.kind];
    if (fault !== undefined) {
      return journal.some((entry) => isHit(entry, fault, deed) && near(wallOf(entry), from, to));
    }
    // What waits for the next orders waits for as long as none comes; a market that has moved stays.
    if (deed.kind.startsWith('reject-') || deed.kind === 'shock') return true;
    const lasts = deed.kind === 'halt' ? HALT_MS : RECOVERY_MS;
    return (deed.to ?? to) + lasts >= from;
  });
}

function near(at: number, from: number, to: number): boolean {
  return at <= to && at >= from - RECOVERY_MS;
}

function isHit({ type, fields }: Evidence['journal'][number], fault: string, { message }: Deed): boolean {
  return type === 'FAULT_HIT' && fields.fault === fault && (message === undefined || fields.message === message);
}

/** Orders as they went over the wire. */
import type { JournalEntry } from 'ib-gateway';
import type { IntentRow } from 'legwork';
import type { Evidence } from '../evidence.js';

export interface OrderFrame {
  readonly entry: JournalEntry;
  readonly orderRef: string;
  readonly orderId: number;
  /** The first frame of this order id; later ones modify the order. */
  readonly isNew: boolean;
  readonly intent: IntentRow | undefined;
}

/** A violated invariant: its name and one sentence with the evidence. */
export interface Violation {
  readonly invariant: string;
  readonly text: string;
}

/** PLACE_ORDER frames that were meant as orders, oldest first. */
export function orderFrames({ journal, intents }: Pick<Evidence, 'journal' | 'intents'>): readonly OrderFrame[] {
  const seen = new Set<string>();
  return journal.flatMap((entry) => {
    const { dir, type, fields } = entry;
    if (dir !== 'in' || type !== 'PLACE_ORDER' || fields.whatIf === true) return [];
    const orderRef = String(fields.orderRef ?? '');
    const orderId = Number(fields.orderId);
    const key = `${orderId} ${orderRef}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return [{ entry, orderRef, orderId, isNew, intent: intents.get(orderRef) }];
  });
}

/** Wall ms of an entry. */
export function wallOf(entry: JournalEntry): number {
  return entry.wall ?? Number.NaN;
}

/**
 * What the broker's answers prove about an order whose fate is unknown.
 *
 * Seeing it proves that it exists, from any answer. Not seeing it proves nothing unless every answer was complete, twice in a
 * row with the same positions, and the session that wrote it can write no more. Pure: the looks are given, oldest first.
 */

/** One set of answers, asked together. */
export interface EvidenceLook {
  readonly open: readonly EvidenceOrder[];
  readonly openComplete: boolean;
  readonly completed: readonly EvidenceOrder[];
  readonly completedComplete: boolean;
  readonly fills: readonly EvidenceFill[];
  readonly fillsComplete: boolean;
  readonly positions: readonly { readonly conId: number; readonly quantity: number }[];
  readonly positionsComplete: boolean;
}

export interface EvidenceOrder {
  readonly orderRef: string;
  /** 0 while the broker has not assigned one. */
  readonly permId: number;
  readonly orderId: number;
  readonly status: string;
}

export interface EvidenceFill {
  readonly orderRef: string;
  readonly permId: number;
}

export interface EvidenceInput {
  readonly orderRef: string;
  /** What all attempts of the intent share. */
  readonly prefix: string;
  /** permId of the intent, 0 when the broker never told one. */
  readonly permId: number;
  readonly looks: readonly EvidenceLook[];
  /** The session that may have written the order has ended: nothing of it can still arrive. */
  readonly sessionDead: boolean;
}

export type EvidenceVerdict =
  | { readonly kind: 'found' | 'absent' | 'session-alive' | 'incomplete' | 'look-again' }
  | { readonly kind: 'two-live'; readonly reason: string };

/** Statuses of an order that works no more. */
export const ENDED_STATUSES: ReadonlySet<string> = new Set(['Filled', 'Cancelled', 'ApiCancelled']);

/**
 * `two-live` two open orders under one prefix; `found` the order was seen; `incomplete` the last look cannot prove absence;
 * `session-alive` absent, but it may still be written; `look-again` absent once, or positions moved; `absent` proved.
 */
export function judgeEvidence(input: EvidenceInput): EvidenceVerdict {
  const { looks } = input;
  const last = looks.at(-1);
  if (last === undefined) return { kind: 'look-again' };
  const live = liveOrders(last, input.prefix);
  if (live.length > 1) {
    return { kind: 'two-live', reason: `${live.length} orders work under ${input.prefix}: ${live.join(', ')}` };
  }
  if (looks.some((look) => sees(look, input))) return { kind: 'found' };
  if (!isComplete(last)) return { kind: 'incomplete' };
  if (!input.sessionDead) return { kind: 'session-alive' };
  const before = looks.at(-2);
  const twice = before !== undefined && isComplete(before) && holdings(before) === holdings(last);
  return { kind: twice ? 'absent' : 'look-again' };
}

function isComplete(look: EvidenceLook): boolean {
  return look.openComplete && look.completedComplete && look.fillsComplete && look.positionsComplete;
}

/** The exact orderRef, or the intent's own permId under the prefix of its attempts. */
function sees(look: EvidenceLook, { orderRef, prefix, permId }: EvidenceInput): boolean {
  const isIt = (row: { readonly orderRef: string; readonly permId: number }) =>
    row.orderRef === orderRef || (permId > 0 && row.permId === permId && row.orderRef.startsWith(prefix));
  return look.open.some(isIt) || look.completed.some(isIt) || look.fills.some(isIt);
}

/** Names of different open orders under the prefix; the same order told twice counts once. */
function liveOrders(look: EvidenceLook, prefix: string): readonly string[] {
  const names = look.open
    .filter((order) => order.orderRef.startsWith(prefix) && !ENDED_STATUSES.has(order.status))
    .map((order) => (order.permId > 0 ? `permId ${order.permId}` : `order id ${order.orderId}`));
  return [...new Set(names)].sort();
}

/** Positions in a form that compares: summed by contract, without zeros, in order. */
function holdings(look: EvidenceLook): string {
  const sums = new Map<number, number>();
  for (const { conId, quantity } of look.positions) sums.set(conId, (sums.get(conId) ?? 0) + quantity);
  return JSON.stringify([...sums].filter(([, quantity]) => quantity !== 0).sort(([a], [b]) => a - b));
}

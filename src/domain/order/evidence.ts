/**
 * What the broker's answers prove about an order whose state is unknown.
 *
 * Seeing it proves that it exists, from any answer. Not seeing it proves nothing while it may still be on its way: IB has
 * acknowledged combos after 5 s and more, and shown them in no list until then. Absence counts once the order's own time at the
 * broker is over, in two complete polls in a row with the same positions. Pure: the polls are given, oldest first.
 */
import type { OrderPayload } from './order.js';

/** Broker time that the end of an order may take to show. */
const END_SLACK_MS = 10_000;
/** Broker time after which an unseen order without a good-till time counts as lost on the way. */
const LOST_MS = 120_000;

/** One set of answers, requested together. */
export interface EvidenceSnapshot {
  /** Broker time of the request, epoch ms. */
  readonly at: number;
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
  /** The prefix that all attempts of the intent share. */
  readonly prefix: string;
  /** permId of the intent, 0 when the broker never gave one. */
  readonly permId: number;
  readonly looks: readonly EvidenceSnapshot[];
  /** Broker time from which an unseen order is dead, epoch ms. */
  readonly deadFrom: number;
}

export type EvidenceVerdict =
  | { readonly kind: 'found' | 'absent' | 'incomplete' | 'look-again' }
  /** `isSteady`: two complete polls in a row found the same holdings. */
  | { readonly kind: 'may-live'; readonly isSteady: boolean }
  | { readonly kind: 'two-live'; readonly reason: string };

/**
 * Whether a status is an order's last one. The list of open orders may hold such an order: its last openOrder can arrive while the list
 * is read.
 */
export function hasEnded(status: string): boolean {
  return status === 'Filled' || status === 'Cancelled' || status === 'ApiCancelled';
}

/** Statuses of an order that does not work. IB lists refused orders as Inactive (since TWS 10.48 among the open ones). */
export const NOT_WORKING_STATUSES: ReadonlySet<string> = new Set(['Filled', 'Cancelled', 'ApiCancelled', 'Inactive']);

/**
 * When an unseen order can live no longer: its good-till time and 10 s, broker time, epoch ms. `refused`: the broker answered it with a
 * code that accompanies refusals, so its time need not pass first.
 */
export function deadFrom(
  { goodTill }: Pick<OrderPayload, 'goodTill'>,
  { sentAt, refused }: { readonly sentAt: number; readonly refused: boolean },
): number {
  if (refused) return sentAt + END_SLACK_MS;
  return goodTill === undefined ? sentAt + LOST_MS : goodTill + END_SLACK_MS;
}

/**
 * `two-live` two open orders share one prefix; `found` the order was seen; `incomplete` the last poll cannot prove absence; `may-live`
 * absent, but its time is not over; `look-again` absent once, or positions moved; `absent` proved.
 */
export function classifyEvidence(input: EvidenceInput): EvidenceVerdict {
  const { looks } = input;
  const last = looks.at(-1);
  if (last === undefined) return { kind: 'look-again' };
  const live = liveOrders(last, input.prefix);
  if (live.length > 1) {
    return { kind: 'two-live', reason: `${live.length} orders work under ${input.prefix}: ${live.join(', ')}` };
  }
  if (looks.some((look) => sees(look, input))) return { kind: 'found' };
  if (!isComplete(last)) return { kind: 'incomplete' };
  const before = looks.at(-2);
  const isSteady = before !== undefined && isComplete(before) && holdings(before) === holdings(last);
  if (last.at < input.deadFrom) return { kind: 'may-live', isSteady };
  return { kind: isSteady && before.at >= input.deadFrom ? 'absent' : 'look-again' };
}

function isComplete(look: EvidenceSnapshot): boolean {
  return look.openComplete && look.completedComplete && look.fillsComplete && look.positionsComplete;
}

/** The exact orderRef, or the intent's own permId under the prefix of its attempts. */
function sees(look: EvidenceSnapshot, { orderRef, prefix, permId }: EvidenceInput): boolean {
  const isIt = (row: { readonly orderRef: string; readonly permId: number }) =>
    row.orderRef === orderRef || (permId > 0 && row.permId === permId && row.orderRef.startsWith(prefix));
  return look.open.some(isIt) || look.completed.some(isIt) || look.fills.some(isIt);
}

/** Names of different open orders under the prefix; the same order reported twice counts once. */
function liveOrders(look: EvidenceSnapshot, prefix: string): readonly string[] {
  const names = look.open
    .filter((order) => order.orderRef.startsWith(prefix) && !NOT_WORKING_STATUSES.has(order.status))
    .map((order) => (order.permId > 0 ? `permId ${order.permId}` : `order id ${order.orderId}`));
  return [...new Set(names)].sort();
}

/** Positions in a comparable form: summed by contract, without zeros, in order. */
function holdings(look: EvidenceSnapshot): string {
  const sums = new Map<number, number>();
  for (const { conId, quantity } of look.positions) sums.set(conId, (sums.get(conId) ?? 0) + quantity);
  return JSON.stringify([...sums].filter(([, quantity]) => quantity !== 0).sort(([a], [b]) => a - b));
}

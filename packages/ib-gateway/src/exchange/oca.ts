/**
 * One-cancels-all: the effect of one order's fill on the others of its group.
 *
 * Type 1 cancels the others, types 2 and 3 reduce them in proportion. 1 and 2 block: the others are dealt with before
 * any of them can fill. 3 does not: within one instant several orders of a group may fill, and more than was wanted.
 */
import type { OrderRecord } from './order-record.js';

const CANCEL = 1;
const REDUCE_UNBLOCKED = 3;

/** The group of an order: the client's own, or IB's for the children of a bracket. */
function groupOf({ request }: OrderRecord): string | undefined {
  if (request.ocaGroup !== undefined) return `group ${request.ocaGroup}`;
  return request.parentId === undefined ? undefined : `bracket ${request.clientId} ${request.parentId}`;
}

const NO_MEMBERS: ReadonlySet<OrderRecord['phase']> = new Set(['held', 'child', 'inactive']);
const isMember = ({ phase }: OrderRecord): boolean => !NO_MEMBERS.has(phase);

/** The others in a filled order's group. Children that wait for a parent are no members yet. */
export function groupMembers(record: OrderRecord, live: readonly OrderRecord[]): readonly OrderRecord[] {
  const group = groupOf(record);
  if (group === undefined) return [];
  return live.filter((other) => other !== record && isMember(other) && groupOf(other) === group);
}

/** The effect on a member when `quantity` of `before` (what the filled order still wanted) was filled. */
export function afterGroupFill(
  record: OrderRecord,
  member: OrderRecord,
  quantity: number,
  before: number,
): { readonly kind: 'cancel' } | { readonly kind: 'reduce'; readonly remaining: number } {
  if ((record.request.ocaType ?? (record.request.ocaGroup === undefined ? REDUCE_UNBLOCKED : CANCEL)) === CANCEL) {
    return { kind: 'cancel' };
  }
  const remaining = Math.round(member.remaining * (1 - quantity / before));
  return remaining <= 0 ? { kind: 'cancel' } : { kind: 'reduce', remaining };
}

/** Whether the others may still fill until the instant is over. */
export function isUnblocked(record: OrderRecord): boolean {
  return (record.request.ocaType ?? 0) === REDUCE_UNBLOCKED;
}

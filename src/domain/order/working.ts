/** What working orders may still close of one contract. */
import type { LegAction } from '../option.js';
import type { OrderPayload } from './order.js';

export interface RemainingOrder {
  readonly payload: Pick<OrderPayload, 'legs' | 'ocaGroup'>;
  /** Units of the order that may still fill. */
  readonly rest: number;
}

/**
 * Contracts that the orders may still trade with this action. In an OCA group with block only one order can fill, so the largest
 * counts. In the group of the requesting order, that order alone counts.
 */
export function workingContracts(
  others: readonly RemainingOrder[],
  of: { readonly conId: number; readonly action: LegAction; readonly ocaGroup?: string | undefined },
): number {
  let alone = 0;
  const groups = new Map<string, number>();
  for (const { payload, rest } of others) {
    const contracts = payload.legs
      .filter(({ contract, action }) => contract.conId === of.conId && action === of.action)
      .reduce((sum, { ratio }) => sum + ratio * rest, 0);
    const { ocaGroup } = payload;
    if (ocaGroup === undefined) alone += contracts;
    else if (ocaGroup !== of.ocaGroup) groups.set(ocaGroup, Math.max(groups.get(ocaGroup) ?? 0, contracts));
  }
  return [...groups.values()].reduce((sum, contracts) => sum + contracts, alone);
}

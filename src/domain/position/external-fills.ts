/**
 * Trades in our contracts that were not ours: a person in TWS, the broker's liquidation. The account then holds less than the
 * ledger. Executions without our name that explain the difference are taken into the ledger of the oldest position that can hold
 * them. An execution is taken whole or not at all, and never beyond the difference.
 */
import type { Fill } from '../order/fill.js';

export interface Holding {
  readonly positionId: string;
  /** Signed contracts now open by the ledger. */
  readonly quantity: number;
}

export interface ExternalFillInput {
  readonly conId: number;
  /** What the account holds, signed. */
  readonly account: number;
  /** Holders by the ledger, oldest first. */
  readonly holders: readonly Holding[];
  /** Executions of the contract that carry no name of ours and are in no ledger yet. */
  readonly foreign: readonly Fill[];
}

export interface ExternalFill {
  readonly positionId: string;
  readonly fill: Fill;
}

/**
 * Contracts, unsigned, that the account lacks against the ledger and that its holders can have lost: those of positions on the
 * opposite side of the difference, down to zero. A position that was closed twice is on the opposite side of other holders.
 */
export function lacking(account: number, holders: readonly Holding[]): number {
  const difference = account - holders.reduce((sum, { quantity }) => sum + quantity, 0);
  const held = holders
    .filter(({ quantity }) => quantity * difference < 0)
    .reduce((sum, { quantity }) => sum + Math.abs(quantity), 0);
  return Math.min(Math.abs(difference), held);
}

export function externalFills(input: ExternalFillInput): readonly ExternalFill[] {
  const { account, holders } = input;
  let left = lacking(account, holders);
  const closingSide = account < holders.reduce((sum, { quantity }) => sum + quantity, 0) ? 'SELL' : 'BUY';
  const losing = holders.filter(({ quantity }) => quantity > 0 === (closingSide === 'SELL'));
  const rest = new Map(losing.map(({ positionId, quantity }) => [positionId, Math.abs(quantity)]));
  const external: ExternalFill[] = [];
  for (const fill of [...input.foreign].sort((a, b) => a.at - b.at || (a.execId < b.execId ? -1 : 1))) {
    if (fill.side !== closingSide || fill.quantity > left) continue;
    const holder = losing.find(({ positionId }) => (rest.get(positionId) ?? 0) >= fill.quantity);
    if (holder === undefined) continue;
    rest.set(holder.positionId, (rest.get(holder.positionId) ?? 0) - fill.quantity);
    left -= fill.quantity;
    external.push({ positionId: holder.positionId, fill });
  }
  return external;
}

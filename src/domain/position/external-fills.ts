/**
 * Trades in our contracts that were not ours: a person in TWS, the broker's liquidation. The account then holds less than the
 * ledger. Executions without our name that explain the difference are taken into the ledger of the oldest position that can hold
 * them. An execution is taken whole or not at all, and never beyond the difference.
 */
import type { Fill } from '../order/fill.js';
import { effectiveFills, executionOf } from './effective-fills.js';

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

/** An execution in the ledger of one position, and the fill that takes its place there. */
export interface Correction {
  readonly before: Fill;
  readonly now: Fill;
}

/**
 * Separates executions of somebody else into those that no ledger has yet, each once in its latest version and at the time of its first
 * report, and the broker's corrections of those that are in a ledger: the latter are no trades. `taken` are the ledger's versions of
 * them. A trade that was divided is corrected in each part, the earlier parts first.
 */
export function separateCorrections(
  told: readonly Fill[],
  taken: readonly Fill[],
): { readonly fresh: readonly Fill[]; readonly corrections: readonly Correction[] } {
  const inLedger = new Map<string, Fill[]>();
  for (const fill of effectiveFills(taken)) {
    const { execution } = executionOf(fill.execId);
    inLedger.set(execution, [...(inLedger.get(execution) ?? []), fill]);
  }
  const fresh: Fill[] = [];
  const corrections: Correction[] = [];
  for (const fill of effectiveFills(told)) {
    const { execution, correction } = executionOf(fill.execId);
    const parts = inLedger.get(execution);
    if (parts === undefined) {
      const reports = told.filter(({ execId }) => executionOf(execId).execution === execution);
      fresh.push({ ...fill, at: Math.min(...reports.map(({ at }) => at)) });
      continue;
    }
    let left = fill.quantity;
    for (const before of parts) {
      const known = executionOf(before.execId);
      const quantity = known.part === '' ? fill.quantity : Math.min(left, before.quantity);
      left -= quantity;
      if (correction <= known.correction) continue;
      corrections.push({ before, now: { ...fill, quantity, execId: fill.execId + known.part } });
    }
  }
  return { fresh, corrections };
}

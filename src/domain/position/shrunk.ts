/** Contracts of which the account holds fewer than the ledger, and no execution says why. */
import type { Holding } from './external-fills.js';

export interface Shrunk {
  readonly positionId: string;
  /** Signed contracts before and after. */
  readonly from: number;
  readonly to: number;
}

/**
 * Holdings of a contract of which the account still holds some on the same side, but less than the ledger, and no execution says why:
 * a partial assignment or exercise, a transfer, a trade of an earlier day. The oldest position loses first. None where the account
 * holds nothing, which an answer that came too early would say as well.
 */
export function shrunkOf(account: number, holders: readonly Holding[]): readonly Shrunk[] {
  const sum = holders.reduce((total, { quantity }) => total + quantity, 0);
  const sameSide = holders.every(({ quantity }) => Math.sign(quantity) === Math.sign(account));
  if (account === 0 || !sameSide || Math.abs(account) >= Math.abs(sum)) return [];
  let left = Math.abs(sum) - Math.abs(account);
  return holders.flatMap(({ positionId, quantity }): readonly Shrunk[] => {
    const lost = Math.min(left, Math.abs(quantity));
    left -= lost;
    return lost === 0 ? [] : [{ positionId, from: quantity, to: quantity - Math.sign(quantity) * lost }];
  });
}

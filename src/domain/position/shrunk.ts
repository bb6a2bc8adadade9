/** Contracts that the account holds fewer of than the ledger: which positions lost them. */
import { type Holding, lacking } from './external-fills.js';

/** A holder, with its signed contracts before and after. */
type Losing<Holder> = Holder & { readonly from: number; readonly to: number };

/** Which side lost contracts: long ones are exercised or expire, short ones are assigned or expire. */
export function losingSide(account: number, holders: readonly Holding[]): 'long' | 'short' {
  return account > holders.reduce((total, { quantity }) => total + quantity, 0) ? 'short' : 'long';
}

/** The holders that lost what the account lacks, up to the given number of contracts: the oldest loses first. */
export function losingHolders<Holder extends Holding>(
  account: number,
  holders: readonly Holder[],
  most = Number.POSITIVE_INFINITY,
): readonly Losing<Holder>[] {
  const sign = losingSide(account, holders) === 'long' ? 1 : -1;
  let left = Math.min(most, lacking(account, holders));
  return holders.flatMap((holder): readonly Losing<Holder>[] => {
    const { quantity } = holder;
    const lost = quantity * sign > 0 ? Math.min(left, Math.abs(quantity)) : 0;
    left -= lost;
    return lost === 0 ? [] : [{ ...holder, from: quantity, to: quantity - sign * lost }];
  });
}

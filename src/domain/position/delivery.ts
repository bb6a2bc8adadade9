/**
 * Which options that left the account without an execution were assigned or exercised: the shares that came instead show it.
 *
 * An option that is delivered moves a whole number of contracts' shares, on a side that follows from its right and from who held it.
 * The shares of all contracts of an underlying come together, so all contracts are solved for together.
 */
import { type OptionContract, rightSign } from '../option.js';

/** Contracts of one option that are gone. */
export interface GoneContracts {
  readonly contract: Pick<OptionContract, 'conId' | 'right' | 'multiplier'>;
  /** Unsigned. */
  readonly contracts: number;
  /** Long options are exercised, short ones assigned. */
  readonly side: 'long' | 'short';
  /**
   * The expected outcome. At expiry the value of that day decides; before it only a delivery removes an option. Unknown: expired, and the
   * value of that day is not known.
   */
  readonly expected: 'delivered' | 'worthless' | 'unknown';
}

export interface Delivered {
  /** Contracts delivered, by conId; the other missing contracts were not delivered. */
  readonly contracts: ReadonlyMap<number, number>;
  /** Contracts that differ from the expectation. */
  readonly unexpected: number;
}

/** Shares that the delivery of one contract brings, signed: an exercised call and an assigned put bring them, the others take them. */
export function sharesPerContract({ contract, side }: Pick<GoneContracts, 'contract' | 'side'>): number {
  return rightSign(contract.right) * (side === 'long' ? 1 : -1) * contract.multiplier;
}

interface Solution {
  readonly counts: readonly number[];
  readonly cost: number;
  /** Another set of deliveries moves the same shares at the same cost. */
  readonly tied: boolean;
}

/**
 * The deliveries that move exactly these shares and are nearest to the expectation. Undefined when none does, or when several do and
 * nothing decides between them.
 */
export function deliveriesOf(gone: readonly GoneContracts[], shares: number): Delivered | undefined {
  let sums = new Map<number, Solution>([[0, { counts: [], cost: 0, tied: false }]]);
  for (const one of gone) {
    const next = new Map<number, Solution>();
    for (const [sum, { counts, cost, tied }] of sums) {
      for (let delivered = 0; delivered <= one.contracts; delivered++) {
        const at = sum + delivered * sharesPerContract(one);
        const solution = { counts: [...counts, delivered], cost: cost + costOf(one, delivered), tied };
        next.set(at, better(next.get(at), solution));
      }
    }
    sums = next;
  }
  const best = sums.get(shares);
  if (best === undefined || best.tied) return undefined;
  const contracts = new Map(gone.map(({ contract }, index) => [contract.conId, best.counts[index] ?? 0]));
  return { contracts, unexpected: best.cost };
}

function costOf({ contracts, expected }: GoneContracts, delivered: number): number {
  if (expected === 'unknown') return 0;
  return expected === 'delivered' ? contracts - delivered : delivered;
}

function better(known: Solution | undefined, found: Solution): Solution {
  if (known === undefined || found.cost < known.cost) return found;
  return found.cost === known.cost ? { ...known, tied: true } : known;
}

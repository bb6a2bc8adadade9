/** The profit target at the broker: a limit that closes the whole combination. */
import type { Micros } from '../money.js';
import { roundToIncrement } from './ticks.js';

export interface TargetInput {
  /** Average net of the opening per share of a combo: a credit is positive, a debit negative. */
  readonly entryNet: Micros;
  /** Profit as a share of the credit or of the debit. */
  readonly profit: number;
  /** The most that a debit structure can be worth per share; absent when nothing bounds it. */
  readonly most?: Micros;
  readonly increment: Micros;
}

/**
 * Price per share in the broker's sense, what we pay to close (negative: we receive), rounded so that the profit is never less
 * than requested. Undefined when the structure cannot reach it: a credit bought back for nothing, or a debit sold at or beyond
 * what it can be worth.
 */
export function profitTarget({ entryNet, profit, most, increment }: TargetInput): Micros | undefined {
  if (entryNet === 0) return undefined;
  // Closing at the opening price pays what was received, or receives what was paid.
  const limit = roundToIncrement(entryNet - Math.round(Math.abs(entryNet) * profit), increment, 'down');
  if (entryNet > 0) return limit > 0 ? limit : undefined;
  return most !== undefined && -limit >= most ? undefined : limit;
}

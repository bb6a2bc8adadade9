/**
 * A structure whose legs are out of their ratio: a leg was assigned, liquidated, closed by hand or expired. It can no longer
 * be traded as one combination; the rest is closed leg by leg, shorts first.
 */

import type { OptionContract } from '../option.js';
import type { LegContracts } from '../order/legs.js';

export interface LegHolding {
  readonly legNo: number;
  readonly ratio: number;
  readonly action: 'BUY' | 'SELL';
  /** Signed contracts now open. */
  readonly openQuantity: number;
}

/** More was closed than was open: the leg is held on the opposite side. No order of ours may touch it; a person must. */
export function isReversed({ action, openQuantity }: LegHolding): boolean {
  return action === 'BUY' ? openQuantity < 0 : openQuantity > 0;
}

/** The beginning of every sentence about it. */
const REVERSED = 'More was closed than was open';

/** What is held on the opposite side and which trades settle it, as a sentence; undefined when no leg is reversed. */
export function reversalOf(legs: readonly (LegHolding & { readonly contract: OptionContract })[]): string | undefined {
  const reversed = legs.filter(isReversed);
  if (reversed.length === 0) return undefined;
  const held = reversed.map(({ legNo, openQuantity, contract: { symbol, expiry, strike, right } }) => {
    const settling = `${openQuantity > 0 ? 'sell' : 'buy'} ${Math.abs(openQuantity)}`;
    return `leg ${legNo} holds ${openQuantity} ${symbol} ${expiry} ${strike} ${right} (${settling} to settle it)`;
  });
  return `${REVERSED}: ${held.join(', ')}. Legwork sends no order for it; settle it at the broker.`;
}

/**
 * The rest of a broken structure in the order of closing; undefined while the legs hold exactly `openCombos` combos. Reversed
 * legs are left out.
 */
export function unbalancedLegs(legs: readonly LegHolding[], openCombos: number): readonly LegContracts[] | undefined {
  const whole = legs.every(
    ({ action, ratio, openQuantity }) => openQuantity === (action === 'BUY' ? 1 : -1) * ratio * openCombos,
  );
  if (whole) return undefined;
  return legs
    .filter((leg) => leg.openQuantity !== 0 && !isReversed(leg))
    .sort((a, b) => Number(a.openQuantity > 0) - Number(b.openQuantity > 0) || a.legNo - b.legNo)
    .map(({ legNo, openQuantity }) => ({ legNo, contracts: Math.abs(openQuantity) }));
}

/**
 * A structure whose legs are not in its ratio any more: a leg was assigned, liquidated, closed by hand or expired. It can no
 * longer be traded as one combination; what is left is closed leg by leg, what is short first.
 */

export interface LegHolding {
  readonly legNo: number;
  readonly ratio: number;
  readonly action: 'BUY' | 'SELL';
  /** Signed contracts now open. */
  readonly openQuantity: number;
}

export interface LegRest {
  readonly legNo: number;
  /** Contracts to close, unsigned. */
  readonly contracts: number;
}

/** More was closed than was open: the leg is held on the other side. No order of ours may touch it; a person must. */
export function isReversed({ action, openQuantity }: LegHolding): boolean {
  return action === 'BUY' ? openQuantity < 0 : openQuantity > 0;
}

/**
 * The rest of a broken structure in the order of closing; undefined while the legs are those of `openCombos` combos. Reversed
 * legs are left out.
 */
export function brokenRest(legs: readonly LegHolding[], openCombos: number): readonly LegRest[] | undefined {
  const whole = legs.every(
    ({ action, ratio, openQuantity }) => openQuantity === (action === 'BUY' ? 1 : -1) * ratio * openCombos,
  );
  if (whole) return undefined;
  return legs
    .filter((leg) => leg.openQuantity !== 0 && !isReversed(leg))
    .sort((a, b) => Number(a.openQuantity > 0) - Number(b.openQuantity > 0) || a.legNo - b.legNo)
    .map(({ legNo, openQuantity }) => ({ legNo, contracts: Math.abs(openQuantity) }));
}

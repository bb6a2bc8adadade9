/** States of a position and its legs, as stored. */

/**
 * PENDING before any fill; BROKEN while it holds shares, or legs that went out of their ratio without an order of ours; CLOSED only
 * when flat; FAILED when the opening ended without a fill.
 */
const EXECUTION_STATUSES = ['PENDING', 'PARTIAL', 'FILLED', 'EXITING', 'BROKEN', 'CLOSED', 'FAILED'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

const LEG_STATUSES = ['PENDING', 'PARTIAL', 'FILLED', 'CLOSED'] as const;
export type LegStatus = (typeof LEG_STATUSES)[number];

/** The status of a position that is open and whole and has no exit in progress. */
export function openStatus(position: {
  readonly openedCombos: number;
  readonly quantity: number;
}): 'FILLED' | 'PARTIAL' {
  return position.openedCombos >= position.quantity ? 'FILLED' : 'PARTIAL';
}

/**
 * Nothing is held and nothing will be: the position is closed or failed, or everything that was opened is closed again, single legs
 * included.
 */
export function isFlat(position: {
  readonly status: ExecutionStatus;
  readonly openedCombos: number;
  /** Signed shares of the underlying. */
  readonly shares: number;
  readonly legs: readonly { readonly status: LegStatus; readonly openQuantity: number }[];
}): boolean {
  if (position.status === 'CLOSED' || position.status === 'FAILED') return true;
  const opened = position.openedCombos > 0 || position.legs.some((leg) => leg.status === 'CLOSED');
  return opened && !holdsAnything(position);
}

/** It holds contracts or shares now. */
export function holdsAnything(position: {
  readonly shares: number;
  readonly legs: readonly { readonly openQuantity: number }[];
}): boolean {
  return position.shares !== 0 || position.legs.some((leg) => leg.openQuantity !== 0);
}

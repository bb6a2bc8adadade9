/** States of a position and its legs, as stored. */

/** PENDING before any fill; CLOSED only when flat; FAILED when the opening ended without a fill. */
const EXECUTION_STATUSES = ['PENDING', 'PARTIAL', 'FILLED', 'EXITING', 'CLOSED', 'FAILED'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

const LEG_STATUSES = ['PENDING', 'PARTIAL', 'FILLED', 'CLOSED', 'CANCELLED'] as const;
export type LegStatus = (typeof LEG_STATUSES)[number];

/** Nothing is held and nothing will be: closed, failed, or everything that was opened is closed again, single legs included. */
export function isFlat(position: {
  readonly status: ExecutionStatus;
  readonly openedCombos: number;
  readonly legs: readonly { readonly status: LegStatus; readonly openQuantity: number }[];
}): boolean {
  if (position.status === 'CLOSED' || position.status === 'FAILED') return true;
  const opened = position.openedCombos > 0 || position.legs.some((leg) => leg.status === 'CLOSED');
  return opened && position.legs.every((leg) => leg.openQuantity === 0);
}

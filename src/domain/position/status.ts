/** States of a position and its legs, as stored. */

/** PENDING before any fill; CLOSED only when flat; FAILED when the opening ended without a fill. */
export const EXECUTION_STATUSES = ['PENDING', 'PARTIAL', 'FILLED', 'EXITING', 'CLOSED', 'FAILED'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export const LEG_STATUSES = ['PENDING', 'PARTIAL', 'FILLED', 'CLOSED', 'CANCELLED'] as const;
export type LegStatus = (typeof LEG_STATUSES)[number];

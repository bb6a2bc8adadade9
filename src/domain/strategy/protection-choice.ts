/**
 * The orders that an entry wants to rest at the broker beside its position, over the settings; stored with the plan.
 */

/** The orders that may rest at the broker against a loss. */
export const PROTECTIVE_KINDS = ['off', 'combo', 'underlying'] as const;
export type ProtectiveKind = (typeof PROTECTIVE_KINDS)[number];

/** The protection that an entry requests; absent fields are left to the settings. */
export interface ProtectionChoice {
  readonly protective?: ProtectiveKind;
  /** Profit to take, as a share of the credit or debit; 0: no target. */
  readonly target?: number;
  readonly bracket?: boolean;
}

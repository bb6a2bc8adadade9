/** What an entry asks to rest at the broker beside its position, over the settings; stored with the plan. */

/** What may rest at the broker against a loss. */
export const PROTECTIVE_KINDS = ['off', 'combo', 'underlying'] as const;
export type ProtectiveKind = (typeof PROTECTIVE_KINDS)[number];

/** The protection that an entry asks for; absent fields are left to the settings. */
export interface ProtectionChoice {
  readonly protective?: ProtectiveKind;
  /** Profit to take, as a share of the credit or debit; 0: no target. */
  readonly target?: number;
  readonly bracket?: boolean;
}

/** Activities that need only the database. */
import type { EntryResult, ExitOutcome } from '../requests.js';

export interface PositionLookup {
  readonly state: 'open' | 'closed' | 'failed' | 'missing';
  readonly openCombos: number;
  /** Closed, and its run still opens the position that it is rolled into. */
  readonly isRolling?: true;
}

/** Queue: workflows. Only the database and Temporal itself. */
export interface StoreActivities {
  lookUpPosition(input: { readonly positionId: string }): Promise<PositionLookup>;
  /** `rolling`: also those that are closed while their run prepares the position that they are rolled into. */
  openPositionIds(input: { readonly symbol?: string; readonly rolling?: true }): Promise<readonly string[]>;
  /** Records a person's request before it is passed on; a repeated id changes nothing. */
  openRequest(input: {
    readonly requestId: string;
    readonly positionId: string;
    readonly kind: 'close' | 'reduce' | 'roll';
    readonly params: Readonly<Record<string, unknown>>;
  }): Promise<void>;
  closeRequest(outcome: ExitOutcome): Promise<void>;
  /** Records that an entry failed, when the broker's side could not be reached. */
  failEntry(result: EntryResult): Promise<void>;
  /** Whether all search attributes are registered now; false where the server does not say. */
  hasSearchAttributes(): Promise<boolean>;
  /** Starts the run of an open position that has none. `except`: a request that is about to be passed on, and so is not lost. */
  revivePosition(input: { readonly positionId: string; readonly except?: string }): Promise<void>;
}

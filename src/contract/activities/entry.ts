/** An entry: its signal, its strategy, its approval. */
import type { EntryMode, OnPartial } from '../../domain/order/legs.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';
import type { Check, DryRun, EntryRequest, EntryResult } from '../requests.js';

export interface Refusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly reasons: readonly string[];
  readonly checks: readonly Check[];
}

export type SignalVerdict = { readonly kind: 'accepted'; readonly checks: readonly Check[] } | Refusal;

export type BuildVerdict = { readonly kind: 'built'; readonly plan: StrategyPlan } | Refusal;

export type ApprovalVerdict =
  | {
      readonly kind: 'approved';
      readonly positionId: string;
      readonly title: string;
      readonly checks: readonly Check[];
      /** How the opening goes to the broker: as requested, else as configured. */
      readonly mode?: EntryMode;
      readonly onPartial?: OnPartial;
    }
  | Refusal;

/** Queue: orders. */
export interface EntryActivities {
  /**
   * Reads the market, evaluates the entry signal, records the decision with every number. `signalOnly`: nothing follows, so
   * no entry is opened in the database.
   */
  evaluateSignal(input: { readonly request: EntryRequest; readonly signalOnly: boolean }): Promise<SignalVerdict>;
  /** Builds the strategy on the listed chain from one settled instant of quotes. */
  buildStrategy(request: EntryRequest): Promise<BuildVerdict>;
  /** Market quality, risk gate and the broker's what-if; an approval saves the position as PENDING. */
  approveEntry(input: { readonly request: EntryRequest; readonly plan: StrategyPlan }): Promise<ApprovalVerdict>;
  /** What an approved entry would send now; nothing is written. */
  previewEntry(input: {
    readonly request: EntryRequest;
    readonly plan: StrategyPlan;
    /** The checks made for the approval. */
    readonly mode?: EntryMode;
  }): Promise<DryRun>;
  /** Records how the entry ended; a stepped clock no longer waits for it. */
  finishEntry(result: EntryResult): Promise<void>;
}

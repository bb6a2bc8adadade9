/** A position: its holdings, and its next steps. */
import type { OrderRole } from '../../domain/ids.js';
import type { Micros } from '../../domain/money.js';
import type { EntryMode, LegTry, OnPartial } from '../../domain/order/legs.js';
import type { OrderPurpose } from '../../domain/order/order.js';
import type { AttentionReasons } from '../../domain/position/attention.js';
import type { ClosingOrder } from '../../domain/position/broken.js';
import type { OpeningReport } from '../../domain/position/opening-report.js';
import type { Urgency } from '../../domain/rules/decision.js';
import type { Evaluation as RulesEvaluation } from '../../domain/rules/engine.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';
import type { DryRun, ExitCommand, ExitOutcome, SettledLine, SettleInput } from '../requests.js';
import type { Refusal } from './entry.js';

/** What the rules say about a position now, at a person's request; nothing follows from it. */
export interface Evaluation extends Omit<RulesEvaluation, 'all'> {
  readonly positionId: string;
}

/** A position that could not be evaluated, and why. */
export interface NotEvaluated {
  readonly positionId: string;
  readonly failed: string;
}

/** The next order of an opening that is worked leg by leg. */
export type LegsPlan =
  | {
      readonly kind: 'order';
      readonly step: number;
      readonly role: OrderRole;
      readonly legNo: number;
      readonly purpose: OrderPurpose;
      readonly contracts: number;
      readonly how: LegTry['how'] | 'unwind';
      readonly urgency: Urgency;
    }
  | { readonly kind: 'done' };

export type ExitPlan =
  | {
      readonly kind: 'exit';
      readonly combos: number;
      readonly closesAll: boolean;
      readonly step: number;
      /** Market time of this plan, epoch ms: the age of an exit counts from its first. */
      readonly plannedAt?: number;
      /** Closed leg by leg in this order: a broken structure, or one whose combination the broker does not take. */
      readonly legs?: readonly ClosingOrder[];
      /** The legs belong to whole combos, which the broker does not take as one order. */
      readonly whole?: true;
    }
  | {
      readonly kind: 'nothing';
      readonly result: ExitOutcome['result'];
      readonly reason: string;
      readonly code?: string;
    };

export type ProtectiveRole = 'stop' | 'target';

/** The next step toward the protective orders that the position should have. */
export type ProtectionPlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'keep' | 'remove' | 'settle'; readonly orderRef: string }
  | { readonly kind: 'place'; readonly orderRef: string; readonly step: number; readonly role: ProtectiveRole }
  /** Its prices differ from those that follow from the fills. */
  | { readonly kind: 'adjust'; readonly orderRef: string; readonly role: ProtectiveRole }
  /** The market is closed until this market time, epoch ms. */
  | { readonly kind: 'later'; readonly at: number };

export interface PositionSummary {
  /** Combos the opening was approved for. */
  readonly plannedCombos: number;
  readonly openCombos: number;
  readonly openedCombos: number;
  readonly flat: boolean;
  readonly lastStep: number;
  /** Orders of an earlier run that may still be live: a run settles them before it sends anything. */
  readonly unsettled: readonly string[];
  /** A protective order works or should work at the broker; absent: neither. */
  readonly protective?: boolean;
  /** An opening leg by leg has left contracts beyond whole combos, still to be settled. */
  readonly halfOpen?: true;
  readonly opening?: OpeningReport;
  /** The opening order is placed with its protective orders as children; absent: they come after its fills. */
  readonly bracket?: boolean;
  /** Markdown for the Web UI's current details. */
  readonly details: string;
  /** Why the position needs a person, as the database has it; absent when it needs none. */
  readonly attention?: string;
  readonly realizedPnl?: Micros;
  readonly commissions?: Micros;
  /** The reasons that activities have found; absent from a worker of the release before. */
  readonly observed?: AttentionReasons;
  /** All search attributes are registered now; only from `readPosition`. */
  readonly attributesRegistered?: boolean;
  /** The setting `temporal.heartbeatSeconds`; only from `readPosition`. */
  readonly heartbeatSeconds?: number;
}

export type RollVerdict =
  | {
      readonly kind: 'built';
      readonly positionId: string;
      readonly title: string;
      readonly plan: StrategyPlan;
      readonly mode?: EntryMode;
      readonly onPartial?: OnPartial;
    }
  | Refusal;

/** Queue: orders (they read the broker's clock or the ledger that its owner keeps). */
export interface PositionActivities {
  /** Present state by the ledger; takes up a position after a restart or a continue-as-new. */
  readPosition(input: { readonly positionId: string }): Promise<PositionSummary>;
  /** The next order of an opening leg by leg, from the ledger and the earlier tries. */
  planLegs(input: {
    readonly positionId: string;
    readonly step: number;
    readonly tried: readonly LegTry[];
    readonly onPartial?: OnPartial;
    /** Taken up after a failure: no leg is walked any more; the policy for missing legs decides. */
    readonly resumed: boolean;
  }): Promise<LegsPlan>;
  /** Folds the opening's fills. None: the position is FAILED with the reason. All unwound: CLOSED. */
  recordOpening(input: {
    readonly positionId: string;
    readonly reason: string;
    readonly code?: string;
  }): Promise<PositionSummary>;
  /** Turns a command into combos to close; marks the position EXITING and the request RUNNING. */
  planExit(input: {
    readonly positionId: string;
    readonly command: ExitCommand;
    readonly step: number;
    /** The broker does not take the combination. A position opened leg by leg is closed leg by leg anyway. */
    readonly byLegs?: true;
    /** The exit was first planned at `since` (market time), and has closed this many combos. */
    readonly begun?: { readonly filledCombos: number; readonly since?: number };
  }): Promise<ExitPlan>;
  /** Market time `restMs` from now, epoch ms. */
  deadlineAfter(input: { readonly positionId: string; readonly restMs: number }): Promise<number>;
  /** Compares the working protective orders with those that should work. `remove`: none should; `skip`: refused in this round. */
  planProtection(input: {
    readonly positionId: string;
    readonly step: number;
    readonly remove: boolean;
    readonly skip?: readonly ProtectiveRole[];
  }): Promise<ProtectionPlan>;
  /** Folds the exit's fills and, when flat, closes the position with rule, action and realised P&L. */
  recordExit(input: { readonly positionId: string; readonly command: ExitCommand }): Promise<PositionSummary>;
  /** Builds, approves and saves the position to roll into, with as many combos as the roll closed. */
  buildRoll(input: {
    readonly positionId: string;
    readonly command: ExitCommand;
    readonly combos: number;
    /** Market time of the exit's first plan, epoch ms: the close of this roll is everything filled since. */
    readonly since?: number;
  }): Promise<RollVerdict>;
  /** Writes the outcome that people and the exit workflow follow. */
  settleRequest(outcome: ExitOutcome): Promise<void>;
  /** On: raises the alert and sets the flag. Off: clears both, as far as the run has set them. */
  setAttention(input: {
    readonly positionId: string;
    /** All reasons of the run as one text. */
    readonly reason: string | null;
    /** The same by cause; absent from a run of the release before. */
    readonly reasons?: AttentionReasons;
    readonly code?: string;
  }): Promise<void>;
  setPaused(input: {
    readonly positionId: string;
    readonly paused: boolean;
    readonly requestId: string;
  }): Promise<void>;
  /** What an exit requested now would send; nothing is written. */
  previewExit(input: { readonly positionId: string; readonly command: ExitCommand }): Promise<DryRun>;
  /** Evaluates the rules now, without confirmation and without consequences. */
  evaluatePosition(input: { readonly positionId: string }): Promise<Evaluation>;
  /** Compares broker and database; one sentence per difference. */
  reconcileNow(): Promise<{ readonly findings: readonly { readonly kind: string; readonly text: string }[] }>;
  /** Settles expired legs by a person's price or by rows of a statement; nothing is sent. A request counts once. */
  settlePositions(input: SettleInput & { readonly requestId?: string }): Promise<readonly SettledLine[]>;
  /** The position's workflow ends; a stepped clock no longer waits for it. */
  leavePosition(input: { readonly positionId: string }): Promise<void>;
}

/** Requests of people and programs. Everything here is plain JSON and may be read in the Web UI: no secrets, no accounts. */

import type { Check } from '../domain/entry/check.js';
import type { EntryMode, OnPartial } from '../domain/order/legs.js';
import type { MoneySide } from '../domain/order/money-side.js';
import type { OrderPayload } from '../domain/order/order.js';
import type { AttentionReasons } from '../domain/position/attention.js';
import type { FlexSettlement } from '../domain/position/flex.js';
import type { FlexDividend } from '../domain/position/flex-dividends.js';
import type { OpeningReport } from '../domain/position/opening-report.js';
import type { Urgency } from '../domain/rules/decision.js';
import type { LegTerms } from '../domain/strategy/build.js';
import type { ProtectionChoice } from '../domain/strategy/protection-choice.js';
import type { StrategyPlan, StrategyType } from '../domain/strategy/strategy.js';

export type { Check };

/** How an order is priced: walked from mid toward natural, at a fixed net price, or marketable with a cap. */
export type Pricing =
  | { readonly kind: 'walk' }
  /**
   * Decimal string per share, without a sign. `side` says whether it is received or paid; it is required when the structure does not
   * decide that.
   */
  | { readonly kind: 'limit'; readonly price: string; readonly side?: MoneySide }
  | { readonly kind: 'market' };

export interface EntryRequest {
  /** Unique per request; the entry workflow's id is made from it. */
  readonly entryId: string;
  readonly symbol: string;
  readonly strategyType: StrategyType;
  readonly quantity: number;
  readonly pricing: Pricing;
  /** Settings overridden for this entry, by their names in the strategy section of the configuration. */
  readonly set: Readonly<Record<string, string>>;
  readonly legs?: readonly LegTerms[];
  /** Protective orders for the position, over the settings. */
  readonly protection?: ProtectionChoice;
  readonly dryRun: boolean;
  /** Enter although the signal refuses; every refusal is recorded. Risk limits still apply. */
  readonly ignoreSignal: boolean;
  /** As one combination or leg by leg; absent: as configured. */
  readonly mode?: EntryMode;
  /** What happens when only some legs fill; absent: as configured. */
  readonly onPartial?: OnPartial;
}

export interface EntryInput {
  readonly accountAlias: string;
  readonly request: EntryRequest;
}

/** One order that would be sent. */
export interface DraftOrder {
  readonly orderRef: string;
  readonly payload: OrderPayload;
  /** Reference of the parent order. */
  readonly parentRef?: string;
}

/** What would happen now, after every check, with nothing written and nothing sent except the broker's own preview. */
export interface DryRun {
  /** Every check passed: the orders would leave. */
  readonly ok: boolean;
  /** Code of the catalogue when they would not. */
  readonly code?: string;
  readonly reasons: readonly string[];
  readonly checks: readonly Check[];
  /** In the order of sending. */
  readonly orders: readonly DraftOrder[];
  /** References of protective orders that would be cancelled first. */
  readonly cancels: readonly string[];
  /** The broker's preview of the first order, micros. */
  readonly whatIf?: MarginPreview;
}

export interface MarginPreview {
  readonly initMarginChange?: number;
  readonly maintMarginChange?: number;
  readonly commission?: number;
  readonly warning?: string;
}

/** The result of a person's request to cancel an order. */
export interface CancelResult {
  readonly orderRef: string;
  readonly result: 'CANCELLED' | 'FILLED' | 'ALREADY_OVER' | 'WOULD_CANCEL' | 'REFUSED';
  readonly reason: string;
  readonly code?: string;
  readonly filledCombos: number;
}

/**
 * The basis for settling: a price of the underlying for one position, or of one leg that left without an execution; a dividend per share and its ex-date (YYYYMMDD), or the rows of a
 * statement.
 */
export type SettleInput =
  | { readonly kind: 'price'; readonly positionId: string; readonly price: string; readonly legNo?: number }
  | { readonly kind: 'dividend'; readonly positionId: string; readonly amount: string; readonly exDate: string }
  | {
      readonly kind: 'statement';
      readonly rows: readonly FlexSettlement[];
      readonly dividends?: readonly FlexDividend[];
    };

/** A person's request to exercise a long leg. */
export interface ExerciseInput {
  readonly positionId: string;
  readonly legNo: number;
  /** Absent: all open ones. */
  readonly contracts?: number;
  /** Exercise although it is out of the money. */
  readonly override: boolean;
  readonly dryRun: boolean;
}

export interface ExerciseResult {
  readonly positionId: string;
  readonly legNo: number;
  readonly contracts: number;
  /** UNKNOWN: it was sent, or may have been, and the broker has not answered. */
  readonly result: 'ACCEPTED' | 'WOULD_SEND' | 'REFUSED' | 'UNKNOWN';
  readonly reason: string;
  /** Micros per share that exercising brings more than selling the option and trading the shares; absent: a price is missing. */
  readonly proposal?: { readonly perShare: number; readonly text: string } | undefined;
}

/** The result for one leg, or for a dividend on shares. */
export interface SettledLine {
  readonly positionId: string;
  /** 0: shares. */
  readonly legNo: number;
  /** As people read it. */
  readonly contract: string;
  readonly outcome: 'settled' | 'corrected' | 'agrees' | 'refused';
  readonly contracts: number;
  readonly text: string;
}

export interface CancelInput {
  readonly accountAlias: string;
  readonly orderRef: string;
  readonly dryRun: boolean;
}

export interface EntryResult {
  readonly entryId: string;
  readonly status: 'OPENED' | 'NOT_ENTERED' | 'DRY_RUN' | 'FAILED';
  readonly positionId?: string;
  /** Error code of the catalogue when not entered. */
  readonly code?: string;
  readonly reasons: readonly string[];
  readonly checks: readonly Check[];
  readonly plan?: StrategyPlan;
  readonly filledCombos: number;
  /** The result of the opening, leg by leg; absent when nothing was sent. */
  readonly opening?: OpeningReport;
  /** The orders that would leave; only in a dry run. */
  readonly dryRun?: DryRun;
}

/** The input of a position; `carried` only between its own runs. */
export interface PositionInput {
  readonly accountAlias: string;
  readonly positionId: string;
  readonly symbol: string;
  readonly strategyType: StrategyType;
  /** YYYYMMDD. */
  readonly expiry: string;
  /** One line for the Web UI, such as `2 x SPY iron condor 640/650/720/730 20260417`. */
  readonly title: string;
  readonly pricing: Pricing;
  /** How the opening goes to the broker; absent: `auto`. */
  readonly mode?: EntryMode;
  /** Absent: as configured. */
  readonly onPartial?: OnPartial;
  /** Gets `openingSettled` when the opening has ended. */
  readonly entryWorkflowId?: string;
  readonly carried?: CarriedState;
}

/** Plain JSON handed from one run of a position to its next. */
export interface CarriedState {
  readonly queue: readonly ExitCommand[];
  readonly paused: boolean;
  readonly recentRequestIds: readonly string[];
  readonly step: number;
  readonly opened: boolean;
  /** Reductions of the last minute, which an equal click joins. */
  readonly ended?: readonly ExitCommand[];
  /** Why a person is needed, by cause. */
  readonly reasons?: AttentionReasons;
  /** The same as the release before reads and writes it; a release later it goes. */
  readonly attention?: { readonly position?: string; readonly message?: string };
  /** Requests to a run that was ended from outside and may have begun them: they are answered, not done again. */
  readonly abandoned?: readonly ExitCommand[];
}

export interface ExitCommand {
  readonly requestId: string;
  readonly action: 'CLOSE' | 'REDUCE' | 'ROLL';
  readonly urgency: Urgency;
  /** Rule id, or `manual_close`, `manual_roll`, `manual_reduce`, `manual_close_all`. */
  readonly rule: string;
  readonly reason: string;
  readonly by: 'rule' | 'person';
  /** Share of the open combos to close, 0 < ratio < 1. */
  readonly ratio?: number;
  /** Days to expiry of the position to roll into. */
  readonly dte?: number;
  /** A person's roll closes the position when there is nothing to roll into; absent: as configured. */
  readonly orClose?: boolean;
  readonly pricing: Pricing;
  /** A person's close passes while HALTED only with this. */
  readonly overrideHalt: boolean;
  /** Workflow that gets `exitSettled`. */
  readonly replyTo?: string;
  /** What an earlier run of the position has already done of it. */
  readonly progress?: ExitProgress;
}

export interface ExitProgress {
  /** Combos that a partial exit is to close in all; absent before it was planned, and for a full one. */
  readonly target?: number;
  readonly filledCombos: number;
  /** Market time at which it was planned first, epoch ms. */
  readonly since?: number;
}

export interface ExitOutcome {
  readonly requestId: string;
  readonly positionId: string;
  readonly result: 'CLOSED' | 'REDUCED' | 'ROLLED' | 'NO_ACTION' | 'ALREADY_CLOSED' | 'REFUSED' | 'PARKED' | 'FAILED';
  readonly reason: string;
  readonly code?: string;
  readonly filledCombos: number;
  readonly openCombos: number;
  readonly rolledTo?: string;
}

export interface ExitInput {
  readonly accountAlias: string;
  readonly positionId: string;
  readonly requestId: string;
  readonly action: 'CLOSE' | 'REDUCE' | 'ROLL' | 'HOLD';
  readonly ratio?: number;
  readonly dte?: number;
  readonly orClose?: boolean;
  readonly urgency?: Urgency;
  readonly pricing?: Pricing;
  readonly overrideHalt?: boolean;
  /** Recorded as the rule; `manual_close_all` from close-all. */
  readonly rule?: string;
  /** An earlier run has asked the position and waits for its answer. */
  readonly isPassedOn?: true;
}

export interface CloseAllInput {
  readonly accountAlias: string;
  readonly requestId: string;
  readonly symbol?: string;
  /** One batch of a larger request; absent: every open position, of the symbol if one is named. */
  readonly positionIds?: readonly string[];
  readonly overrideHalt?: boolean;
}

/** One outcome per position, failures included. */
export interface CloseAllResult {
  readonly requestId: string;
  readonly outcomes: readonly ExitOutcome[];
}

export interface PositionResult {
  readonly positionId: string;
  readonly status: 'CLOSED' | 'NOT_OPENED';
  readonly rule: string;
  readonly reason: string;
  /** Dollars of the whole position, after commissions; absent when nothing was opened. */
  readonly realizedPnl?: string;
  readonly commissions?: string;
}

/** The workflow of a position, as its starters know it. */
export type PositionWorkflow = (input: PositionInput) => Promise<PositionResult>;

export interface PositionStatus {
  readonly positionId: string;
  readonly stage: PositionStage;
  readonly paused: boolean;
  readonly step: number;
  readonly queue: readonly ExitCommand[];
  readonly working: string | null;
  readonly attention: string | null;
  readonly lastDecision: string | null;
}

export type PositionStage = 'OPENING' | 'WATCHING' | 'EXITING' | 'ROLLING' | 'CLOSED';

/**
 * The activities, as workflows see them. Inputs and results are plain JSON: ids and outcomes, never secrets or accounts.
 * Every outcome that a workflow must react to is a value; an activity fails only when nobody could know the outcome.
 */
import type { OrderRole } from '../domain/ids.js';
import type { EntryMode, LegTry, OnPartial } from '../domain/order/legs.js';
import type { OrderPurpose } from '../domain/order/order.js';
import type { WalkState } from '../domain/order/walk.js';
import type { OpeningReport } from '../domain/position/opening-report.js';
import type { Decision, Urgency } from '../domain/rules/decision.js';
import type { Evaluation as RulesEvaluation } from '../domain/rules/engine.js';
import type { StrategyPlan } from '../domain/strategy/strategy.js';
import type {
  CancelResult,
  Check,
  DryRun,
  EntryRequest,
  EntryResult,
  ExitCommand,
  ExitOutcome,
  Pricing,
} from './requests.js';

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
      /** How the opening goes to the broker: as asked, else as configured. */
      readonly mode?: EntryMode;
      readonly onPartial?: OnPartial;
    }
  | Refusal;

/** What the rules say of a position right now, asked for by a person; nothing is done about it. */
export interface Evaluation extends Omit<RulesEvaluation, 'all'> {
  readonly positionId: string;
}

/** Queue: orders. */
export interface EntryActivities {
  /**
   * Reads the market, judges the entry signal, records the decision with every number. `signalOnly`: nothing follows, so
   * no entry is opened in the database.
   */
  evaluateSignal(input: { readonly request: EntryRequest; readonly signalOnly: boolean }): Promise<SignalVerdict>;
  /** Builds the strategy on the listed chain from one settled instant of quotes. */
  buildStrategy(request: EntryRequest): Promise<BuildVerdict>;
  /** Market quality, risk gate and the broker's what-if; an approval saves the execution as PENDING. */
  approveEntry(input: { readonly request: EntryRequest; readonly plan: StrategyPlan }): Promise<ApprovalVerdict>;
  /** What an approved entry would send now; nothing is written. */
  previewEntry(input: {
    readonly request: EntryRequest;
    readonly plan: StrategyPlan;
    /** Of the approval. */
    readonly mode?: EntryMode;
  }): Promise<DryRun>;
  /** Records how the entry ended, and ends its part in a stepped clock. */
  finishEntry(result: EntryResult): Promise<void>;
}

export interface OrderSpec {
  readonly positionId: string;
  readonly step: number;
  readonly role: OrderRole;
  readonly attempt: number;
  readonly purpose: OrderPurpose;
  /** Combos to trade. */
  readonly combos: number;
  readonly pricing: Pricing;
  readonly urgency: Urgency;
  readonly by: 'rule' | 'person' | 'entry';
  readonly overrideHalt: boolean;
  /** A missing leg of a structure that is partly held: worked on to a cap, not to the share of the spread that an entry gives. */
  readonly completes?: true;
  /** The walk goes on from here instead of starting anew. */
  readonly walk?: WalkState;
}

export type PreparedOrder =
  | { readonly kind: 'ready'; readonly orderRef: string; readonly walk: WalkState }
  /** Nothing may be sent before this market time (closed, first minutes, no two-sided quotes). */
  | { readonly kind: 'later'; readonly notBefore: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  /** The ledger holds nothing to reduce, or (`over`) the time in which an exit was to be worked has passed. */
  | { readonly kind: 'nothing'; readonly reason: string; readonly over?: true };

/** What follows from the broker's refusal of an order, or from its own cancel of one that it had taken. */
export type BrokerRefusal =
  | {
      readonly kind: 'rejected';
      readonly reaction: 'again' | 'legs' | 'stop';
      readonly code: number;
      readonly reason: string;
    }
  | { readonly kind: 'later'; readonly notBefore: number; readonly reason: string };

export type Placement =
  /** `stepEndsAt`: its step begins with the acknowledgement; market time, epoch ms. Absent: as planned. */
  | { readonly kind: 'live'; readonly stepEndsAt?: number }
  | BrokerRefusal
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  /** Its validity passed before it was sent: judge anew. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown'; readonly reason: string };

export type Resolution =
  | { readonly kind: 'live' }
  /** Proved never to have reached the broker, or dead there: place again under the next attempt. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'parked'; readonly reason: string };

export interface Progress {
  readonly filled: number;
  readonly remaining: number;
  /** No live order is left at the broker. */
  readonly settled: boolean;
  readonly state: string;
  readonly reason: string;
  /** The order's own time at the broker was over before it filled. */
  readonly timedOut?: true;
  /** The broker turned the order down after all, or cancelled it for a reason of its own. */
  readonly refusal?: BrokerRefusal;
}

export type Repricing =
  | { readonly kind: 'repriced'; readonly walk: WalkState }
  /** The broker takes no change of the order: to be cancelled, and placed again where the walk stands. */
  | {
      readonly kind: 'replace';
      readonly walk: WalkState;
      readonly reason: string;
      /** What is left is given up once something has filled, as configured for openings. */
      readonly endsOnFill?: true;
    }
  | { readonly kind: 'exhausted'; readonly reason: string }
  | { readonly kind: 'settled' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What became of a change of an order that rests. */
export type Adjustment =
  /** It has its prices, or must be planned anew. */
  | { readonly kind: 'done' }
  /** It rests at its earlier prices. */
  | { readonly kind: 'kept'; readonly reason: string }
  /** The broker takes no change of it: to be cancelled, and placed again. */
  | { readonly kind: 'replace'; readonly reason: string }
  /** The session does not take a change now; market time, epoch ms. */
  | { readonly kind: 'later'; readonly at: number };

/** Queue: orders. */
export interface OrderActivities {
  /** Prices the order, checks what must hold before anything leaves, commits the intent. */
  prepareOrder(spec: OrderSpec): Promise<PreparedOrder>;
  /** Passes the gates, commits SENDING, writes once, waits for evidence. Never retried blindly. */
  placeOrder(input: {
    readonly orderRef: string;
    readonly by: OrderSpec['by'];
    readonly overrideHalt: boolean;
  }): Promise<Placement>;
  /** Commits the intents of the children of an opening order; none where nothing should rest for it. */
  planBracket(input: { readonly orderRef: string }): Promise<readonly string[]>;
  /** As `placeOrder`, with the children right behind their parent; the answer is the parent's. */
  placeBracketOrder(input: {
    readonly orderRef: string;
    readonly children: readonly string[];
    readonly by: OrderSpec['by'];
    readonly overrideHalt: boolean;
  }): Promise<Placement>;
  /**
   * Settles an unknown order by complete evidence, twice. Takes as long as it needs; asked again about a parked order it
   * waits for the person's decision.
   */
  resolveOrder(input: { readonly orderRef: string }): Promise<Resolution>;
  /** Next step of the walk, as a modify of the one live order. */
  repriceOrder(input: {
    readonly orderRef: string;
    readonly spec: OrderSpec;
    readonly walk: WalkState;
  }): Promise<Repricing>;
  /** Asks the broker to cancel and waits until nothing is live; the filled part stays. */
  cancelOrder(input: { readonly orderRef: string; readonly reason: string }): Promise<Progress>;
  /** Gives an order that rests the prices that follow from what the opening has brought, as a modify of the live order. */
  adjustResting(input: { readonly positionId: string; readonly orderRef: string }): Promise<Adjustment>;
  /**
   * Cancels an order because a person asks: an opening, or what rests, which then stays away. An order of an exit is refused: an
   * exit goes on until it is done.
   */
  withdrawOrder(input: { readonly orderRef: string; readonly dryRun: boolean }): Promise<CancelResult>;
  /** Ends the position's present wait (watch or working order) in process, so that a message is not held up. */
  endWait(input: { readonly positionId: string; readonly reason: string }): Promise<void>;
}

export type WatchResult =
  | { readonly kind: 'decision'; readonly decision: Decision; readonly command: ExitCommand }
  | { readonly kind: 'session-end' }
  /** Ended by `endWait`. */
  | { readonly kind: 'ended'; readonly reason: string }
  /** The ledger says the position is flat (closed outside Legwork's orders). */
  | { readonly kind: 'flat'; readonly reason: string };

export type FollowResult =
  /** The order is no longer live. */
  | { readonly kind: 'settled'; readonly progress: Progress }
  | { readonly kind: 'step-ended'; readonly progress: Progress }
  | { readonly kind: 'ended'; readonly progress: Progress }
  /** A rule asks for more urgency than the order has, or for an exit while still opening. */
  | { readonly kind: 'decision'; readonly command: ExitCommand; readonly progress: Progress }
  /** The link was lost, or evidence contradicts itself. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly progress: Progress };

/** Queue: watch. Long waits that heartbeat. */
export interface WatchActivities {
  watchPosition(input: { readonly positionId: string; readonly paused: boolean }): Promise<WatchResult>;
  followOrder(input: {
    readonly positionId: string;
    readonly orderRef: string;
    /** Market time, epoch ms. */
    readonly until: number;
    readonly purpose: OrderPurpose;
    readonly urgency: Urgency;
    /** Rules whose wish was told and waits: told again it would end every look at once. Absent: none. */
    readonly heard?: readonly string[];
  }): Promise<FollowResult>;
  /** Waits for market time; false when ended by `endWait`. */
  waitUntil(input: { readonly positionId: string; readonly at: number; readonly reason: string }): Promise<boolean>;
  /** Waits, for a bounded market time, until every fill's commission is known; then folds the P&L once more. */
  settleCommissions(input: { readonly positionId: string }): Promise<void>;
}

export interface LegOrder {
  readonly role: OrderRole;
  readonly contracts: number;
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
      /** Closed leg by leg in this order: a broken structure, or one whose combination the broker does not take. */
      readonly legs?: readonly LegOrder[];
      /** The legs are those of whole combos, which the broker does not take as one order. */
      readonly whole?: true;
    }
  | {
      readonly kind: 'nothing';
      readonly result: ExitOutcome['result'];
      readonly reason: string;
      readonly code?: string;
    };

export type RestingRole = 'stop' | 'target';

/** What has to happen next so that the right orders rest at the broker. */
export type ProtectionPlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'keep' | 'remove' | 'settle'; readonly orderRef: string }
  | { readonly kind: 'place'; readonly orderRef: string; readonly step: number; readonly role: RestingRole }
  /** Its prices are not those that follow from the fills. */
  | { readonly kind: 'adjust'; readonly orderRef: string; readonly role: RestingRole }
  /** The market is closed; market time, epoch ms. */
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
  /** A protective order rests or should rest at the broker; absent: neither. */
  readonly protective?: boolean;
  /** An opening leg by leg has left contracts beyond whole combos, and is still to be settled. */
  readonly halfOpen?: true;
  readonly opening?: OpeningReport;
  /** The opening order is placed with its resting orders as children; absent: they come after its fills. */
  readonly bracket?: boolean;
  /** Markdown for the Web UI's current details. */
  readonly details: string;
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

/** Queue: orders (they read the broker's clock or the ledger kept by its owner). */
export interface PositionActivities {
  /** Present state by the ledger; takes up a position after a restart or a continue-as-new. */
  readPosition(input: { readonly positionId: string }): Promise<PositionSummary>;
  /** The next order of an opening that is worked leg by leg, from what the ledger holds and what was tried. */
  planLegs(input: {
    readonly positionId: string;
    readonly step: number;
    readonly tried: readonly LegTry[];
    readonly onPartial?: OnPartial;
    /** Taken up after a failure: no leg is walked any more, the policy for missing legs decides. */
    readonly resumed: boolean;
  }): Promise<LegsPlan>;
  /** Folds the opening's fills; none: the execution is FAILED with the reason; all of them taken back: CLOSED. */
  recordOpening(input: {
    readonly positionId: string;
    readonly reason: string;
    readonly code?: string;
  }): Promise<PositionSummary>;
  /** Turns a command into combos to close; marks the execution EXITING and the request RUNNING. */
  planExit(input: {
    readonly positionId: string;
    readonly command: ExitCommand;
    readonly step: number;
    /** The broker does not take the combination. A position that was opened leg by leg is closed so anyway. */
    readonly byLegs?: true;
  }): Promise<ExitPlan>;
  /** Market time `restMs` from now, epoch ms. */
  planRest(input: { readonly positionId: string; readonly restMs: number }): Promise<number>;
  /** Compares the orders that rest with those that should; `remove`: none should; `skip`: refused in this round. */
  planProtection(input: {
    readonly positionId: string;
    readonly step: number;
    readonly remove: boolean;
    readonly skip?: readonly RestingRole[];
  }): Promise<ProtectionPlan>;
  /** Folds the exit's fills and, when flat, closes the execution with rule, action and realised P&L. */
  recordExit(input: { readonly positionId: string; readonly command: ExitCommand }): Promise<PositionSummary>;
  /** Builds, approves and saves the position to roll into, with as many combos as the roll closed. */
  buildRoll(input: {
    readonly positionId: string;
    readonly command: ExitCommand;
    readonly combos: number;
  }): Promise<RollVerdict>;
  /** Writes the outcome that people and the exit workflow follow. */
  settleRequest(outcome: ExitOutcome): Promise<void>;
  /** Attention on: alert and flag; off: cleared. */
  setAttention(input: {
    readonly positionId: string;
    readonly reason: string | null;
    readonly code?: string;
  }): Promise<void>;
  setPaused(input: {
    readonly positionId: string;
    readonly paused: boolean;
    readonly requestId: string;
  }): Promise<void>;
  /** What an exit asked for now would send; nothing is written. */
  previewExit(input: { readonly positionId: string; readonly command: ExitCommand }): Promise<DryRun>;
  /** Evaluates the rules now, without confirmation and without consequences. */
  evaluatePosition(input: { readonly positionId: string }): Promise<Evaluation>;
  /** Compares broker and database; one sentence a difference. */
  reconcileNow(): Promise<{ readonly findings: readonly { readonly kind: string; readonly text: string }[] }>;
  /** The position's workflow ends: its part in the stepped clock ends too. */
  leavePosition(input: { readonly positionId: string }): Promise<void>;
}

export interface PositionLookup {
  readonly state: 'open' | 'closed' | 'failed' | 'missing';
  readonly openCombos: number;
}

/** Queue: workflows. Only the database and Temporal itself. */
export interface StoreActivities {
  lookUpPosition(input: { readonly positionId: string }): Promise<PositionLookup>;
  openPositionIds(input: { readonly symbol?: string }): Promise<readonly string[]>;
  /** Records a person's request before it is passed on; the same id again changes nothing. */
  openRequest(input: {
    readonly requestId: string;
    readonly positionId: string;
    readonly kind: 'close' | 'reduce' | 'roll';
    readonly params: Readonly<Record<string, unknown>>;
  }): Promise<void>;
  closeRequest(outcome: ExitOutcome): Promise<void>;
  /** Records that an entry failed, where the broker's side could not be asked. */
  failEntry(result: EntryResult): Promise<void>;
  /** Starts the run of an open position that has none. */
  /** `except`: a request that is about to be passed on, and so is not lost. */
  revivePosition(input: { readonly positionId: string; readonly except?: string }): Promise<void>;
}

/** Everything a worker with the broker session offers. */
export type BrokerActivities = EntryActivities & OrderActivities & WatchActivities & PositionActivities;

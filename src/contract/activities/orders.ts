/** Orders: planned, sent once, followed to their end. */
import type { OrderRole } from '../../domain/ids.js';
import type { OrderPurpose } from '../../domain/order/order.js';
import type { WalkState } from '../../domain/order/walk.js';
import type { Urgency } from '../../domain/rules/decision.js';
import type { ExitOrigin } from '../../domain/rules/exit-age.js';
import type { CancelResult, ExerciseInput, ExerciseResult, Pricing } from '../requests.js';

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
  /** What the exit was begun for, by which it ages; absent of every other order. */
  readonly exit?: ExitOrigin;
  /** A missing leg of a structure that is partly held: worked on to a cap, not to the share of the spread that an entry gives. */
  readonly completes?: true;
  /** The walk goes on from here instead of starting over. */
  readonly walk?: WalkState;
}

export type PreparedOrder =
  | { readonly kind: 'ready'; readonly orderRef: string; readonly walk: WalkState }
  /** Nothing may be sent before this market time (closed, first minutes, no two-sided quotes). */
  | { readonly kind: 'later'; readonly notBefore: number; readonly reason: string }
  /** `byLegs`: an exit has come to its last resort, and goes on leg by leg. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string; readonly byLegs?: true }
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
  /** Its validity passed before it was sent: prepare it again. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown'; readonly reason: string };

export type Resolution =
  /** The broker has it, or has had it: follow it, also to read how it ended. */
  | { readonly kind: 'live' }
  /** Proved not to be at the broker, with nothing filled: place again under the next attempt. */
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

/** The result of a change of a protective order. */
export type Adjustment =
  /** It has its new prices, or must be planned again. */
  | { readonly kind: 'done' }
  /** It works at its earlier prices. */
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
  /** Commits the intents of the children of an opening order: none where no protective order is configured. */
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
  /** Modifies a live protective order to the prices that follow from the fills of the opening. */
  adjustProtection(input: { readonly positionId: string; readonly orderRef: string }): Promise<Adjustment>;
  /**
   * Cancels an order because a person asks: an opening, or a protective order, which is then not placed again. An order of an exit is refused: an
   * exit goes on until it is done.
   */
  cancelByUser(input: { readonly orderRef: string; readonly dryRun: boolean }): Promise<CancelResult>;
  /** Tells the broker to exercise a long leg: committed first, written once. */
  exerciseLeg(input: ExerciseInput): Promise<ExerciseResult>;
  /** Ends the position's present wait (watch or working order) in process, so that a message is not held up. */
  endWait(input: { readonly positionId: string; readonly reason: string }): Promise<void>;
}

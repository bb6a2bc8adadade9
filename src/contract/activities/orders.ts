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
  /** The purpose of the exit, by which it ages; absent for other orders. */
  readonly exit?: ExitOrigin;
  /** A missing leg of a structure that is partly held: worked to a cap, not to the share of the spread that an entry gives. */
  readonly completes?: true;
  /** The walk goes on from here instead of starting over. */
  readonly walk?: WalkState;
}

export type PreparedOrder =
  | { readonly kind: 'ready'; readonly orderRef: string; readonly walk: WalkState }
  /** Nothing may be sent before this market time (market closed, first minutes, no two-sided quotes). */
  | { readonly kind: 'later'; readonly notBefore: number; readonly reason: string }
  /** `byLegs`: an exit has reached its last resort and goes on leg by leg. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string; readonly byLegs?: true }
  /** The ledger holds nothing to reduce; or (`over`) the time for working the exit has passed. */
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
  /** The broker has or had it: follow it, also to learn how it ended. */
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
  /** The broker refused the order late, or cancelled it for a reason of its own. */
  readonly refusal?: BrokerRefusal;
}

export type Repricing =
  | { readonly kind: 'repriced'; readonly walk: WalkState }
  /** The broker accepts no change of the order: cancel it, and place it again where the walk stands. */
  | {
      readonly kind: 'replace';
      readonly walk: WalkState;
      readonly reason: string;
      /** The rest is given up once something has filled, as configured for openings. */
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
  /** The broker accepts no change of it: cancel it, and place it again. */
  | { readonly kind: 'replace'; readonly reason: string }
  /** The session accepts no change before this market time, epoch ms. */
  | { readonly kind: 'later'; readonly at: number };

/** Queue: orders. */
export interface OrderActivities {
  /** Prices the order, checks what must hold before it leaves, commits the intent. */
  prepareOrder(spec: OrderSpec): Promise<PreparedOrder>;
  /** Passes the gates, commits SENDING, writes once, waits for evidence. Never retried blindly. */
  placeOrder(input: {
    readonly orderRef: string;
    readonly by: OrderSpec['by'];
    readonly overrideHalt: boolean;
  }): Promise<Placement>;
  /** Commits the intents of an opening order's children; none where no protective order is configured. */
  planBracket(input: { readonly orderRef: string }): Promise<readonly string[]>;
  /** Like `placeOrder`, with the children right behind their parent; returns the parent's answer. */
  placeBracketOrder(input: {
    readonly orderRef: string;
    readonly children: readonly string[];
    readonly by: OrderSpec['by'];
    readonly overrideHalt: boolean;
  }): Promise<Placement>;
  /**
   * Settles an unknown order by complete evidence, twice. Takes as long as it needs; called again for a parked order, it waits for the
   * person's decision.
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
   * Cancels an order at a person's request: an opening, or a protective order, which is then not placed again. An exit order is refused: an
   * exit goes on until it is done.
   */
  cancelByUser(input: { readonly orderRef: string; readonly dryRun: boolean }): Promise<CancelResult>;
  /** Tells the broker to exercise a long leg: committed first, written once. */
  exerciseLeg(input: ExerciseInput): Promise<ExerciseResult>;
  /** Ends the position's current wait (watch or working order) in process, so that a message is not delayed. */
  endWait(input: { readonly positionId: string; readonly reason: string }): Promise<void>;
}

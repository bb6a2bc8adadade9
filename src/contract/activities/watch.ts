/** Long waits: for a rule, for fills, for market time. */
import type { OrderPurpose } from '../../domain/order/order.js';
import type { AttentionReasons } from '../../domain/position/attention.js';
import type { Decision, Urgency } from '../../domain/rules/decision.js';
import type { ExitCommand } from '../requests.js';
import type { Progress } from './orders.js';

export type WatchResult =
  | { readonly kind: 'decision'; readonly decision: Decision; readonly command: ExitCommand; readonly details?: string }
  | { readonly kind: 'session-end' }
  /** The session is closed, and the run is to sleep for this wall time; only to a run that `maySleep`. */
  | { readonly kind: 'closed'; readonly sleepMs: number }
  /**
   * Ended by `endWait`, to renew the page, or because activities have found other reasons for attention than the input says. `details` is
   * the page as it is now; Markdown.
   */
  | { readonly kind: 'ended'; readonly reason: string; readonly observed?: AttentionReasons; readonly details?: string }
  /** The ledger says the position is flat (closed outside Legwork's orders). */
  | { readonly kind: 'flat'; readonly reason: string };

export type FollowResult =
  /** The order is no longer live. */
  | { readonly kind: 'settled'; readonly progress: Progress }
  | { readonly kind: 'step-ended'; readonly progress: Progress }
  | { readonly kind: 'ended'; readonly progress: Progress }
  /** A rule requests more urgency than the order has, or an exit during the opening. */
  | { readonly kind: 'decision'; readonly command: ExitCommand; readonly progress: Progress }
  /** The link was lost, or evidence contradicts itself. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly progress: Progress };

/** Queue: watch. Long waits that heartbeat. */
export interface WatchActivities {
  watchPosition(input: {
    readonly positionId: string;
    readonly paused: boolean;
    /** The reasons found by activities that the run shows; absent from a run of the release before. */
    readonly observed?: AttentionReasons;
    /** Ends at the first evaluation, with the page as it is then. */
    readonly renew?: true;
    /** The run can sleep while the session is closed; absent from a run of the release before. */
    readonly maySleep?: true;
  }): Promise<WatchResult>;
  followOrder(input: {
    readonly positionId: string;
    readonly orderRef: string;
    /** Market time, epoch ms. */
    readonly until: number;
    readonly purpose: OrderPurpose;
    readonly urgency: Urgency;
    /** Rules whose decision is already queued: reporting one again would end every call at once. Absent: none. */
    readonly heard?: readonly string[];
  }): Promise<FollowResult>;
  /**
   * Waits for market time, `at` in epoch ms; false when ended by `endWait`. A long wait of a run that `maySleep` is given back as the wall
   * time to sleep before it is asked for again.
   */
  waitUntil(input: {
    readonly positionId: string;
    readonly at: number;
    readonly reason: string;
    readonly maySleep?: true;
  }): Promise<boolean | { readonly sleepMs: number }>;
  /** Waits, for a bounded market time, until every fill's commission is known; then folds the P&L once more. */
  settleCommissions(input: { readonly positionId: string }): Promise<void>;
}

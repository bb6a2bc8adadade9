/** What the rules say about a position. */

export type DecisionAction = 'HOLD' | 'CLOSE' | 'ROLL' | 'REDUCE';

/** How fast an exit walks toward the natural price. */
export type Urgency = 'IMMEDIATE' | 'HIGH' | 'NORMAL' | 'LOW';

export interface Decision {
  readonly action: DecisionAction;
  readonly urgency: Urgency;
  /** Rule id, such as `take_profit_partial`; `none` when nothing fired. */
  readonly rule: string;
  /** One sentence with the numbers. */
  readonly reason: string;
  /** Inputs of the rule: thresholds and values, plain JSON. */
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
  /** Market time, epoch ms. */
  readonly at: number;
}

/** Lower is more urgent; a later decision may only raise the urgency of the same exit. */
export const URGENCY_RANK: Readonly<Record<Urgency, number>> = { IMMEDIATE: 0, HIGH: 1, NORMAL: 2, LOW: 3 };

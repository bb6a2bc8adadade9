/**
 * Prices of a working order, per share in the broker's sense: what we pay; negative: we receive. So `natural`, the price of
 * crossing every leg at once, is never below `mid`, and walking means paying more. Integer micros throughout.
 */
import { divideRounded, type Micros } from '../money.js';
import type { LegAction } from '../option.js';
import { roundToIncrement } from './ticks.js';

/** Default share of the way from mid to natural that an entry gives at most (settings: entryWorstShare). */
const WORST_SHARE = 0.75;

/** The state of a working order's price walk: made by activities, stored with the intent, carried by the workflow. */
export interface WalkState {
  /** Steps already begun, from 1. */
  readonly stepNo: number;
  /** Market time at which the present step ends, epoch ms. */
  readonly stepEndsAt: number;
  /** The step lasts until then, market time, epoch ms. It is polled earlier, and stays while this is the urgency. */
  readonly early?: { readonly until: number; readonly urgency: string };
  /** Market time at which the order is cancelled at any price, epoch ms. */
  readonly endsAt: number;
  /** Remaining limits of an opening walk, micros in the broker's sense; empty for exits, which re-anchor. */
  readonly limits: readonly Micros[];
  /** Mid when the walk began, micros in the broker's sense: an opening is abandoned when mid moves too far from it. */
  readonly startMid: Micros;
  readonly limit: Micros;
}

/** One leg as the order trades it; an absent bid or ask means that the market shows none. */
export interface NetSide {
  readonly action: LegAction;
  readonly ratio: number;
  readonly bid?: Micros;
  readonly ask?: Micros;
}

/**
 * Net mid and natural of the legs; undefined when a leg to be bought has no offer.
 *
 * A bought leg without a bid counts at half its ask. A sold leg without a bid brings nothing at natural and a quarter
 * of its ask at mid, the middle of what it can be worth (0 to half the ask): a far wing normally has no bid, and must
 * neither block an exit nor be counted on. A sold leg without an ask counts at its bid.
 */
export function netOf(sides: readonly NetSide[]): { readonly mid: Micros; readonly natural: Micros } | undefined {
  let natural = 0;
  let midQuarters = 0;
  for (const { action, ratio, bid, ask } of sides) {
    if (action === 'BUY') {
      if (ask === undefined) return undefined;
      natural += ratio * ask;
      midQuarters += ratio * 2 * ((bid ?? 0) + ask);
    } else {
      natural -= ratio * (bid ?? 0);
      midQuarters -= ratio * (bid === undefined ? (ask ?? 0) : 2 * (bid + (ask ?? bid)));
    }
  }
  return { mid: divideRounded(midQuarters, 4), natural: natural + 0 };
}

/**
 * Limits of an opening from mid to its worst price, fixed at the start. Each pays more than the one before and is rounded down,
 * so none goes beyond the worst. With one step it is the worst price at once. Never empty.
 */
export function openingWalk(input: {
  readonly mid: Micros;
  readonly natural: Micros;
  readonly steps: number;
  readonly increment: Micros;
  readonly worstShare?: number;
  /** No limit pays more than this. */
  readonly most?: Micros;
}): Micros[] {
  const { mid, steps, increment } = input;
  const room = Math.max(0, input.natural - mid);
  const given = Math.floor(room * (input.worstShare ?? WORST_SHARE));
  const last = Math.max(1, steps) - 1;
  const limits = Array.from({ length: last + 1 }, (_, index) => {
    const part = last === 0 ? given : Math.floor((given * index) / last);
    return roundToIncrement(Math.min(mid + part, input.most ?? mid + part), increment, 'down');
  });
  return limits.filter((limit, index) => limit !== limits[index - 1]);
}

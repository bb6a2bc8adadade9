/**
 * What is held now, contract by contract and share by share. It is how a position is marked that is no multiple of a combo any more: one
 * with shares, or with legs out of their ratio.
 */
import { defined } from '../defined.js';
import type { Micros } from '../money.js';
import { isBroken } from '../position/broken.js';
import type { LegState } from './input.js';
import { markOf } from './valuation.js';

export interface HeldNow {
  /** Signed contracts, in the order of the leg states. */
  readonly legs: readonly { readonly openQuantity: number }[];
  /** Signed shares of the underlying. */
  readonly shares: number;
  /** Contracts are this many shares each. */
  readonly multiplier: number;
}

/** Each is absent when the data of something held are missing. */
export interface HeldMark {
  /** Money that closing everything would bring, at the marks; negative when it costs. */
  readonly value?: Micros;
  /** Delta and gamma of everything, in shares; a share has a delta of 1. */
  readonly shareDelta?: number;
  readonly shareGamma?: number;
}

/** A leg held on the opposite side is marked as what it is now. `underlying`: price of a share. */
export function markHeld(held: HeldNow, states: readonly LegState[], underlying: Micros | undefined): HeldMark {
  const sum = (ofShares: number | undefined, ofLeg: (leg: LegState) => number | undefined): number | undefined => {
    let total = held.shares === 0 ? 0 : ofShares;
    for (const [index, { openQuantity }] of held.legs.entries()) {
      if (openQuantity === 0) continue;
      const leg = states[index];
      const each = leg && ofLeg({ ...leg, action: openQuantity > 0 ? 'BUY' : 'SELL' });
      if (total === undefined || each === undefined || !Number.isFinite(each)) return undefined;
      total += openQuantity * held.multiplier * each;
    }
    return total === undefined ? undefined : total + 0;
  };
  const ofShares = underlying === undefined ? undefined : held.shares * underlying;
  return defined({
    value: sum(ofShares, markOf),
    shareDelta: sum(held.shares, ({ greeks }) => greeks?.delta),
    shareGamma: sum(0, ({ greeks }) => greeks?.gamma),
  });
}

/** Whether a stored mark is of what is held now: that of a combo is older than the break. */
export function isOfHoldings(
  position: Parameters<typeof isBroken>[0],
  mark: { readonly closeNet?: Micros; readonly delta?: number },
): boolean {
  return !isBroken(position) || (mark.closeNet === undefined && mark.delta === undefined);
}

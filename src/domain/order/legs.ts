/**
 * Working a strategy leg by leg, when the broker does not take it as one combination.
 *
 * One order at a time. An entry buys every long leg before it sells a short one; an unwinding or an exit buys every short leg back
 * before it sells a long one. So no short is uncovered that the strategy itself covers, however the orders fill. Pure: from the
 * holdings and the earlier tries it computes the next order.
 */
import type { LegAction } from '../option.js';

/**
 * What happens when only some legs fill: the missing ones are worked at worse prices, or the filled ones are closed again.
 */
export const ON_PARTIAL = ['unwind', 'complete'] as const;
export type OnPartial = (typeof ON_PARTIAL)[number];

/** How an entry goes to the broker: as one combination, leg by leg, or leg by leg only where the combination is not taken. */
export const ENTRY_MODES = ['auto', 'combo', 'legs'] as const;
export type EntryMode = (typeof ENTRY_MODES)[number];

/**
 * The mode that a position keeps. A single leg is one order in every mode. Several orders cannot hold a fixed net price, so the opening
 * of one with a limit is never worked by legs; its exits may be, unless only combinations are wanted.
 */
export function positionMode(wanted: EntryMode, legs: number, isLimited: boolean): EntryMode {
  if (legs === 1) return 'combo';
  return isLimited && wanted === 'legs' ? 'auto' : wanted;
}

export interface WorkedLeg {
  readonly legNo: number;
  readonly action: LegAction;
  readonly ratio: number;
  /** Contracts held in the leg's own direction, never negative. */
  readonly held: number;
}

/** Contracts of one leg to open or to close, unsigned. */
export interface LegContracts {
  readonly legNo: number;
  readonly contracts: number;
}

/** A leg order that ended partly filled: its walk from mid, or the walk to its cap that completes a structure. */
export interface LegTry {
  readonly legNo: number;
  readonly how: 'walk' | 'complete';
}

export interface LegsState {
  readonly legs: readonly WorkedLeg[];
  /** Combos wanted. */
  readonly quantity: number;
  readonly tried: readonly LegTry[];
  readonly onPartial: OnPartial;
}

export type LegStep =
  | { readonly kind: 'open'; readonly legNo: number; readonly contracts: number; readonly how: LegTry['how'] }
  | { readonly kind: 'unwind'; readonly legNo: number; readonly contracts: number }
  /** Every leg holds exactly this many combos. */
  | { readonly kind: 'done'; readonly combos: number };

/** The next order of an entry. Repeated with the fills of each order, it always ends in `done`. */
export function nextLegStep(state: LegsState): LegStep {
  const combos = reachable(state);
  const missing = longsFirst(state.legs).find((leg) => leg.held < leg.ratio * combos);
  if (missing !== undefined) {
    const { legNo, ratio, held } = missing;
    return {
      kind: 'open',
      legNo,
      contracts: ratio * combos - held,
      how: isTried(state, legNo, 'walk') ? 'complete' : 'walk',
    };
  }
  const beyond = shortsFirst(state.legs).find((leg) => leg.held > leg.ratio * combos);
  if (beyond !== undefined)
    return { kind: 'unwind', legNo: beyond.legNo, contracts: beyond.held - beyond.ratio * combos };
  return { kind: 'done', combos };
}

/** Combos that can still come about: a leg without tries left allows no more than it holds. */
function reachable(state: LegsState): number {
  const { legs, quantity, onPartial } = state;
  const anything = legs.some((leg) => leg.held > 0);
  const isOver = ({ legNo }: WorkedLeg) => {
    if (!isTried(state, legNo, 'walk')) return false;
    // Without any fill there is nothing to complete: the entry is given up as a combination is.
    return onPartial === 'unwind' || !anything || isTried(state, legNo, 'complete');
  };
  return Math.min(quantity, ...legs.filter(isOver).map((leg) => Math.floor(leg.held / leg.ratio)));
}

function isTried({ tried }: LegsState, legNo: number, how: LegTry['how']): boolean {
  return tried.some((one) => one.legNo === legNo && one.how === how);
}

/** Contracts of each leg to open for so many combos, in the order of opening. */
export function openingLegs(legs: readonly Omit<WorkedLeg, 'held'>[], combos: number): readonly LegContracts[] {
  return longsFirst(legs).map(({ legNo, ratio }) => ({ legNo, contracts: ratio * combos }));
}

/** Contracts of each leg to close for so many combos, in the order of closing. */
export function closingLegs(legs: readonly Omit<WorkedLeg, 'held'>[], combos: number): readonly LegContracts[] {
  return shortsFirst(legs).map(({ legNo, ratio }) => ({ legNo, contracts: ratio * combos }));
}

function longsFirst<T extends Pick<WorkedLeg, 'legNo' | 'action'>>(legs: readonly T[]): readonly T[] {
  return [...legs].sort((a, b) => Number(a.action === 'SELL') - Number(b.action === 'SELL') || a.legNo - b.legNo);
}

function shortsFirst<T extends Pick<WorkedLeg, 'legNo' | 'action'>>(legs: readonly T[]): readonly T[] {
  return [...legs].sort((a, b) => Number(a.action === 'BUY') - Number(b.action === 'BUY') || a.legNo - b.legNo);
}

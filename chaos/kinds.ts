/**
 * Which kind of seed a seed is, and how the positions of one with changes end. Drawn from a stream of its own, so that a seed whose kind is
 * `hour` does what it did before there were others.
 */
import { drawFrom } from './random.js';

/** Any number that no other stream of a plan is mixed with. */
const STREAM = 0x0dd5_eed5;

/**
 * `hour`: positions are entered and closed within an hour of one session. `changes`: they are rolled and reduced, and somebody else trades
 * or assigns what they hold. `night`: they are held over the close, and what expires does.
 */
const WEIGHTS = [
  ['hour', 5],
  ['changes', 3],
  ['night', 2],
] as const;
export type SeedKind = (typeof WEIGHTS)[number][0];

/** What happens to a position of a seed with changes before a person closes what is left, and how often it is drawn. */
const CHANGES = [
  ['roll', 5],
  ['reduce-then-roll', 2],
  ['reduce-twice', 2],
  ['hand-close', 2],
  ['hand-part', 2],
  ['hand-leg', 2],
  ['assign', 4],
  ['liquidate', 2],
] as const;
export type ChangeExit = (typeof CHANGES)[number][0];

/** What a position of a seed with a night is held over the close for, and how often it is drawn. */
const NIGHTS = [
  ['hold-overnight', 2],
  ['close-at-night', 2],
  ['exercise', 2],
  ['assign-at-night', 3],
  ['expire', 5],
] as const;
export type NightExit = (typeof NIGHTS)[number][0];

/** What somebody else does: which leg it falls on, and to how much of what is open. */
export interface OutsideTerms {
  /** Any number: it is taken modulo the legs that it can fall on. */
  readonly leg: number;
  /** Above 0, at most 1. */
  readonly share: number;
}

export function kindOf(seed: number): SeedKind {
  return drawFrom(Math.imul(seed, 0x9e3779b1) ^ STREAM).weighted(WEIGHTS);
}

/** How the positions of a seed with changes end, in their order. */
export function changesOf(
  seed: number,
  positions: number,
): readonly { readonly exit: ChangeExit; readonly outside: OutsideTerms }[] {
  const draw = drawFrom(Math.imul(seed, 0x85ebca6b) ^ STREAM);
  return Array.from({ length: positions }, () => ({
    exit: draw.weighted(CHANGES),
    outside: { leg: draw.whole(0, 11), share: draw.one([0.3, 0.5, 1, 1]) },
  }));
}

/** How the positions of a seed with a night go through it, in their order. */
export function nightsOf(
  seed: number,
  positions: number,
): readonly { readonly exit: NightExit; readonly outside: OutsideTerms }[] {
  const draw = drawFrom(Math.imul(seed, 0xc2b2ae35) ^ STREAM);
  return Array.from({ length: positions }, () => ({
    exit: draw.weighted(NIGHTS),
    outside: { leg: draw.whole(0, 11), share: draw.one([0.5, 1, 1]) },
  }));
}

export function isNight(exit: string): exit is NightExit {
  return NIGHTS.some(([name]) => name === exit);
}

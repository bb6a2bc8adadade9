/**
 * Which positions of a plan are worked leg by leg, and by which policy. Drawn from a stream of its own, so that the plans of
 * seeds from before there was such a mode stay what they were.
 */
import type { EntryMode, OnPartial } from 'legwork';
import { drawFrom } from './random.js';

/** Any number that no plan's seed is mixed with. */
const STREAM = 0x1e951e95;
const SHARE = 0.3;

export interface LegsMode {
  readonly mode: EntryMode;
  readonly onPartial: OnPartial;
}

/** Undefined of a position that goes as one combination. */
export function legsModeOf(seed: number, position: number): LegsMode | undefined {
  const draw = drawFrom((Math.imul(seed, 0x9e3779b1) ^ STREAM) + position);
  if (!draw.chance(SHARE)) return undefined;
  return { mode: 'legs', onPartial: draw.chance(0.5) ? 'unwind' : 'complete' };
}

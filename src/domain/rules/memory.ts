/** What the rules remember of a position between polls; a roll starts over from INITIAL_MEMORY. */
import type { RuleMemory } from './input.js';
import type { Valuation } from './valuation.js';

export const INITIAL_MEMORY: RuleMemory = { peakProfitPct: 0, partialTakeProfitDone: false };

/** The memory after a poll: the peak never falls, and a position that cannot be priced leaves it unchanged. */
export function nextMemory(memory: RuleMemory, valuation: Pick<Valuation, 'profitPct'>): RuleMemory {
  const { profitPct } = valuation;
  if (profitPct === undefined || !(profitPct > memory.peakProfitPct)) return memory;
  return { ...memory, peakProfitPct: profitPct };
}

/**
 * The peak of confirmed profit: the lower of two polls some seconds apart. One bad tick, or one poll in which only some legs
 * have moved, must not arm the trailing stop for good.
 */
export class SteadyProfit {
  private last: { readonly profitPct: number; readonly at: number } | undefined;

  /** `at` and `gapMs` in market time; the profit that lasted over the gap, or undefined. */
  observe(profitPct: number | undefined, at: number, gapMs: number): number | undefined {
    if (profitPct === undefined) {
      this.last = undefined;
      return undefined;
    }
    if (this.last === undefined) {
      this.last = { profitPct, at };
      return undefined;
    }
    if (at - this.last.at < gapMs) return undefined;
    const held = Math.min(this.last.profitPct, profitPct);
    this.last = { profitPct, at };
    return held;
  }
}

/** The memory once the partial take-profit has been decided: it is never decided again. */
export function partialDone(memory: RuleMemory): RuleMemory {
  return { ...memory, partialTakeProfitDone: true };
}

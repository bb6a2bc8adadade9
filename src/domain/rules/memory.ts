/** What the rules remember of a position between looks; a roll starts anew from INITIAL_MEMORY. */
import type { RuleMemory } from './input.js';
import type { Valuation } from './valuation.js';

export const INITIAL_MEMORY: RuleMemory = { peakProfitPct: 0, partialTakeProfitDone: false };

/** The memory after a look: the peak never falls, and a position that cannot be priced leaves it as it is. */
export function nextMemory(memory: RuleMemory, valuation: Pick<Valuation, 'profitPct'>): RuleMemory {
  const { profitPct } = valuation;
  if (profitPct === undefined || !(profitPct > memory.peakProfitPct)) return memory;
  return { ...memory, peakProfitPct: profitPct };
}

/** The memory once the partial take-profit has been decided: it is never decided again. */
export function partialDone(memory: RuleMemory): RuleMemory {
  return { ...memory, partialTakeProfitDone: true };
}

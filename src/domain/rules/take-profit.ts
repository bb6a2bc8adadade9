/**
 * Takes profits: a large one closes the position; a smaller one closes a part of it, once per position. A single combo
 * cannot be divided: the smaller profit closes it or, with `onIndivisible: hold`, waits for the large one.
 */
import type { RuleInput } from './input.js';
import { combosToClose } from './reduce-size.js';
import { fired, missing, QUIET, type Rule } from './rule.js';
import type { RulesSettings } from './settings.js';
import { percent } from './text.js';

export const takeProfit: Rule = {
  name: 'take_profit',
  priority: 2,
  kind: 'price',
  decisions: ['take_profit_full', 'take_profit_partial'],
  takesProfit: ['take_profit_full', 'take_profit_partial'],
  enabled: (settings) => settings.takeProfit.enabled,
  evaluate: (input, { profitPct }, { takeProfit: limits }) => {
    if (profitPct === undefined) return missing('option prices');
    const { openCombos } = input.position;
    const full = fullOf(input, limits);
    if (profitPct >= full) {
      return fired(input, {
        action: 'CLOSE',
        urgency: 'NORMAL',
        rule: 'take_profit_full',
        reason: `Profit is ${percent(profitPct)}, at least ${percent(full)}.`,
        metadata: { upl_pct: profitPct, threshold: full },
      });
    }
    if (profitPct < limits.partial || input.memory.partialTakeProfitDone) return QUIET;
    const divisible = openCombos > 1;
    if (!divisible && limits.onIndivisible === 'hold') return QUIET;
    const combos = combosToClose(openCombos, limits.closeRatio);
    const why = `Profit is ${percent(profitPct)}, at least ${percent(limits.partial)}`;
    return fired(input, {
      action: divisible ? 'REDUCE' : 'CLOSE',
      urgency: 'NORMAL',
      rule: 'take_profit_partial',
      reason: divisible
        ? `${why}: closes ${combos} of ${openCombos} combos.`
        : `${why}: closes the one combo, which cannot be divided.`,
      metadata: {
        upl_pct: profitPct,
        threshold: limits.partial,
        close_ratio: divisible ? limits.closeRatio : 1,
        close_combos: combos,
        open_combos: openCombos,
      },
    });
  },
  distance: (input, { profitPct }, { takeProfit: limits }) => {
    const partial = input.memory.partialTakeProfitDone
      ? 'partial already taken'
      : `partial at ${percent(limits.partial)}`;
    return `profit ${percent(profitPct)} of ${percent(fullOf(input, limits))}; ${partial}`;
  },
};

/** The profit that closes it: a debit may have its own. */
function fullOf({ position }: RuleInput, { full, debit }: RulesSettings['takeProfit']): number {
  return position.entryNet < 0 ? (debit ?? full) : full;
}

/** Exits of a position of exactly one leg, whatever its name: profit, loss, or days to expiry. */
import { dteOf } from './expiry.js';
import type { RuleInput } from './input.js';
import { fired, firstOf, missing, QUIET, type Rule, type RuleResult } from './rule.js';
import type { RulesSettings } from './settings.js';
import { dayCount, percent } from './text.js';
import type { Valuation } from './valuation.js';

export const singleLegExit: Rule = {
  name: 'single_leg_exit',
  priority: 1.3,
  kind: 'price',
  decisions: ['single_leg_tp', 'single_leg_sl', 'single_leg_dte'],
  byClock: ['single_leg_dte'],
  enabled: (settings) => settings.singleLegExit.enabled,
  evaluate: (input, valuation, settings) =>
    input.position.structure === 'single_leg'
      ? firstOf([profitOrLoss(input, valuation, settings), nearExpiry(input, settings)])
      : QUIET,
  distance: (input, { profitPct }, { singleLegExit: limits }) =>
    input.position.structure === 'single_leg'
      ? `profit ${percent(profitPct)} of ${percent(limits.takeProfit)} or ${percent(-limits.stopLoss)}; ` +
        `${dayCount(dteOf(input))} to expiry of ${limits.dte}`
      : 'only for a single leg',
};

function profitOrLoss(input: RuleInput, { profitPct }: Valuation, settings: RulesSettings): RuleResult {
  const { takeProfit, stopLoss } = settings.singleLegExit;
  if (profitPct === undefined) return missing('option prices');
  if (profitPct >= takeProfit) {
    return fired(input, {
      action: 'CLOSE',
      urgency: 'NORMAL',
      rule: 'single_leg_tp',
      reason: `The single leg gains ${percent(profitPct)}, at least ${percent(takeProfit)}.`,
      metadata: { upl_pct: profitPct, threshold: takeProfit },
    });
  }
  if (profitPct <= -stopLoss) {
    return fired(input, {
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'single_leg_sl',
      reason: `The single leg loses ${percent(-profitPct)}, at least ${percent(stopLoss)}.`,
      metadata: { upl_pct: profitPct, threshold: -stopLoss },
    });
  }
  return QUIET;
}

function nearExpiry(input: RuleInput, settings: RulesSettings): RuleResult {
  const dte = dteOf(input);
  const threshold = settings.singleLegExit.dte;
  if (dte === undefined) return missing('expiry');
  if (dte > threshold) return QUIET;
  return fired(input, {
    action: 'CLOSE',
    urgency: 'NORMAL',
    rule: 'single_leg_dte',
    reason: `The single leg has ${dayCount(dte)} to expiry, at most ${threshold}.`,
    metadata: { dte, threshold },
  });
}

/**
 * Delta has become unstable near expiry: a move of the underlying by 1 % changes the delta of a combo by more than the
 * limit. Gamma per dollar alone says nothing across underlyings of different price, so it is scaled by price x 1 %.
 */
import { MICROS_PER_DOLLAR } from '../money.js';
import { dteOf } from './expiry.js';
import type { RuleInput } from './input.js';
import { fired, missing, QUIET, type Rule } from './rule.js';
import { dayCount, decimal } from './text.js';
import type { Valuation } from './valuation.js';

const ONE_PERCENT = 0.01;

export const gammaRisk: Rule = {
  name: 'gamma_risk',
  priority: 7,
  kind: 'price',
  decisions: ['gamma_risk'],
  enabled: (settings) => settings.gammaRisk.enabled,
  evaluate: (input, valuation, { gammaRisk: limits }) => {
    const dte = dteOf(input);
    if (dte === undefined) return missing('expiry');
    if (dte >= limits.dte) return QUIET;
    const { gamma } = valuation;
    if (gamma === undefined) return missing('Greeks');
    const change = deltaChange(input, valuation);
    if (change === undefined) return missing("underlying's price");
    if (change <= limits.deltaChange) return QUIET;
    return fired(input, {
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'gamma_risk',
      reason:
        `A move of 1 % changes the delta of a combo by ${decimal(change, 3)}, more than ${limits.deltaChange}, with ` +
        `${dayCount(dte)} to expiry, fewer than ${limits.dte}.`,
      metadata: { gamma, delta_change: change, dte, gamma_threshold: limits.deltaChange, dte_threshold: limits.dte },
    });
  },
  distance: (input, valuation, { gammaRisk: limits }) =>
    `delta change for 1 % ${decimal(deltaChange(input, valuation), 3)} of ${limits.deltaChange}, counts below ` +
    `${limits.dte} days to expiry (now ${dayCount(dteOf(input))})`,
};

/** |gamma x price x 1 %|: change of delta per combo, per share, for a move of the underlying by 1 %. */
function deltaChange({ market: { underlying } }: RuleInput, { gamma }: Valuation): number | undefined {
  if (gamma === undefined || underlying === undefined) return undefined;
  return Math.abs(gamma * (underlying / MICROS_PER_DOLLAR) * ONE_PERCENT);
}

/**
 * VIX is high, or has risen since entry, while the position is net short vega. A long vega position gains by it and
 * stays.
 */
import type { RuleInput } from './input.js';
import { fired, firstOf, missing, QUIET, type Rule, type RuleResult } from './rule.js';
import { decimal } from './text.js';

export const vixExit: Rule = {
  name: 'vix_exit',
  priority: 1.5,
  kind: 'underlying',
  decisions: ['vix_level', 'vix_change'],
  enabled: (settings) => settings.vixExit.enabled,
  evaluate: (input, { vega }, { vixExit: limits }) => {
    if (vega === undefined) return missing('Greeks');
    if (vega >= 0) return QUIET;
    const { vix } = input.market;
    if (vix === undefined) return missing('VIX');
    return firstOf([level(input, vix, limits.level), change(input, vix, limits.change)]);
  },
  distance: ({ market: { vix }, position: { entryVix } }, { vega }, { vixExit: limits }) => {
    if (vega !== undefined && vega >= 0) return 'only for a position that is short vega';
    const rise = vix === undefined || entryVix === undefined ? undefined : vix - entryVix;
    return `VIX ${decimal(vix)} of ${limits.level}; since entry ${decimal(rise)} of ${limits.change} points`;
  },
};

function level(input: RuleInput, vix: number, threshold: number): RuleResult {
  if (vix <= threshold) return QUIET;
  return fired(input, {
    action: 'CLOSE',
    urgency: 'HIGH',
    rule: 'vix_level',
    reason: `VIX is ${decimal(vix)}, above ${threshold}, and the position is short vega.`,
    metadata: { vix, threshold },
  });
}

function change(input: RuleInput, vix: number, threshold: number): RuleResult {
  const { entryVix } = input.position;
  if (entryVix === undefined) return missing('VIX at entry');
  const rise = vix - entryVix;
  if (rise <= threshold) return QUIET;
  return fired(input, {
    action: 'CLOSE',
    urgency: 'HIGH',
    rule: 'vix_change',
    reason: `VIX rose ${decimal(rise)} points since entry to ${decimal(vix)}, more than ${threshold}, and the position is short vega.`,
    metadata: { vix, vix_entry: entryVix, vix_change: rise, threshold },
  });
}

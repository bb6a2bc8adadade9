/** Trailing stop on the profit: after a high enough peak, a fall to a given part of it closes the position. */
import { fired, missing, QUIET, type Rule } from './rule.js';
import { percent } from './text.js';

export const trailingStopLoss: Rule = {
  name: 'trailing_stop_loss',
  priority: 1.4,
  kind: 'price',
  decisions: ['trailing_stop'],
  enabled: (settings) => settings.trailingStopLoss.enabled,
  evaluate: (input, { profitPct }, { trailingStopLoss: limits }) => {
    const peak = input.memory.peakProfitPct;
    if (peak < limits.activation) return QUIET;
    if (profitPct === undefined) return missing('option prices');
    const stop = limits.trailRatio * peak;
    if (profitPct > stop) return QUIET;
    return fired(input, {
      action: 'CLOSE',
      urgency: 'NORMAL',
      rule: 'trailing_stop',
      reason: `Profit fell to ${percent(profitPct)} from a peak of ${percent(peak)}, at or below ${percent(stop)}.`,
      metadata: { upl_pct: profitPct, peak, trailing_stop: stop, trail_ratio: limits.trailRatio },
    });
  },
  distance: ({ memory: { peakProfitPct: peak } }, { profitPct }, { trailingStopLoss: limits }) =>
    peak < limits.activation
      ? `peak profit ${percent(peak)} of ${percent(limits.activation)} to become active`
      : `profit ${percent(profitPct)}, closes at or below ${percent(limits.trailRatio * peak)}`,
};

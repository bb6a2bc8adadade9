/** Implied volatility is low within its year and the position gains: little premium is left to earn. */
import { fired, missing, QUIET, type Rule } from './rule.js';
import { percent } from './text.js';

export const ivPercentileExit: Rule = {
  name: 'iv_percentile_exit',
  priority: 5.5,
  kind: 'price',
  decisions: ['iv_percentile_exit'],
  takesProfit: ['iv_percentile_exit'],
  enabled: (settings) => settings.ivPercentileExit.enabled,
  evaluate: (input, { profitPct }, { ivPercentileExit: limits }) => {
    const { ivPercentile } = input.market;
    if (ivPercentile === undefined) return missing('percentile of implied volatility');
    if (ivPercentile >= limits.percentile) return QUIET;
    if (profitPct === undefined) return missing('option prices');
    if (profitPct < limits.minProfit) return QUIET;
    return fired(input, {
      action: 'CLOSE',
      urgency: 'NORMAL',
      rule: 'iv_percentile_exit',
      reason:
        `Implied volatility is at percentile ${percent(ivPercentile)} of its year, below ${percent(limits.percentile)}, ` +
        `and profit is ${percent(profitPct)}, at least ${percent(limits.minProfit)}.`,
      metadata: {
        iv_percentile: ivPercentile,
        upl_pct: profitPct,
        percentile_threshold: limits.percentile,
        profit_threshold: limits.minProfit,
      },
    });
  },
  distance: ({ market }, { profitPct }, { ivPercentileExit: limits }) =>
    `percentile of implied volatility ${percent(market.ivPercentile)} of ${percent(limits.percentile)}; ` +
    `profit ${percent(profitPct)} of ${percent(limits.minProfit)}`,
};

/**
 * The underlying's implied volatility has fallen far since entry and the position gains: the sold premium is earned.
 */
import { relativeChange } from './change.js';
import { fired, missing, QUIET, type Rule } from './rule.js';
import { percent } from './text.js';

export const ivCrush: Rule = {
  name: 'iv_crush',
  priority: 5,
  kind: 'price',
  decisions: ['iv_crush'],
  takesProfit: ['iv_crush'],
  enabled: (settings) => settings.ivCrush.enabled,
  evaluate: (input, { profitPct }, { ivCrush: limits }) => {
    const { impliedVolatility } = input.market;
    if (impliedVolatility === undefined) return missing("underlying's implied volatility");
    const change = relativeChange(impliedVolatility, input.position.entryImpliedVolatility);
    if (change === undefined) return missing("underlying's implied volatility at entry");
    if (change > -limits.ivDrop) return QUIET;
    if (profitPct === undefined) return missing('option prices');
    if (profitPct < limits.minProfit) return QUIET;
    return fired(input, {
      action: 'CLOSE',
      urgency: 'NORMAL',
      rule: 'iv_crush',
      reason:
        `Implied volatility changed ${percent(change)} since entry, at least ${percent(-limits.ivDrop)}, and profit is ` +
        `${percent(profitPct)}, at least ${percent(limits.minProfit)}.`,
      metadata: {
        iv_change_percent: change,
        upl_pct: profitPct,
        iv_threshold: -limits.ivDrop,
        profit_threshold: limits.minProfit,
      },
    });
  },
  distance: ({ market, position }, { profitPct }, { ivCrush: limits }) =>
    `implied volatility since entry ${percent(relativeChange(market.impliedVolatility, position.entryImpliedVolatility))} ` +
    `of ${percent(-limits.ivDrop)}; profit ${percent(profitPct)} of ${percent(limits.minProfit)}`,
};

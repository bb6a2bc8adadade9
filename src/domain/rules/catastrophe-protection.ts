/**
 * Catastrophe: the underlying moved 3 % within an hour of session time, either way, against the position; or implied
 * volatility has risen by half since entry while the position is net short vega.
 *
 * Against the position: with its present Greeks a move like this one loses, delta x move + gamma / 2 x move^2 < 0. A
 * winner is left to the profit rules. The hour reaches into the last session, so an opening gap counts.
 */
import { formatMoney, MICROS_PER_DOLLAR } from '../money.js';
import { relativeChange } from './change.js';
import type { RuleInput } from './input.js';
import { fired, firstOf, missing, QUIET, type Rule, type RuleResult } from './rule.js';
import type { RulesSettings } from './settings.js';
import { percent } from './text.js';
import type { Valuation } from './valuation.js';

export const catastropheProtection: Rule = {
  name: 'catastrophe_protection',
  priority: 1,
  kind: 'underlying',
  decisions: ['catastrophe_3pct_drop', 'catastrophe_3pct_rise', 'catastrophe_iv_spike'],
  enabled: (settings) => settings.catastropheProtection.enabled,
  evaluate: (input, valuation, settings) =>
    firstOf([hourMove(input, valuation, settings), ivSpike(input, valuation, settings)]),
  distance: ({ market, position }, valuation, { catastropheProtection: limits }) => {
    const change = hourChange(market);
    const iv = relativeChange(market.impliedVolatility, position.entryImpliedVolatility);
    const vega = valuation.vega === undefined ? 'unknown' : valuation.vega < 0 ? 'short' : 'not short';
    return (
      `one-hour move ${percent(change)} of ±${percent(limits.hourMove)}; implied volatility since entry ` +
      `${percent(iv)} of ${percent(limits.ivSpike)} (vega ${vega})`
    );
  },
};

function hourChange(market: RuleInput['market']): number | undefined {
  const { underlying, underlyingHourAgo } = market;
  if (underlying === undefined || underlyingHourAgo === undefined || underlyingHourAgo <= 0) return undefined;
  return (underlying - underlyingHourAgo) / underlyingHourAgo;
}

function hourMove(input: RuleInput, valuation: Valuation, settings: RulesSettings): RuleResult {
  const { underlying, underlyingHourAgo } = input.market;
  const change = hourChange(input.market);
  if (underlying === undefined) return missing("underlying's price");
  if (change === undefined || underlyingHourAgo === undefined) return missing("underlying's price one hour ago");
  const limit = settings.catastropheProtection.hourMove;
  if (Math.abs(change) <= limit) return QUIET;
  const { delta, gamma } = valuation;
  if (delta === undefined || gamma === undefined) return missing('Greeks');
  const move = (underlying - underlyingHourAgo) / MICROS_PER_DOLLAR;
  const effect = delta * move + (gamma / 2) * move * move;
  if (effect >= 0) return QUIET;
  const drop = change < 0;
  return fired(input, {
    action: 'CLOSE',
    urgency: 'IMMEDIATE',
    rule: drop ? 'catastrophe_3pct_drop' : 'catastrophe_3pct_rise',
    reason:
      `${input.position.symbol} moved ${percent(change)} in an hour, from ${formatMoney(underlyingHourAgo)} to ` +
      `${formatMoney(underlying)}, beyond ${percent(limit)}, and such a move costs the position ` +
      `${Math.abs(effect).toFixed(2)} a share.`,
    metadata: { hour_change: change, threshold: drop ? -limit : limit, greeks_effect: effect, delta, gamma },
  });
}

function ivSpike(input: RuleInput, valuation: Valuation, settings: RulesSettings): RuleResult {
  if (valuation.vega === undefined) return missing('Greeks');
  if (valuation.vega >= 0) return QUIET;
  const { impliedVolatility } = input.market;
  const { entryImpliedVolatility } = input.position;
  if (impliedVolatility === undefined) return missing("underlying's implied volatility");
  const change = relativeChange(impliedVolatility, entryImpliedVolatility);
  if (change === undefined) return missing("underlying's implied volatility at entry");
  const limit = settings.catastropheProtection.ivSpike;
  if (change <= limit) return QUIET;
  return fired(input, {
    action: 'CLOSE',
    urgency: 'IMMEDIATE',
    rule: 'catastrophe_iv_spike',
    reason:
      `Implied volatility of ${input.position.symbol} rose ${percent(change)} since entry to ` +
      `${percent(impliedVolatility)}, beyond ${percent(limit)}, and the position is short vega.`,
    metadata: { iv_change_percent: change, threshold: limit, vega: valuation.vega },
  });
}

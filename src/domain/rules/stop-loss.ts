/**
 * Stops a loss. A credit position: at 200 % of the credit or 75 % of the maximum loss, whichever is less, since a loss of
 * twice the credit lies beyond the wings of many spreads. A debit position: at half of what was paid. Near expiry a
 * smaller loss is enough. When the premium is too small to be the basis, the 200 % apply to the basis, so 75 % of the
 * maximum loss decide.
 */
import { formatMoney, type Micros } from '../money.js';
import { dteOf } from './expiry.js';
import type { PositionFacts, RuleInput } from './input.js';
import { fired, firstOf, missing, QUIET, type Rule, type RuleResult } from './rule.js';
import type { RulesSettings } from './settings.js';
import { dayCount, percent } from './text.js';
import type { Valuation } from './valuation.js';

export const stopLoss: Rule = {
  name: 'stop_loss',
  priority: 3,
  kind: 'price',
  decisions: ['stop_loss_hard', 'stop_loss_accelerated'],
  enabled: (settings) => settings.stopLoss.enabled,
  evaluate: (input, valuation, settings) =>
    firstOf([hard(input, valuation, settings), accelerated(input, valuation, settings)]),
  distance: (input, { profitPct, basis }, settings) => {
    const { acceleratedDte, accelerated: loss } = settings.stopLoss;
    const limit = basis === undefined ? undefined : -hardStopLoss(input.position, basis, settings) / basis;
    return (
      `profit ${percent(profitPct)}, stops at ${percent(limit)}; below ${acceleratedDte} days to expiry ` +
      `(now ${dayCount(dteOf(input))}) at ${percent(-loss)}`
    );
  },
};

/** The loss per share of a combo, positive, at which the hard stop fires; `basis` as in the position's valuation. */
export function hardStopLoss(
  position: Pick<PositionFacts, 'entryNet' | 'maxLoss'>,
  basis: Micros,
  { stopLoss: limits }: Pick<RulesSettings, 'stopLoss'>,
): Micros {
  if (position.entryNet < 0) return Math.round(limits.debit * basis);
  const byBasis = Math.round(limits.credit * basis);
  return position.maxLoss === undefined
    ? byBasis
    : Math.min(byBasis, Math.round(limits.creditMaxLoss * position.maxLoss));
}

function hard(input: RuleInput, { pnl, basis, profitPct }: Valuation, settings: RulesSettings): RuleResult {
  if (pnl === undefined || basis === undefined || profitPct === undefined) return missing('option prices');
  const limit = hardStopLoss(input.position, basis, settings);
  if (pnl > -limit) return QUIET;
  const threshold = -limit / basis;
  return fired(input, {
    action: 'CLOSE',
    urgency: 'IMMEDIATE',
    rule: 'stop_loss_hard',
    reason:
      `The position loses ${formatMoney(-pnl)} a share, ${percent(-profitPct)} of its basis, at least ` +
      `${formatMoney(limit)} or ${percent(-threshold)}.`,
    metadata: { upl_pct: profitPct, threshold, loss_limit: limit, pnl },
  });
}

function accelerated(input: RuleInput, { profitPct }: Valuation, settings: RulesSettings): RuleResult {
  const { acceleratedDte, accelerated: loss } = settings.stopLoss;
  const dte = dteOf(input);
  if (dte === undefined) return missing('expiry');
  if (dte >= acceleratedDte) return QUIET;
  if (profitPct === undefined) return missing('option prices');
  if (profitPct > -loss) return QUIET;
  return fired(input, {
    action: 'CLOSE',
    urgency: 'IMMEDIATE',
    rule: 'stop_loss_accelerated',
    reason:
      `The position loses ${percent(-profitPct)}, at least ${percent(loss)}, with ${dayCount(dte)} to expiry, fewer ` +
      `than ${acceleratedDte}.`,
    metadata: { upl_pct: profitPct, threshold: -loss, dte },
  });
}

/**
 * Rolls a position near its expiry. It runs last: gamma, time and stops come first. A loss beyond its limit is taken,
 * not carried into the next expiry.
 */
import { dteOf, inWindow } from './expiry.js';
import { fired, missing, QUIET, type Rule } from './rule.js';
import { dayCount, percent } from './text.js';

export const dteRoll: Rule = {
  name: 'dte_roll',
  priority: 8.5,
  kind: 'price',
  decisions: ['dte_roll'],
  byClock: ['dte_roll'],
  enabled: (settings) => settings.dteRoll.enabled,
  evaluate: (input, { profitPct }, { dteRoll: limits }) => {
    const dte = dteOf(input);
    if (dte === undefined) return missing('expiry');
    if (dte > limits.rollDte || !inWindow(input.session, limits)) return QUIET;
    if (profitPct === undefined && limits.action !== 'close') return missing('option prices');
    const force = dte <= limits.forceDte;
    const tooFar = profitPct !== undefined && profitPct < -limits.closeBeyondLoss;
    const closes = limits.action === 'close' || tooFar;
    const reason = `${dayCount(dte)} to expiry, at most ${limits.rollDte}`;
    return fired(input, {
      action: closes ? 'CLOSE' : 'ROLL',
      urgency: force ? 'HIGH' : 'NORMAL',
      rule: 'dte_roll',
      reason: closes
        ? `${reason}: closes${tooFar ? `, since a loss of ${percent(-profitPct)} is not rolled` : ''}.`
        : `${reason}: rolls to ${limits.rollToDte} days.`,
      metadata: {
        current_dte: dte,
        roll_to_dte: limits.rollToDte,
        force_roll: force,
        roll_action: limits.action,
        upl_pct: profitPct ?? null,
      },
    });
  },
  distance: (input, _valuation, { dteRoll: limits }) =>
    `${dayCount(dteOf(input))} to expiry of ${limits.rollDte}, from ${limits.from} to ${limits.to}`,
};

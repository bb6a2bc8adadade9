/**
 * The book leans too far one way. The arbiter (book-delta.ts) chooses the position to close, one at a time, so that a
 * single limit does not close everything. Here a position only obeys that choice. Once on, the alarm stands until the
 * sum is below the release, so the release and not the limit is compared.
 */
import type { RuleInput } from './input.js';
import { fired, missing, QUIET, type Rule } from './rule.js';
import type { RulesSettings } from './settings.js';
import { decimal, percent } from './text.js';

export const deltaRisk: Rule = {
  name: 'delta_risk',
  priority: 4,
  kind: 'price',
  decisions: ['delta_risk_portfolio'],
  enabled: (settings) => settings.deltaRisk.enabled,
  evaluate: (input, _valuation, settings) => {
    const { chosenForDelta, dollarDeltaShare } = input.book;
    const condorDelta = condorDeltaOf(input);
    const { structure } = input.position;
    if (!chosenForDelta) {
      if (structure === 'iron_condor' && condorDelta === undefined) return missing('delta of a condor in the book');
      return dollarDeltaShare === undefined ? missing('dollar delta of the book') : QUIET;
    }
    const { condorLimit, condorRelease, dollarLimit } = settings.deltaRisk;
    const byCondors = condorDelta !== undefined && Math.abs(condorDelta) > condorRelease;
    if (byCondors) {
      return fired(input, {
        action: 'CLOSE',
        urgency: 'HIGH',
        rule: 'delta_risk_portfolio',
        reason:
          `Delta per combo over all condors is ${decimal(condorDelta)}, beyond ${condorLimit} (released at ` +
          `${condorRelease}), and closing this position lowers it most.`,
        metadata: {
          portfolio_delta: condorDelta,
          delta_limit: condorLimit,
          strategy_type: input.position.strategyType,
          measure: 'condor_delta',
        },
      });
    }
    if (dollarDeltaShare === undefined) return missing('dollar delta of the book');
    if (Math.abs(dollarDeltaShare) <= dollarRelease(settings)) return QUIET;
    return fired(input, {
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'delta_risk_portfolio',
      reason:
        `Dollar delta of the book is ${percent(dollarDeltaShare)} of net liquidation, beyond ${percent(dollarLimit)} ` +
        `(released at ${percent(dollarRelease(settings))}), and closing this position lowers it most.`,
      metadata: {
        portfolio_delta: dollarDeltaShare,
        delta_limit: dollarLimit,
        strategy_type: input.position.strategyType,
        measure: 'dollar_delta_share',
      },
    });
  },
  distance: (input, _valuation, settings) => {
    const { condorLimit, dollarLimit } = settings.deltaRisk;
    const dollars = `dollar delta ${percent(input.book.dollarDeltaShare)} of ±${percent(dollarLimit)} of net liquidation`;
    const chosen = input.book.chosenForDelta ? '; this position is the one to close' : '';
    return input.position.structure === 'iron_condor'
      ? `condors' delta per combo ${decimal(condorDeltaOf(input))} of ±${condorLimit}; ${dollars}${chosen}`
      : `${dollars}${chosen}`;
  },
};

/** Share of net liquidation at which an alarm by dollar delta ends. */
export function dollarRelease({ deltaRisk: limits }: Pick<RulesSettings, 'deltaRisk'>): number {
  return limits.dollarLimit * limits.releaseRatio;
}

/** Condors count toward the condors' delta; directional structures do not. */
function condorDeltaOf({ position, book }: RuleInput): number | undefined {
  return position.structure === 'iron_condor' ? book.condorDeltaPerCombo : undefined;
}

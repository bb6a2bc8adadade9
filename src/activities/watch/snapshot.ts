/** The row that a poll stores for people and for later. */
import { defined } from '../../domain/defined.js';
import type { RuleInput } from '../../domain/rules/input.js';
import type { Valuation } from '../../domain/rules/valuation.js';
import type { SnapshotRow } from '../../store/api.js';

export function snapshotOf(input: RuleInput, value: Valuation, watchEpoch: number): SnapshotRow {
  const { position, market } = input;
  const ages = input.legs.map((leg) => leg.quoteAgeMs).filter((age) => age !== undefined);
  const { closeNet, pnl, profitPct, delta, gamma, theta, vega } = value;
  const unrealizedPnl = pnl === undefined ? undefined : pnl * position.multiplier * position.openCombos;
  return {
    positionId: position.positionId,
    at: input.now,
    watchEpoch,
    ...defined({
      underlying: market.underlying,
      closeNet,
      unrealizedPnl,
      profitPct,
      delta,
      gamma,
      theta,
      vega,
      impliedVolatility: market.impliedVolatility,
      vix: market.vix,
    }),
    ...(ages.length > 0 && { quoteAgeMsMax: Math.max(...ages) }),
  };
}

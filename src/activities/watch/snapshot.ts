/** The row that a poll stores for people and for later analysis. */
import { defined } from '../../domain/defined.js';
import type { LegHolding } from '../../domain/position/unbalanced.js';
import type { RuleInput } from '../../domain/rules/input.js';
import type { Valuation } from '../../domain/rules/valuation.js';
import type { SnapshotRow } from '../../store/api.js';

export function snapshotOf(
  input: RuleInput,
  value: Valuation,
  held: readonly LegHolding[],
  watchEpoch: number,
): SnapshotRow {
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
      shareDelta: ofHeld(input, held, 'delta'),
      shareGamma: ofHeld(input, held, 'gamma'),
      impliedVolatility: market.impliedVolatility,
      vix: market.vix,
    }),
    ...(input.legs.some((leg) => leg.greeks?.calculated) && { greeksCalculated: true as const }),
    ...(ages.length > 0 && { quoteAgeMsMax: Math.max(...ages) }),
  };
}

/** Delta or gamma of the held contracts, in shares; undefined when one of them has no Greeks. */
function ofHeld(
  { legs, position }: RuleInput,
  held: readonly LegHolding[],
  greek: 'delta' | 'gamma',
): number | undefined {
  let sum = 0;
  for (const [index, { openQuantity }] of held.entries()) {
    if (openQuantity === 0) continue;
    const value = legs[index]?.greeks?.[greek];
    if (value === undefined) return undefined;
    sum += openQuantity * value * position.multiplier;
  }
  return sum;
}

/** The row that a poll stores for people and for later analysis. */
import { defined } from '../../domain/defined.js';
import type { Micros } from '../../domain/money.js';
import type { FoldedPosition } from '../../domain/position/ledger.js';
import { type HeldMark, type HeldNow, markHeld } from '../../domain/rules/held-mark.js';
import type { RuleInput } from '../../domain/rules/input.js';
import type { Valuation } from '../../domain/rules/valuation.js';
import type { SnapshotRow } from '../../store/api.js';

/** Where and when it is taken. */
interface Taken {
  readonly positionId: string;
  readonly watchEpoch: number;
}

/** What the market shows of a position. */
export type SeenNow = Pick<RuleInput, 'now' | 'legs' | 'market'>;

/** The snapshot of whole combos. */
export function snapshotOf(input: RuleInput, value: Valuation, held: HeldNow, watchEpoch: number): SnapshotRow {
  const { multiplier, openCombos, positionId } = input.position;
  const { closeNet, pnl, profitPct, delta, gamma, theta, vega } = value;
  const unrealizedPnl = pnl === undefined ? undefined : pnl * multiplier * openCombos;
  return {
    ...row({ positionId, watchEpoch }, input, input.legs, markHeld(held, input.legs, input.market.underlying)),
    ...defined({ closeNet, unrealizedPnl, profitPct, delta, gamma, theta, vega }),
  };
}

/**
 * The snapshot of what is no multiple of a combo: without a price, a share of the premium or Greeks of one. Its unrealised P&L is what the cash of its
 * fills and the worth of its holdings come to, less what the ledger has realised.
 */
export function brokenSnapshotOf(
  { positionId, watchEpoch }: Taken,
  { folded, multiplier }: { readonly folded: FoldedPosition; readonly multiplier: number },
  seen: SeenNow,
): SnapshotRow {
  const { legs, shares, cash, realizedPnl = 0 } = folded;
  const mark = markHeld({ legs, shares, multiplier }, seen.legs, seen.market.underlying);
  const unrealizedPnl: Micros | undefined = mark.value === undefined ? undefined : cash + mark.value - realizedPnl;
  const held = seen.legs.filter((_, index) => legs[index]?.openQuantity !== 0);
  return { ...row({ positionId, watchEpoch }, seen, held, mark), ...defined({ unrealizedPnl }) };
}

/** `held`: the legs whose quotes count. */
function row(
  { positionId, watchEpoch }: Taken,
  { now, market }: SeenNow,
  held: RuleInput['legs'],
  { shareDelta, shareGamma }: HeldMark,
): SnapshotRow {
  const ages = held.map((leg) => leg.quoteAgeMs).filter((age) => age !== undefined);
  const { underlying, impliedVolatility, vix } = market;
  return {
    positionId,
    at: now,
    watchEpoch,
    ...defined({ underlying, shareDelta, shareGamma, impliedVolatility, vix }),
    ...(held.some((leg) => leg.greeks?.calculated) && { greeksCalculated: true as const }),
    ...(ages.length > 0 && { quoteAgeMsMax: Math.max(...ages) }),
  };
}

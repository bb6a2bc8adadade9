/**
 * What a position is worth now, per share of one combo.
 *
 * Marks are bounded by what the market shows: the mid of a two-sided quote; a long leg with an ask and no bid is worth
 * between nothing and half its ask, so its mark is the middle of that, a quarter of the ask; a short leg without an
 * ask cannot be bought back and so cannot be priced. A value that cannot be priced is absent, never zero.
 */
import { defined } from '../defined.js';
import { divideRounded, type Micros } from '../money.js';
import { actionSign } from '../option.js';
import type { LegState, PositionFacts } from './input.js';

export interface Valuation {
  /** Cost of closing one combo per share: debit positive, negative when closing receives. */
  readonly closeNet?: Micros;
  /** Sum of ratio x (ask - bid) over the legs, per share; an absent bid counts as zero. */
  readonly netSpread?: Micros;
  /** entryNet - closeNet, per share of a combo. */
  readonly pnl?: Micros;
  /** The amount that profits are a share of: the premium, or the maximum loss when the premium is small against it. */
  readonly basis?: Micros;
  /** pnl / basis; 0.4 = 40 %. */
  readonly profitPct?: number;
  /** Greeks of one combo per share: delta, gamma per dollar, theta per calendar day, vega per volatility point. */
  readonly delta?: number;
  readonly gamma?: number;
  readonly theta?: number;
  readonly vega?: number;
}

/** A premium below this share of the maximum loss is no basis (the default of `basis.minPremiumShare`). */
const MIN_PREMIUM_SHARE = 0.1;

/** Values the open combos of a position; a field is absent when its data are missing. */
export function valuePosition(
  input: { readonly position: PositionFacts; readonly legs: readonly LegState[] },
  minPremiumShare: number = MIN_PREMIUM_SHARE,
): Valuation {
  const { position, legs } = input;
  const netSpread = netSpreadOf(legs);
  const closeNet = possible(closeNetOf(legs), netSpread, position);
  const basis = basisOf(position, minPremiumShare);
  const pnl = closeNet === undefined ? undefined : position.entryNet - closeNet;
  return {
    ...defined({ closeNet, netSpread, pnl, basis }),
    ...(pnl !== undefined && basis !== undefined && { profitPct: pnl / basis }),
    ...greeksOf(legs),
  };
}

/** Mark of one leg per share, or undefined when it cannot be priced: no usable side, or a crossed quote. */
export function markOf(leg: LegState): Micros | undefined {
  const bid = shown(leg.bid);
  const ask = shown(leg.ask);
  if (bid !== undefined && ask !== undefined && bid > ask) return undefined;
  if (ask === undefined) return leg.action === 'SELL' ? undefined : bid;
  if (bid !== undefined) return divideRounded(bid + ask, 2);
  return divideRounded(ask, leg.action === 'BUY' ? 4 : 2);
}

/**
 * A net beyond what the structure can be worth, by more than the spread explains, is made of quotes from different
 * instants: it is no price. A credit structure costs 0 to its width to close, a debit one brings as much.
 */
function possible(
  closeNet: Micros | undefined,
  netSpread: Micros | undefined,
  { entryNet, width }: PositionFacts,
): Micros | undefined {
  if (closeNet === undefined || width === undefined) return closeNet;
  const worth = entryNet >= 0 ? closeNet : -closeNet;
  const slack = netSpread ?? 0;
  return worth >= -slack && worth <= width + slack ? closeNet : undefined;
}

/** Brokers report a missing side as zero or less. */
function shown(price: Micros | undefined): Micros | undefined {
  return price !== undefined && price > 0 ? price : undefined;
}

function closeNetOf(legs: readonly LegState[]): Micros | undefined {
  return sumOver(legs, (leg) => {
    const mark = markOf(leg);
    return mark === undefined ? undefined : -actionSign(leg.action) * leg.ratio * mark;
  });
}

function netSpreadOf(legs: readonly LegState[]): Micros | undefined {
  return sumOver(legs, (leg) => {
    const ask = shown(leg.ask);
    const bid = shown(leg.bid) ?? 0;
    return ask === undefined || bid > ask ? undefined : leg.ratio * (ask - bid);
  });
}

function basisOf(position: PositionFacts, minPremiumShare: number): Micros | undefined {
  const { entryNet, maxLoss } = position;
  const premium = Math.abs(entryNet);
  const basis = maxLoss !== undefined && premium < minPremiumShare * maxLoss ? maxLoss : premium;
  return basis > 0 ? basis : undefined;
}

function greeksOf(legs: readonly LegState[]): Pick<Valuation, 'delta' | 'gamma' | 'theta' | 'vega'> {
  const net = (greek: 'delta' | 'gamma' | 'theta' | 'vega') =>
    sumOver(legs, (leg) => leg.greeks && actionSign(leg.action) * leg.ratio * leg.greeks[greek]);
  const [delta, gamma, theta, vega] = [net('delta'), net('gamma'), net('theta'), net('vega')];
  return {
    ...defined({ delta, gamma, theta, vega }),
  };
}

/** The sum over all legs, or undefined without legs or when one leg has no finite value. */
function sumOver(legs: readonly LegState[], value: (leg: LegState) => number | undefined): number | undefined {
  if (legs.length === 0) return undefined;
  let sum = 0;
  for (const leg of legs) {
    const one = value(leg);
    if (one === undefined || !Number.isFinite(one)) return undefined;
    sum += one;
  }
  return sum + 0;
}

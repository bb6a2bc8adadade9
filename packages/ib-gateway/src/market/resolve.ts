/** The listed underlyings with a scenario's changes applied. */
import { INDEX_UNDERLYINGS } from './index-underlyings.js';
import type { MarketScenario } from './scenario.js';
import { STOCK_UNDERLYINGS } from './stock-underlyings.js';
import type { Underlying } from './underlying.js';

const UNDERLYINGS: readonly Underlying[] = [...STOCK_UNDERLYINGS, ...INDEX_UNDERLYINGS];

export interface ResolvedUnderlying extends Underlying {
  /** 30-day implied volatility at the start, per year. */
  readonly iv30: number;
  readonly longIv: number;
  readonly ivRank: number;
  readonly ivRange: number;
}

/** SPY and SPX are one market: a level given for one moves the other in proportion. */
const TWINS: Readonly<Record<string, string>> = { SPX: 'SPY', SPY: 'SPX' };

function resolve(scenario: MarketScenario, base: Underlying): ResolvedUnderlying {
  const own = scenario.underlyings[base.symbol] ?? {};
  const twin = TWINS[base.symbol];
  const twinScenario = twin ? scenario.underlyings[twin] : undefined;
  const twinBase = UNDERLYINGS.find((other) => other.symbol === twin);
  const twinSpot = twinScenario?.spot && twinBase ? (base.spot * twinScenario.spot) / twinBase.spot : undefined;
  const iv30 = own.iv30 ?? twinScenario?.iv30 ?? base.ivRatio * scenario.iv30;
  return {
    ...base,
    spot: own.spot ?? twinSpot ?? base.spot,
    iv30,
    longIv: own.longIv ?? twinScenario?.longIv ?? iv30,
    ivRank: own.ivRank ?? twinScenario?.ivRank ?? scenario.ivRank,
    ivRange: own.ivRange ?? twinScenario?.ivRange ?? scenario.ivRange,
    correlation: own.correlation ?? base.correlation,
    smile: own.smile ?? base.smile,
  };
}

/**
 * Every underlying by symbol, in listing order. A follower takes level and volatility from its leader. Throws
 * RangeError when the scenario names a symbol that is not listed.
 */
export function resolveUnderlyings(scenario: MarketScenario): ReadonlyMap<string, ResolvedUnderlying> {
  const known = new Set(UNDERLYINGS.map((underlying) => underlying.symbol));
  for (const symbol of Object.keys(scenario.underlyings)) {
    if (!known.has(symbol)) throw new RangeError(`the scenario names an underlying that is not listed: ${symbol}`);
  }
  const resolved = new Map(UNDERLYINGS.map((base) => [base.symbol, resolve(scenario, base)]));
  for (const [symbol, underlying] of resolved) {
    const leader = underlying.follows ? resolved.get(underlying.follows.symbol) : undefined;
    if (!leader || !underlying.follows) continue;
    const { iv30, longIv, ivRank, ivRange, smile } = leader;
    const spot = leader.spot * underlying.follows.factor;
    resolved.set(symbol, { ...underlying, spot, iv30, longIv, ivRank, ivRange, smile });
  }
  return resolved;
}

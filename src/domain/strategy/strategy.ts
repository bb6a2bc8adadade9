/** A strategy as data: legs on listed contracts, in a fixed ratio, traded as one combination. */
import type { Micros } from '../money.js';
import type { LegAction, OptionContract } from '../option.js';
import type { ProtectionChoice } from './protection-choice.js';

/** The strategies a person can name. The four verticals are kinds of one structure. */
export const STRATEGY_TYPES = [
  'iron_condor',
  'bull_call_spread',
  'bear_call_spread',
  'bull_put_spread',
  'bear_put_spread',
  'long_call',
  'long_put',
  'custom',
] as const;
export type StrategyType = (typeof STRATEGY_TYPES)[number];

/** Structures decide which rules apply: one leg is a single leg under any name. */
export type Structure = 'iron_condor' | 'vertical_spread' | 'single_leg' | 'custom';

export interface StrategyLeg {
  readonly contract: OptionContract;
  readonly action: LegAction;
  /** Contracts of this leg in one combo. */
  readonly ratio: number;
}

/** The result of a builder. Prices are per share of one combo; a credit is positive, a debit negative. */
export interface StrategyPlan {
  readonly strategyType: StrategyType;
  readonly structure: Structure;
  readonly symbol: string;
  readonly underlyingConId: number;
  readonly legs: readonly StrategyLeg[];
  /** Combos to trade. */
  readonly quantity: number;
  readonly multiplier: number;
  /** Net price at mid when built: credit positive. */
  readonly netMid: Micros;
  /** Net price when every leg is crossed at once: credit positive. */
  readonly netNatural: Micros;
  /** Widest distance between strikes of one right, per share; 0 for one leg. */
  readonly width: Micros;
  /** Money, for one combo, at mid: positive; `undefined` when unlimited. */
  readonly maxLoss?: Micros;
  readonly maxProfit?: Micros;
  /** Underlying prices at expiry where the result is zero, ascending, dollars. */
  readonly breakevens: readonly number[];
  /** Earliest expiry of the legs, YYYYMMDD. */
  readonly expiry: string;
  /** Calendar days from building to `expiry`. */
  readonly dte: number;
  /** Net delta per combo in shares per one multiplier unit: sum of ratio x sign x delta. Absent when a leg had no Greeks. */
  readonly netDelta?: number;
  /** Its change for one dollar of the underlying, in the same unit. */
  readonly netGamma?: number;
  readonly underlyingPrice: Micros;
  /** 30-day implied volatility of the underlying and VIX when built; the rules measure changes since entry from them. */
  readonly impliedVolatility?: number;
  readonly vix?: number;
  readonly builtAt: number;
  /** The protective orders that the entry requested; absent: the settings decide. */
  readonly protection?: ProtectionChoice;
  /** Strategy settings of the entry over the configuration, by their dotted names; a roll keeps them. */
  readonly set?: Readonly<Record<string, string>>;
  /** Net credit per share below which it is not opened, for a roll that must bring a credit. A debit is negative. */
  readonly leastCredit?: Micros;
  /** The broker's estimate of the initial margin of all combos, from its approval. */
  readonly initMargin?: Micros;
  /** The requested parameters and the reason for each choice, for the record. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

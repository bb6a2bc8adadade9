/**
 * The input of the rules. An absent field is missing data: the rule that needs it is skipped and the evaluation reports
 * it; absent never means zero.
 */
import type { SessionFacts } from 'market-time';
import type { Micros } from '../money.js';
import type { Greeks, LegAction, OptionContract } from '../option.js';
import type { NextDividend } from '../quote.js';
import type { StrategyType, Structure } from '../strategy/strategy.js';

/** One open leg of the position with its present price. */
export interface LegState {
  readonly contract: OptionContract;
  readonly action: LegAction;
  /** Contracts per combo. */
  readonly ratio: number;
  readonly bid?: Micros;
  readonly ask?: Micros;
  readonly greeks?: Greeks;
  /** Market ms since the leg's quote last changed or was confirmed by a snapshot. */
  readonly quoteAgeMs?: number;
}

/** The position by the ledger. Prices per share of one combo: credit positive. */
export interface PositionFacts {
  readonly positionId: string;
  readonly symbol: string;
  readonly strategyType: StrategyType;
  readonly structure: Structure;
  /** Combos filled at the opening and combos still open. */
  readonly openedCombos: number;
  readonly openCombos: number;
  /** Average net price of the opening fills per combo; credit positive, debit negative. */
  readonly entryNet: Micros;
  /** Money at risk per share of a combo at expiry, positive; absent when unlimited. */
  readonly maxLoss?: Micros;
  /** Widest side per share, for structures that can never be worth more; absent for the others. */
  readonly width?: Micros;
  readonly multiplier: number;
  readonly openedAt: number;
  /** Underlying's 30-day implied volatility and VIX at entry. */
  readonly entryImpliedVolatility?: number;
  readonly entryVix?: number;
}

/** Durable memory of the rules, kept in Postgres and changed before any decision based on it. */
export interface RuleMemory {
  /** Highest profit in per cent of the basis since entry or the last roll (0.4 = 40 %). */
  readonly peakProfitPct: number;
  /** The partial take-profit has fired once for this position. */
  readonly partialTakeProfitDone: boolean;
}

export interface MarketFacts {
  /** Underlying's mid, micros per share. */
  readonly underlying?: Micros;
  /** Underlying's price one hour of session time ago (the hour reaches into the last session). */
  readonly underlyingHourAgo?: Micros;
  /** Underlying's 30-day implied volatility now, 0.18 = 18 %. */
  readonly impliedVolatility?: number;
  /** Share of the last year's days with a lower 30-day implied volatility, 0..1. */
  readonly ivPercentile?: number;
  readonly vix?: number;
  /** Next dividend of the underlying; absent: not known. */
  readonly dividend?: NextDividend;
}

/** The whole book, for the delta rule. Sums over Legwork's open positions; closes in progress already count. */
export interface BookFacts {
  /** Sum of quantity x delta over condors, divided by the sum of their combos; per share. */
  readonly condorDeltaPerCombo?: number;
  /** Beta-weighted dollar delta of all positions divided by net liquidation. */
  readonly dollarDeltaShare?: number;
  /** Whether the arbiter has chosen this position to close (one at a time, only one whose closing shrinks the sum). */
  readonly chosenForDelta: boolean;
}

export interface RuleInput {
  /** Market time, epoch ms. */
  readonly now: number;
  readonly position: PositionFacts;
  readonly legs: readonly LegState[];
  readonly market: MarketFacts;
  readonly session: SessionFacts;
  readonly book: BookFacts;
  readonly memory: RuleMemory;
}

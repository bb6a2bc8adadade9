/** Positions and polls for the rules' tests. SPY at 600, expiry Friday 15 January 2027, 11:00 New York by default. */

import { dayText, easternDay, easternTime, parseDay } from 'market-time';
import { fromNumber } from '../../../src/domain/money.js';
import type { Greeks, LegAction, Right } from '../../../src/domain/option.js';
import type { Decision } from '../../../src/domain/rules/decision.js';
import type { LegState, MarketFacts, PositionFacts, RuleInput } from '../../../src/domain/rules/input.js';
import { INITIAL_MEMORY } from '../../../src/domain/rules/memory.js';
import type { Rule, RuleResult } from '../../../src/domain/rules/rule.js';
import { type RulesSettings, rulesSettingsSchema } from '../../../src/domain/rules/settings.js';
import { type Valuation, valuePosition } from '../../../src/domain/rules/valuation.js';

export const EXPIRY = '20270115';
export const HOUR = 60;
export const SETTINGS = rulesSettingsSchema.parse({});

export function settings(changes: Parameters<typeof rulesSettingsSchema.parse>[0]): RulesSettings {
  return rulesSettingsSchema.parse(changes);
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value');
  return value;
}

/** Epoch ms of a time of day in New York, this many calendar days before a date. */
export function moment(daysBefore: number, minute = 11 * HOUR, date = EXPIRY): number {
  return easternTime(present(parseDay(date)) - daysBefore, minute);
}

export const GREEKS: Greeks = { impliedVol: 0.18, delta: 0.1, gamma: 0.001, vega: 0.2, theta: -0.05 };

export function leg(
  action: LegAction,
  right: Right,
  strike: number,
  price: number,
  more: Partial<LegState> = {},
): LegState {
  return {
    contract: {
      conId: strike * 10 + (right === 'CALL' ? 1 : 0),
      symbol: 'SPY',
      right,
      strike,
      expiry: EXPIRY,
      tradingClass: 'SPY',
      multiplier: 100,
      lastTradeAt: moment(0, 16 * HOUR),
      style: 'american',
    },
    action,
    ratio: 1,
    bid: fromNumber(price),
    ask: fromNumber(price),
    greeks: GREEKS,
    quoteAgeMs: 0,
    ...more,
  };
}

/** A condor sold for 2.00 whose wings cost 10.00: closing it costs `close`. All legs are quoted without a spread. */
export function condorLegs(close = 2): LegState[] {
  return [
    leg('BUY', 'PUT', 540, 1),
    leg('SELL', 'PUT', 550, 1),
    leg('SELL', 'CALL', 650, 1 + close),
    leg('BUY', 'CALL', 660, 1),
  ];
}

export const CONDOR: PositionFacts = {
  positionId: 'SPY-IC-1',
  symbol: 'SPY',
  strategyType: 'iron_condor',
  structure: 'iron_condor',
  openedCombos: 4,
  openCombos: 4,
  entryNet: fromNumber(2),
  maxLoss: fromNumber(8),
  multiplier: 100,
  openedAt: moment(45),
  entryImpliedVolatility: 0.2,
  entryVix: 18,
};

/** A bull call spread bought for 4.00, worth `value` now. */
export const DEBIT: PositionFacts = {
  ...CONDOR,
  positionId: 'SPY-BCS-1',
  strategyType: 'bull_call_spread',
  structure: 'vertical_spread',
  entryNet: fromNumber(-4),
  maxLoss: fromNumber(4),
};
export const debitLegs = (value: number) => [leg('BUY', 'CALL', 610, 1 + value), leg('SELL', 'CALL', 620, 1)];

/** A long call bought for 4.00. */
export const LONG_CALL: PositionFacts = { ...DEBIT, strategyType: 'long_call', structure: 'single_leg' };
export const longCallLegs = (value: number) => [leg('BUY', 'CALL', 610, value)];

export const MARKET: MarketFacts = {
  underlying: fromNumber(600),
  underlyingHourAgo: fromNumber(600),
  impliedVolatility: 0.2,
  ivPercentile: 0.5,
  vix: 18,
};

export interface Situation extends Partial<Omit<RuleInput, 'position' | 'market' | 'session' | 'book' | 'memory'>> {
  readonly position?: Partial<PositionFacts>;
  readonly market?: MarketFacts;
  readonly session?: Partial<RuleInput['session']>;
  readonly book?: RuleInput['book'];
  readonly memory?: Partial<RuleInput['memory']>;
}

/** An untroubled condor 40 days before expiry, changed as asked. */
export function situation(changes: Situation = {}): RuleInput {
  const now = changes.now ?? moment(40);
  const day = easternDay(now);
  return {
    now,
    legs: changes.legs ?? condorLegs(),
    position: { ...CONDOR, ...changes.position },
    market: changes.market ?? MARKET,
    session: {
      isOpen: true,
      sinceOpenMs: now - easternTime(day, 570),
      untilCloseMs: easternTime(day, 960) - now,
      minuteOfDay: Math.floor((now - easternTime(day, 0)) / 60_000),
      date: dayText(day),
      ...changes.session,
    },
    book: changes.book ?? { condorDeltaPerCombo: 0, dollarDeltaShare: 0, chosenForDelta: false },
    memory: { ...INITIAL_MEMORY, ...changes.memory },
  };
}

/** A condor that has gained this much of its 2.00 credit. */
export const gaining = (share: number): Situation => ({ legs: condorLegs(2 - 2 * share) });

/** The answer of one rule; `greeks` replace those of the valuation. */
export function ask(
  rule: Rule,
  changes: Situation,
  greeks: Partial<Valuation> = {},
  of: RulesSettings = SETTINGS,
): RuleResult {
  const input = situation(changes);
  return rule.evaluate(input, { ...valuePosition(input), ...greeks }, of);
}

/** The decision of a rule that must fire. */
export function decisionOf(result: RuleResult): Decision {
  if (result.kind !== 'fired') throw new Error(`expected a decision, got ${JSON.stringify(result)}`);
  return result.decision;
}

export const without = <T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> => {
  const { [key]: _gone, ...rest } = value;
  return rest;
};

/** What an entry would make of the book's deltas: the same two measures as the delta rule, judged before anything is sent. */
import type { Micros } from '../money.js';
import type { StrategyPlan } from '../strategy/strategy.js';
import { type Check, failed, passedWhen } from './check.js';
import type { EntrySettings } from './settings.js';

export interface BookDeltas {
  /** Sum of combos x delta over the condors, and the sum of their combos. */
  readonly condorDeltaSum: number;
  readonly condorCombos: number;
  /** Sum of the dollar deltas of all positions; absent when one of them is unknown. */
  readonly dollarDeltas?: Micros;
  readonly netLiquidation?: Micros;
}

/** Condors: delta per combo after the entry. Every strategy: dollar delta over net liquidation after the entry. */
export function deltaAfterChecks(plan: StrategyPlan, book: BookDeltas, settings: EntrySettings): readonly Check[] {
  return [
    ...(plan.structure === 'iron_condor' ? [condorsAfter(plan, book, settings.portfolioDeltaMax)] : []),
    dollarsAfter(plan, book, settings.dollarDeltaShareMax),
  ];
}

function condorsAfter(plan: StrategyPlan, book: BookDeltas, max: number): Check {
  const combos = book.condorCombos + plan.quantity;
  const value = (book.condorDeltaSum + plan.netDelta * plan.quantity) / combos;
  return passedWhen(Math.abs(value) < max, {
    name: 'portfolio_delta_after',
    text: `The condors' delta per combo after the entry is ${value.toFixed(3)}; its size must stay below ${max}.`,
    value,
    bound: `|x| < ${max}`,
  });
}

function dollarsAfter(plan: StrategyPlan, { dollarDeltas, netLiquidation }: BookDeltas, max: number): Check {
  const name = 'dollar_delta_after';
  const bound = `|x| < ${max}`;
  if (dollarDeltas === undefined) return failed(name, "The book's dollar delta is missing.", bound);
  if (netLiquidation === undefined || netLiquidation <= 0) {
    return failed(name, 'The net liquidation value is missing.', bound);
  }
  const added = plan.netDelta * plan.quantity * plan.multiplier * plan.underlyingPrice;
  const value = (dollarDeltas + added) / netLiquidation;
  return passedWhen(Math.abs(value) < max, {
    name,
    text: `The dollar delta after the entry is ${(value * 100).toFixed(1)} % of net liquidation; its size must stay below ${(max * 100).toFixed(1)} %.`,
    value,
    bound,
  });
}

/** One line that names a position for people. */
import { strategyTitle } from '../../domain/strategy/names.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';

/** Such as `2 x SPY iron condor 640/650/720/730 20260417`. */
export function titleOf(plan: StrategyPlan): string {
  const strikes = plan.legs.map((leg) => leg.contract.strike).join('/');
  return `${plan.quantity} x ${plan.symbol} ${strategyTitle(plan.strategyType)} ${strikes} ${plan.expiry}`;
}

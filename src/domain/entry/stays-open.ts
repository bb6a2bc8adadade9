/**
 * Whether the exit rules would leave a position open that is opened now, given the time it has left: one that is closed at once only
 * costs.
 */
import { daysToExpiry, easternDay, tradingDayUpTo } from 'market-time';
import type { RulesSettings } from '../rules/settings.js';
import type { StrategyPlan } from '../strategy/strategy.js';
import { type Check, passedWhen } from './check.js';

/** The earliest leg gives the days. Rules that are switched off close nothing; market time `now`, epoch ms. */
export function staysOpen(
  { legs, expiry, structure }: Pick<StrategyPlan, 'legs' | 'expiry' | 'structure'>,
  { dteRoll, singleLegExit, timeExit }: Pick<RulesSettings, 'dteRoll' | 'singleLegExit' | 'timeExit'>,
  now: number,
): Check {
  const dte = daysToExpiry(now, expiry);
  const lastDay = easternDay(Math.min(...legs.map(({ contract }) => contract.lastTradeAt)));
  const single = structure === 'single_leg' && singleLegExit.enabled;
  const closers = [
    ...(dteRoll.enabled && dte <= dteRoll.rollDte
      ? [`dte_roll ${dteRoll.action === 'close' ? 'closes' : 'rolls'} at ${dteRoll.rollDte} days or fewer`]
      : []),
    ...(single && dte <= singleLegExit.dte ? [`single_leg_exit closes at ${singleLegExit.dte} days or fewer`] : []),
    ...(timeExit.enabled && easternDay(now) >= tradingDayUpTo(lastDay - 1)
      ? ['time_exit closes on the eve of the last trading day']
      : []),
  ];
  const least = Math.max(-1, dteRoll.enabled ? dteRoll.rollDte : -1, single ? singleLegExit.dte : -1);
  return passedWhen(closers.length === 0, {
    name: 'stays_open',
    text: `The first expiry is ${dte} days away; ${closers.length === 0 ? 'no rule closes it for that' : closers.join(', ')}.`,
    value: dte,
    bound: least < 0 ? 'any' : `> ${least}`,
  });
}

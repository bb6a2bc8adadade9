/**
 * The owner of a short American leg gains by exercising it: it is in the money with almost no extrinsic value left, or it is a call in
 * the money whose extrinsic value is less than the dividend that an exercise on the day before ex-date brings.
 *
 * Priority 1.35: an assignment breaks the structure overnight and leaves stock behind, so it must not wait behind the
 * profit rules and their patience (trailing stop 1.4 and later); a catastrophe (1), closed faster, goes before it.
 */

import { easternDay, parseDay, tradingDayUpTo } from 'market-time';
import { formatMoney, fromNumber, MICROS_PER_DOLLAR, type Micros } from '../money.js';
import { rightSign } from '../option.js';
import type { LegState, RuleInput } from './input.js';
import { fired, firstOf, missing, QUIET, type Rule, type RuleResult } from './rule.js';
import type { RulesSettings } from './settings.js';
import { markOf } from './valuation.js';

export const assignmentRisk: Rule = {
  name: 'assignment_risk',
  priority: 1.35,
  kind: 'price',
  decisions: ['assignment_risk'],
  enabled: (settings) => settings.assignmentRisk.enabled,
  evaluate: (input, _valuation, settings) => {
    const legs = assignable(input.legs);
    const { underlying } = input.market;
    if (legs.length === 0) return QUIET;
    if (underlying === undefined) return missing("underlying's price");
    return firstOf(legs.map((leg) => checkLeg(input, leg, underlying, settings)));
  },
  distance: (input, _valuation, { assignmentRisk: limits }) => {
    const legs = assignable(input.legs);
    const { underlying } = input.market;
    if (legs.length === 0) return 'no short leg that can be assigned early';
    if (underlying === undefined) return "underlying's price unknown";
    const inside = legs.filter((leg) => intrinsicOf(leg, underlying) > 0);
    if (inside.length === 0) return 'no short leg is in the money';
    const values = inside.map((leg) => {
      const mark = markOf(leg);
      const extrinsic = mark === undefined ? 'unknown' : formatMoney(mark - intrinsicOf(leg, underlying));
      return `${leg.contract.strike} ${leg.contract.right} ${extrinsic}`;
    });
    return `extrinsic value of short legs in the money: ${values.join(', ')}; closes below ${limits.minExtrinsic}`;
  },
};

function assignable(legs: readonly LegState[]): readonly LegState[] {
  return legs.filter((leg) => leg.action === 'SELL' && leg.contract.style === 'american');
}

/** Micros per share by which the leg is in the money; zero or negative when it is not. */
function intrinsicOf({ contract }: LegState, underlying: Micros): Micros {
  return rightSign(contract.right) * (underlying - Math.round(contract.strike * MICROS_PER_DOLLAR));
}

function checkLeg(input: RuleInput, leg: LegState, underlying: Micros, settings: RulesSettings): RuleResult {
  const intrinsic = intrinsicOf(leg, underlying);
  if (intrinsic <= 0) return QUIET;
  const mark = markOf(leg);
  if (mark === undefined) return missing('price of a short leg in the money');
  const extrinsic = mark - intrinsic;
  const { right, strike } = leg.contract;
  const name = `The short ${strike} ${right.toLowerCase()} is in the money with ${formatMoney(extrinsic)} of extrinsic value`;
  const close = (reason: string, threshold: Micros, cause: string) =>
    fired(input, {
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'assignment_risk',
      reason,
      metadata: { strike, right, extrinsic, threshold, cause },
    });

  const floor = fromNumber(settings.assignmentRisk.minExtrinsic);
  if (extrinsic < floor) return close(`${name}, less than ${formatMoney(floor)}.`, floor, 'extrinsic');
  if (right === 'PUT') return QUIET;
  const { dividend } = input.market;
  if (dividend === undefined) return missing('next dividend');
  if (dividend === 'none') return QUIET;
  const exDay = parseDay(dividend.exDate);
  if (exDay === undefined) return missing('ex-date of the next dividend');
  if (easternDay(input.now) !== tradingDayUpTo(exDay - 1) || extrinsic >= dividend.amount) return QUIET;
  return close(
    `${name}, less than the dividend of ${formatMoney(dividend.amount)} with ex-date ${dividend.exDate}.`,
    dividend.amount,
    'dividend',
  );
}
